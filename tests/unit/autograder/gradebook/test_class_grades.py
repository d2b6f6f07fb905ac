"""Every report and export sees the same class, whichever command graded it."""

import csv
import logging
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.exportapp import ExportApp

from autograder import cli
from autograder.course.layout import CONFIG
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.class_grades import ClassGrades, read_class_grades
from autograder.gradebook.student_scores import read_scores
from autograder.models import Status
from autograder.nbgrader_ext.score_export import ScoreExport
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import nbgrader_gradebook
from tests.support.graded_class import POINTS, copy_of, grade, submit

TOTAL = sum(POINTS.values())
DOORS = ["autograder grade", "nbgrader autograde", "one after the other"]


def nbgraders_api(course):
    """What formgrader's buttons call."""
    coursedir = Settings.load(course).coursedir
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    api.log = logging.getLogger("nowhere")
    api.log.propagate = False
    return api


def by_nbgrader(course, *students):
    """Press Autograde for these students, or for all."""
    names = students or sorted(path.name for path in course.submitted_dir.iterdir())
    return {one: nbgraders_api(course).autograde(ASSIGNMENT, one)["success"] for one in names}


def grade_through(door, course):
    """Grade a class by either command, or half of it by each."""
    if door != "nbgrader autograde":
        grade(course)
    if door != "autograder grade":
        students = ("bo", "cleo", "zoe") if door == "one after the other" else ()
        by_nbgrader(course, *students)


def read(course):
    """The class as all reports read it."""
    return read_class_grades(Settings.load(course).coursedir, ASSIGNMENT)


def totals(course):
    """By student: what is exported."""
    _, scores = read_scores(Settings.load(course).coursedir, ASSIGNMENT)
    return {score.student: score.total for score in scores}


def comparable(class_grades: ClassGrades) -> ClassGrades:
    """Without the seconds of a run, and with sentences alone of what has no grade."""
    grades = [replace(one, seconds=0.0) for one in class_grades.grades]
    return replace(class_grades, grades=tuple(grades))


def damage(course, student="zoe"):
    """Submit a file that is no notebook."""
    submit(course, student)
    (course.submitted_dir / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("{")


@pytest.fixture
def handed_in(collected, use):
    """The class; with a damaged file, an empty folder, and a student who handed in nothing."""
    use(FakeRunner(POINTS))
    damage(collected)
    (collected.submitted_dir / "ed" / ASSIGNMENT).mkdir(parents=True)
    with nbgrader_gradebook(collected) as gradebook:
        gradebook.add_student("flo")
    return collected


@pytest.mark.parametrize("door", DOORS[1:])
def test_a_class_is_the_same_whichever_command_graded_it(handed_in, tmp_path, door, grade_by_hand):
    """All grades with all checks, messages, notes and penalties; also of what has no grade."""
    ours, other = handed_in, copy_of(handed_in, tmp_path / "other")
    for course, way in ((ours, "autograder grade"), (other, door)):
        grade_through(way, course)
        grade_by_hand(course)
    theirs = comparable(read(other))
    paths = (str(other.root), str(ours.root))
    theirs = replace(
        theirs,
        grades=tuple(replace(one, message=one.message.replace(*paths)) for one in theirs.grades),
    )
    assert theirs == comparable(read(ours))
    assert {one.student for one in theirs.grades if one.status != Status.GRADED} == {"ed", "zoe"}
    assert theirs.scores["cleo"] == TOTAL + 8.0 + 2.5
    assert theirs.penalties == {"bo": TOTAL - 12.0 + 3.0}
    assert any(cell.checks for one in theirs.grades for cell in one.cells)


@pytest.mark.parametrize("door", DOORS)
class TestNoGrade:
    """What cannot be graded has no score: not 0, and not the points that a person gave before."""

    @pytest.fixture
    def graded(self, handed_in, door):
        """The class; zoe had a grade, and 8 points of a person's, before the file was damaged."""
        submit(handed_in, "zoe", answers=("conclusion",))
        grade_through(door, handed_in)
        with nbgrader_gradebook(handed_in) as gradebook:
            answer = gradebook.find_grade("conclusion", ASSIGNMENT, ASSIGNMENT, "zoe")
            answer.manual_score = 8.0
            gradebook.db.commit()
        assert totals(handed_in)["zoe"] == TOTAL + 8
        damage(handed_in)
        grade_through(door, handed_in)
        return handed_in

    def test_our_exports(self, graded):
        """Its cell is empty in every layout, and stderr says why."""
        for layout, student, score in (("csv", 0, 5), ("canvas", 3, -1), ("moodle", 0, -1)):
            command = ["export", ASSIGNMENT, "--format", layout, "--course", str(graded.root)]
            result = CliRunner().invoke(cli.main, command)
            assert result.exit_code == 0
            table = list(csv.reader(result.stdout.splitlines()))
            rows = {row[student]: row[score] for row in table}
            assert {one for one, score in rows.items() if score == ""} >= {"ed", "flo", "zoe"}
            assert float(rows["ada"]) == TOTAL
            assert "zoe handed in and has no grade" in result.stderr
            assert "is damaged" in result.stderr
            assert "flo handed" not in result.stderr

    def test_nbgraders_export(self, graded, tmp_path):
        """``nbgrader export`` writes the same, in the columns that it always has."""
        coursedir = Settings.load(graded).coursedir
        app = ExportApp(config=coursedir.config)
        app.coursedir = coursedir
        plugin = ScoreExport(parent=app, to=str(tmp_path / "out.csv"), assignment=[ASSIGNMENT])
        with nbgrader_gradebook(graded) as gradebook:
            plugin.export(gradebook)
        with (tmp_path / "out.csv").open(encoding="utf-8") as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        for student in ("ed", "flo", "zoe"):
            assert (rows[student]["raw_score"], rows[student]["score"]) == ("", "")
        assert (float(rows["bo"]["raw_score"]), float(rows["bo"]["score"])) == (TOTAL, 0.0)
        assert float(rows["bo"]["late_submission_penalty"]) == TOTAL
        assert rows["bo"]["timestamp"] == "2026-03-02 11:00:00"
        assert float(rows["ada"]["max_score"]) == 100

    def test_the_report(self, graded):
        """It counts as not graded, with the sentence that says why."""
        messages = {
            one.student: one.message for one in read(graded).grades if one.status != Status.GRADED
        }
        assert messages.keys() == {"ed", "zoe"}
        assert "is damaged" in messages["zoe"]


def test_a_timestamp_that_became_unreadable(collected, use):
    """Then there is no grade in any report, although nothing was graded since."""
    use(FakeRunner(POINTS))
    grade(collected)
    path = collected.submitted_dir / "ada" / ASSIGNMENT / "timestamp.txt"
    path.write_text("2026-03-01 05:00 CST")
    assert totals(collected)["ada"] is None
    assert totals(collected)["cleo"] == TOTAL
    (message,) = [one.message for one in read(collected).grades if one.student == "ada"]
    assert message.startswith(f"{path} says CST")
    assert by_nbgrader(collected, "ada") == {"ada": False}
    assert [one.message for one in read(collected).grades if one.student == "ada"] == [message]


def test_extra_credit_and_a_changed_answer(collected, use, grade_by_hand):
    """Points count as in formgrader, and so does its question to look again."""
    use(FakeRunner(POINTS))
    grade(collected)
    grade_by_hand(collected)
    with nbgrader_gradebook(collected) as gradebook:
        test = gradebook.find_grade("l2-cost-check", ASSIGNMENT, ASSIGNMENT, "dana")
        test.extra_credit = 1.5
        gradebook.db.commit()
        expected = {
            one.student.id: one.score for one in gradebook.assignment_submissions(ASSIGNMENT)
        }
    assert read(collected).scores == expected
    assert expected["dana"] == TOTAL + 1.5
    assert {one.student: one.score for one in read(collected).grades} == expected
    assert "cleo" not in read(collected).waiting
    submit(collected, "cleo", answers=("conclusion", "question-both"))
    grade(collected, force=False)
    assert "cleo" in read(collected).waiting


def test_who_is_in_the_class(collected, use, configure):
    """Removed students are not; whoever is new, or whose folder is gone after grading, is."""
    use(FakeRunner(POINTS))
    grade(collected)
    shutil.rmtree(collected.submitted_dir / "bo")
    for student in ("ada", "dana"):
        with nbgrader_gradebook(collected) as gradebook:
            gradebook.remove_student(student)
    shutil.rmtree(collected.submitted_dir / "dana")
    submit(collected, "new")
    submit(collected, "guest")
    configure("c.CourseDirectory.student_id_exclude = 'guest'")
    class_grades = read(collected)
    assert [one.student for one in class_grades.grades] == ["bo", "cleo"]
    assert class_grades.new_students == ("ada", "new")
    assert totals(collected) == {"ada": None, "bo": 0.0, "cleo": TOTAL, "new": None}


def test_a_class_that_a_plain_nbgrader_graded(collected, use):
    """Without our results its scores are still there, and a run that was killed has none."""
    use(FakeRunner(POINTS))
    path = collected.root / CONFIG
    text = path.read_text("utf-8")
    path.write_text(f"{text}\nc.Autograde.autograde_preprocessors.pop()\n", "utf-8")
    by_nbgrader(collected)
    class_grades = read(collected)
    assert class_grades.scores == dict.fromkeys(("ada", "bo", "cleo", "dana"), TOTAL)
    assert {cell.max_points for one in class_grades.grades for cell in one.cells} >= {12.0}
    with nbgrader_gradebook(collected) as gradebook:
        for one in gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada").grades:
            one.auto_score = None
        gradebook.db.commit()
    assert "ada" in read(collected).new_students


def test_nothing_was_graded(collected):
    """The sentence says so, whatever the gradebook knows."""
    with pytest.raises(CourseError, match=r"No submission of .* has been graded yet"):
        read(collected)


def test_feedback_pages_follow(collected, use):
    """A page whose score is no longer right is written again, without ``--force``; others stay."""
    use(FakeRunner(POINTS))
    grade(collected)

    def write():
        assert nbgraders_api(collected).generate_feedback(ASSIGNMENT, force=False)["success"]
        pages = (collected.root / "feedback").rglob("*.html")
        return {
            page.parts[-3]: (page.read_text("utf-8"), page.stat().st_mtime_ns) for page in pages
        }

    first = write()
    assert "(Score: 0.0 / 100.0)" in first["bo"][0]
    assert f"<td>-{TOTAL}</td><td>late submission" in first["bo"][0]
    assert write() == first
    with nbgrader_gradebook(collected) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-04-01 12:00:00 UTC")
    second = write()
    assert f"(Score: {TOTAL} / 100.0)" in second["bo"][0]
    assert "late submission" not in second["bo"][0]
    assert second["ada"] == first["ada"]
