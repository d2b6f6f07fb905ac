"""Feedback pages of a class: which are made, how they are put in place, and what can go wrong."""

import os
import re

import pytest
from nbgrader.preprocessors import GetGrades

from autograder.course.layout import CONFIG
from autograder.course.notebook import read_notebook
from autograder.course.settings import Settings
from autograder.errors import CourseError, StorageError
from autograder.nbgrader_ext import feedback
from autograder.nbgrader_ext.feedback import feedback_run
from autograder.nbgrader_ext.feedback_converter import PageConverter
from autograder.nbgrader_ext.feedback_scores import RESOURCE, AddScores
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import nbgrader_gradebook
from tests.support.graded_class import POINTS, grade, submit, use_runner

STUDENTS = ("ada", "bo", "cleo")


@pytest.fixture
def graded(registered, monkeypatch):
    """A class whose submissions were graded without being executed."""
    use_runner(monkeypatch, FakeRunner(POINTS))
    for student in STUDENTS:
        submit(registered, student, answers=("conclusion",), files=("data.csv",))
    grade(registered)
    return registered


def pages(course):
    """By student: the bytes of the page."""
    found = (course.root / "feedback").glob(f"*/{ASSIGNMENT}/{ASSIGNMENT}.html")
    return {page.parts[-3]: page.read_bytes() for page in found}


def make(course, **options):
    """Make pages; by student: why there is none."""
    run = feedback_run(course, ASSIGNMENT, workers=1, **options)
    return {outcome.student: outcome.error for outcome in run.run()}


def change(course, **values):
    """Grade bo's conclusion by hand."""
    with nbgrader_gradebook(course) as gradebook:
        answer = gradebook.find_grade("conclusion", ASSIGNMENT, ASSIGNMENT, "bo")
        comment = gradebook.find_comment("conclusion", ASSIGNMENT, ASSIGNMENT, "bo")
        answer.manual_score = values.get("points", answer.manual_score)
        comment.manual_comment = values.get("comment", comment.manual_comment)
        gradebook.db.commit()


def test_only_what_has_changed_is_made(graded):
    """Points, a comment, a notebook, a page that is gone or of another program."""
    assert make(graded) == dict.fromkeys(STUDENTS, "")
    first = pages(graded)
    assert make(graded) == {}
    change(graded, points=3.5)
    assert make(graded) == {"bo": ""}
    change(graded, comment="Well seen, bo.")
    assert make(graded) == {"bo": ""}
    assert "Well seen, bo." in pages(graded)["bo"].decode()
    folder = graded.root / "feedback"
    (folder / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.html").unlink()
    (folder / "cleo" / ASSIGNMENT / f"{ASSIGNMENT}.html").write_text("<html>nbgrader's")
    assert make(graded) == {"ada": "", "cleo": ""}
    second = pages(graded)
    assert second["ada"] == first["ada"]
    assert second["cleo"] == first["cleo"]
    submit(graded, "ada", answers=("question-lambd",), files=("data.csv",))
    grade(graded, force=False)
    assert make(graded) == {"ada": ""}


def test_a_page_made_twice_is_the_same(graded):
    """To the byte, by either process; the file beside the notebook is with it."""
    make(graded)
    first = pages(graded)
    assert make(graded, force=True) == dict.fromkeys(STUDENTS, "")
    assert pages(graded) == first
    assert (graded.root / "feedback" / "ada" / ASSIGNMENT / "data.csv").is_file()


def test_other_processes_make_the_same(graded, monkeypatch):
    """Two processes, each with the course's config."""
    make(graded)
    first = pages(graded)
    monkeypatch.setattr(feedback, "_FEW", 1)
    run = feedback_run(graded, ASSIGNMENT, force=True, workers=2)
    assert {outcome.student: outcome.error for outcome in run.run()} == dict.fromkeys(STUDENTS, "")
    assert pages(graded) == first
    assert not list((graded.root / "feedback").glob(".writing*"))


def test_the_same_points_as_by_nbgrader(graded):
    """What its own preprocessor writes into a notebook, read from the database cell by cell."""
    change(graded, points=3.5, comment="Good.")
    make(graded)
    (job,) = (
        job for job in feedback_run(graded, ASSIGNMENT, force=True).jobs if job.student == "bo"
    )
    path = graded.root / "autograded" / "bo" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    coursedir = Settings.load(graded).course_directory(assignment_id=ASSIGNMENT)
    converter = PageConverter(coursedir=coursedir, config=coursedir.config)
    results = []
    for preprocessor in (AddScores(), GetGrades()):
        resources = converter.init_single_notebook_resources(str(path))
        resources[RESOURCE] = job.scores[ASSIGNMENT]
        notebook, resources = preprocessor.preprocess(read_notebook(path).notebook, resources)
        results.append((notebook, resources["nbgrader"]))
    assert results[0] == results[1]
    assert results[0][1]["score"] == sum(POINTS.values()) + 3.5


def test_a_run_that_is_killed_leaves_whole_pages(graded, monkeypatch):
    """The folder is put in place at once; the next run makes the rest, and nothing is left over."""
    real = PageConverter.make

    def make_two(self, student, scores, key):
        if student == "cleo":
            raise KeyboardInterrupt
        real(self, student, scores, key)

    monkeypatch.setattr(PageConverter, "make", make_two)
    with pytest.raises(KeyboardInterrupt):
        make(graded)
    assert set(pages(graded)) == {"ada", "bo"}
    monkeypatch.undo()
    assert make(graded) == {"cleo": ""}
    assert {path.name for path in (graded.root / "feedback").iterdir()} == set(STUDENTS)


def test_a_notebook_that_the_gradebook_does_not_know(graded):
    """Its student has a sentence and no page with an earlier score; the others have theirs."""
    make(graded)
    with nbgrader_gradebook(graded) as gradebook:
        gradebook.remove_submission(ASSIGNMENT, "bo")
    outcomes = make(graded)
    assert outcomes.keys() == {"bo"}
    assert "no score" in outcomes["bo"]
    assert "again" in outcomes["bo"]
    assert set(pages(graded)) == {"ada", "cleo"}


def test_a_notebook_that_is_damaged(graded):
    """It costs its own page."""
    path = graded.root / "autograded" / "bo" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.chmod(0o644)
    path.write_text("{", "utf-8")
    outcomes = make(graded)
    assert [student for student, error in outcomes.items() if error] == ["bo"]
    assert set(pages(graded)) == {"ada", "cleo"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(graded):
    """One sentence, and not one for each page."""
    folder = graded.root / "feedback"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be written"):
        make(graded)


def test_a_full_disk(graded, monkeypatch):
    """One sentence; what was made before is kept."""
    real = feedback.PageConverter.make

    def make_one(self, student, scores, key):
        if student != "ada":
            raise OSError(28, "No space left on device", "feedback/bo")
        real(self, student, scores, key)

    monkeypatch.setattr(feedback.PageConverter, "make", make_one)
    with pytest.raises(StorageError, match=r"feedback/bo cannot be written: No space left"):
        make(graded)
    assert set(pages(graded)) == {"ada"}


def test_nothing_was_graded(registered):
    """The sentence says what to do."""
    with pytest.raises(CourseError, match=re.escape(f"`autograder grade {ASSIGNMENT}`")):
        make(registered)


def test_the_key_depends_on_no_secret(graded):
    """Whoever has a page could try guesses of the seed; what shapes the page does count."""

    def key(line):
        config = graded.root / CONFIG
        config.write_text(f"{config.read_text('utf-8')}\n{line}\n", "utf-8")
        return [job.key for job in feedback_run(graded, ASSIGNMENT, force=True).jobs]

    first = key("")
    assert key("c.GradeCells.seed = 'another secret of the course'") == first
    assert key("c.PageExporter.anchor_link_text = '#'") != first
