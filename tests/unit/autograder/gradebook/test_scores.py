"""The gradebook and ``autograded/`` after our run are those after plain ``nbgrader autograde``."""

import json
import logging
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy import Engine, event

from autograder.batch.course_grading import CourseGrading
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, read_notebook, write_notebook
from autograder.course.settings import Settings
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.scores import discard_scores
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows, in_this_process, nbgrader_gradebook, scores

POINTS = {"l2-cost-check": 12.0, "dropout-forward-check": 7.5}
LONG = "line\n" * 3000


class Talker(FakeRunner):
    """Also prints far more than is kept, and raises a long error, in the first code cell."""

    def run(self, notebook, **how):
        """Fill the outputs."""
        from nbformat.v4 import new_output

        result = super().run(notebook, **how)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.outputs = [
            new_output("stream", name="stdout", text=LONG),
            new_output("error", ename="E", evalue="e", traceback=["line"] * 300),
        ]
        return result


@pytest.fixture
def use(monkeypatch):
    """Let this runner execute notebooks, whoever grades."""

    def give(runner):
        monkeypatch.setattr("autograder.nbgrader_ext.preprocessors.shared_runner", lambda _: runner)
        monkeypatch.setattr("autograder.batch.worker.shared_runner", lambda _: runner)
        return runner

    return give


def hand_in(course, student, *, timestamp=None, answers=(), name=ASSIGNMENT, files=()):
    """Hand in the release with these answers written."""
    folder = course.submitted_dir / student / ASSIGNMENT
    notebook = read_notebook(course.assignment(ASSIGNMENT).release).notebook
    for cell in notebook.cells:
        if grade_id(cell) in answers:
            cell.source = "With few data."
    write_notebook(notebook, folder / f"{name}.ipynb")
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp, "utf-8")
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"{path} of {student}", "utf-8")


@pytest.fixture
def collected(registered):
    """A class with all that makes a difference to nbgrader: lateness, answers, files."""
    config = registered.root / "nbgrader_config.py"
    text = config.read_text("utf-8") + "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    config.write_text(text, "utf-8")
    with nbgrader_gradebook(registered) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-03-01 12:00:00 UTC")
        for student in ("bo", "cleo"):
            book.add_student(student, first_name=student.title())
    (registered.root / "source" / ASSIGNMENT / "data.txt").write_text("the course's", "utf-8")
    hand_in(registered, "ada", timestamp="2026-03-01 11:00:00 UTC", answers=("question-lambd",))
    hand_in(registered, "bo", timestamp="2026-03-02 12:00:00 CET", files=("data.txt", "a/b.csv"))
    hand_in(registered, "cleo", timestamp="2026-03-02 12:00:00 UTC", answers=("conclusion",))
    hand_in(registered, "dana", name="notebook (1)", files=("x.pyc", "feedback/old.html"))
    with nbgrader_gradebook(registered) as book:
        book.add_submission(ASSIGNMENT, "cleo")
        book.grant_extension(ASSIGNMENT, "cleo", days=3)
    return registered


def by_nbgrader(course):
    """Grade everybody as ``nbgrader autograde --force`` does."""
    coursedir = Settings.load(course).coursedir
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    api.log = logging.getLogger("nowhere")
    api.log.propagate = False
    for student in sorted(path.name for path in course.submitted_dir.iterdir()):
        assert api.autograde(ASSIGNMENT, student, force=True)["success"]


def by_us(course, *, force=True, students=()):
    """Grade everybody; the outcome by student."""
    with CourseGrading(course, executor=in_this_process) as grading:
        assignment = course.assignment(ASSIGNMENT)
        store = grading.gradebook_store(assignment)
        submissions = grading.submissions(assignment, students)
        done = list(grading.batch(assignment, store, force=force).run(submissions))
        store.close()
        return {one.student: one for one in done}


def files(course):
    """By path: mode and content of all in ``autograded/``; of a notebook without its seconds."""
    base = course.root / "autograded"
    found = {}
    for path in sorted(base.rglob("*")):
        name = path.relative_to(base).as_posix()
        if path.is_dir():
            continue
        content = path.read_bytes()
        if path.suffix == ".ipynb":
            data = json.loads(content)
            assert data["metadata"]["autograder"].pop("seconds") >= 0
            content = json.dumps(data, sort_keys=True)
            assert path.read_bytes().endswith(b"}\n")
        found[name] = (path.stat().st_mode, content)
    return found


def copied(course, to):
    """The same course once more, elsewhere."""
    shutil.copytree(course.root, to)
    return Course(to)


def graded_by_hand(course):
    """What a person does in formgrader between two runs."""
    with nbgrader_gradebook(course) as book:
        grade = book.find_grade("conclusion", ASSIGNMENT, ASSIGNMENT, "cleo")
        grade.manual_score, grade.needs_manual_grade, grade.extra_credit = 8.0, False, 2.5
        tested = book.find_grade("l2-cost-check", ASSIGNMENT, ASSIGNMENT, "bo")
        tested.manual_score, tested.needs_manual_grade = 3.0, False
        comment = book.find_comment("conclusion", ASSIGNMENT, ASSIGNMENT, "cleo")
        comment.manual_comment = "Well seen."
        book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada").flagged = True
        book.db.commit()


def test_every_row_and_every_file_is_nbgraders(collected, tmp_path, use):
    """All tables and all of autograded/, after a first run and after a second on changed work."""
    ours, theirs = collected, copied(collected, tmp_path / "theirs")
    for round_, runner in enumerate((Talker(POINTS), FakeRunner({"l2-cost-check": 1.0}))):
        use(runner)
        by_nbgrader(theirs)
        by_us(ours)
        assert all_rows(ours) == all_rows(theirs), round_
        assert files(ours) == files(theirs), round_
        for course in (ours, theirs):
            graded_by_hand(course)
            hand_in(course, "ada", timestamp="2026-03-05 11:00:00 UTC")
    book = all_rows(ours)
    late = {dict(row)["late_submission_penalty"] for row in book["submitted_notebook"]}
    assert len(late) > 1, "nobody was late: the class does not show what it should"


def test_reports_read_the_same(collected, tmp_path, use):
    """What ``nbgrader export`` and formgrader compute from the rows is the same too."""
    ours, theirs = collected, copied(collected, tmp_path / "theirs")
    use(FakeRunner(POINTS))
    by_nbgrader(theirs)
    by_us(ours)
    told = []
    for course in (ours, theirs):
        with nbgrader_gradebook(course) as book:
            rows = book.submission_dicts(ASSIGNMENT)
            told.append([{k: v for k, v in row.items() if k != "id"} for row in rows])
    key = lambda row: row["student"]  # noqa: E731
    assert sorted(told[0], key=key) == sorted(told[1], key=key)
    assert any(row["score"] for row in told[0])


def test_what_has_not_changed_is_not_run_again(collected, use):
    """A second run keeps everything; a changed submission alone is graded again."""
    runner = use(FakeRunner(POINTS))
    assert {one.state for one in by_us(collected, force=False).values()} == {"graded"}
    before = all_rows(collected)
    assert {one.state for one in by_us(collected, force=False).values()} == {"kept"}
    assert len(runner.runs) == 4
    hand_in(collected, "ada", answers=("question-both",))
    states = {name: one.state for name, one in by_us(collected, force=False).items()}
    assert states.pop("ada") == "graded"
    assert set(states.values()) == {"kept"}
    assert all_rows(collected) != before


@pytest.mark.parametrize("what", ["seed", "source", "scores", "notebook", "folder", "limits"])
def test_what_a_grade_hangs_on(collected, use, what):
    """Change one of these, or what an earlier run left, and the notebook is run again."""
    runner = use(FakeRunner(POINTS))
    by_us(collected, force=False, students=("ada",))
    folder = collected.root / "autograded" / "ada" / ASSIGNMENT
    if what == "seed":
        config = collected.root / "nbgrader_config.py"
        config.write_text(config.read_text("utf-8") + "\nc.GradeCells.seed = 'new'\n", "utf-8")
    elif what == "source":
        source = collected.assignment(ASSIGNMENT).source
        source.write_text(source.read_text("utf-8").replace("Regularization", "Regularisation"))
    elif what == "scores":
        with nbgrader_gradebook(collected) as book:
            book.find_grade("l2-cost-check", ASSIGNMENT, ASSIGNMENT, "ada").auto_score = 1.0
            book.db.commit()
    elif what == "notebook":
        (folder / f"{ASSIGNMENT}.ipynb").chmod(0o644)
        (folder / f"{ASSIGNMENT}.ipynb").write_text("{}", "utf-8")
    elif what == "folder":
        shutil.rmtree(folder)
    elif what == "limits":
        path = collected.assignment(ASSIGNMENT).folder / "assignment.toml"
        path.write_text(path.read_text("utf-8") + "\n# more\n", "utf-8")
    assert by_us(collected, force=False, students=("ada",))["ada"].state == "graded"
    assert len(runner.runs) == 2
    assert scores(collected, "ada")["l2-cost-check"][0] == 12.0
    assert by_us(collected, force=False, students=("ada",))["ada"].state == "kept"


def test_a_person_is_not_asked_twice_about_the_same_text(collected, use):
    """A new seed grades everybody anew, but what was graded by hand and has not changed stays."""
    use(FakeRunner(POINTS))
    by_us(collected, force=False)
    graded_by_hand(collected)
    config = collected.root / "nbgrader_config.py"
    config.write_text(config.read_text("utf-8") + "\nc.GradeCells.seed = 'new'\n", "utf-8")
    assert by_us(collected, force=False)["cleo"].state == "graded"
    assert scores(collected, "cleo")["conclusion"] == (None, 8.0, False)
    hand_in(collected, "cleo", answers=("conclusion", "question-both"))
    by_us(collected, force=False)
    assert scores(collected, "cleo")["conclusion"] == (None, 8.0, True)


def test_a_bad_resubmission_keeps_no_earlier_grade(collected, use):
    """Points of the first file do not stand for the second; a person's stay; then it is mended."""
    use(FakeRunner(POINTS))
    by_us(collected, force=False)
    graded_by_hand(collected)
    path = collected.submitted_dir / "bo" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    good = path.read_text("utf-8")
    path.write_text("", "utf-8")
    outcome = by_us(collected, force=False)["bo"]
    assert outcome.state == "not graded"
    assert outcome.message.startswith(f"{path} is empty")
    now = scores(collected, "bo")
    assert {score for score, _, _ in now.values()} == {None}
    assert now["l2-cost-check"] == (None, 3.0, True)
    assert not (collected.root / "autograded" / "bo" / ASSIGNMENT).exists()
    path.write_text(good, "utf-8")
    assert by_us(collected, force=False)["bo"].state == "graded"
    assert scores(collected, "bo")["l2-cost-check"] == (12.0, 3.0, True)


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("timestamp.txt", "at noon", "holds no date"),
        (None, "c.Autograde.create_student = False", "knows no student 'ada'"),
    ],
)
def test_what_nbgrader_fails_on(collected, use, name, line, words):
    """A sentence for one student; the others are graded."""
    use(FakeRunner(POINTS))
    if name:
        (collected.submitted_dir / "ada" / ASSIGNMENT / name).write_text(line, "utf-8")
    else:
        config = collected.root / "nbgrader_config.py"
        config.write_text(f"{config.read_text('utf-8')}\n{line}\n", "utf-8")
    done = by_us(collected)
    assert words in done["ada"].message
    assert done["bo"].state == done["cleo"].state == "graded"


def test_links_are_not_followed(collected, use, tmp_path):
    """A link that a student handed in does not bring a file of the grader's into the course."""
    use(FakeRunner(POINTS))
    (tmp_path / "secret").write_text("the exam", "utf-8")
    (collected.submitted_dir / "ada" / ASSIGNMENT / "link.txt").symlink_to(tmp_path / "secret")
    assert by_us(collected)["ada"].state == "graded"
    assert "ada/regularization/link.txt" not in files(collected)


def test_lateness_is_nbgraders():
    """Against nbgrader's own property, for every kind of date."""
    from nbgrader.api import Assignment, SubmittedAssignment

    from autograder.grading.lateness import seconds_late

    due = datetime(2026, 3, 1)  # noqa: DTZ001  nbgrader keeps naive dates
    for duedate in (None, due):
        for handed_in in (None, due - timedelta(1), due, due + timedelta(hours=3)):
            for extension in (None, timedelta(hours=1), timedelta(days=1)):
                if duedate is None and extension:
                    continue  # nbgrader raises a TypeError there
                plain = SubmittedAssignment(timestamp=handed_in, extension=extension)
                plain.assignment = Assignment("x", duedate=duedate)
                assert seconds_late(duedate, handed_in, extension) == plain.total_seconds_late


def test_no_question_reads_a_whole_table(collected, use):
    """However large the class: SQLite finds each row of nbgrader's large tables by an index."""
    use(FakeRunner(POINTS))
    by_us(collected)
    large = ("grade", "comment", "submitted_assignment", "submitted_notebook", "student")
    asked = {}

    def note(_, __, statement, parameters, *___):
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked[statement] = parameters

    event.listen(Engine, "before_cursor_execute", note)
    try:
        by_us(collected)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert any("UPDATE grade" in one or "FROM grade" in one for one in asked)
    with closing(sqlite3.connect(collected.root / "gradebook.db")) as connection:
        for statement, parameters in asked.items():
            one = parameters[0] if parameters and isinstance(parameters, list) else parameters
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", one).fetchall()
            scans = [step for *_, step in plan if step.split()[:1] == ["SCAN"]]
            assert not [step for step in scans if step.split()[1] in large], (statement, plan)


def test_withdrawing_an_automatic_score(registered):
    """What a person gave stays; what an earlier run gave goes, and the cell waits again."""
    with Gradebook(f"sqlite:///{registered.root / 'gradebook.db'}", "deep-foundations") as book:
        book.add_student("ada")
        book.add_submission(ASSIGNMENT, "ada")
        grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada").grades
        for grade in grades:
            grade.auto_score, grade.needs_manual_grade = 5.0, False
        grades[0].manual_score = 4.0
        book.db.commit()
        database = open_gradebook(f"sqlite:///{registered.root / 'gradebook.db'}")
        database.run(lambda connection: discard_scores(connection, ASSIGNMENT, ["ada"]))
        database.close()
        book.db.expire_all()
        assert all(grade.auto_score is None for grade in grades)
        assert all(grade.needs_manual_grade for grade in grades)
        assert grades[0].manual_score == 4.0
