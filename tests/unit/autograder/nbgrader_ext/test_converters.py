"""Our subclasses of nbgrader's converters."""

import logging

import pytest

from autograder.course.settings import Settings
from autograder.gradebook.autograded_folder import files_beside
from autograder.nbgrader_ext.converters import CourseAutograde, _replace_traceback
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import scores
from tests.support.graded_class import POINTS, grade, submit, use_runner


def test_a_traceback_of_our_own_error_is_logged_as_its_sentence():
    """Others stay as they are, for a bug has to show where it is."""
    ours = "Traceback (most recent call last):\n  File …\nautograder.errors.RunnerError: No kernel."
    theirs = "Traceback (most recent call last):\n  File …\nKeyError: 1"
    for text, expected in ((ours, "No kernel."), (theirs, theirs), ("plain", "plain")):
        record = logging.LogRecord("x", logging.ERROR, "x", 1, text, None, None)
        assert _replace_traceback(record)
        assert record.msg == expected


def test_hints_are_not_copied(course):
    """They came with the notebook; other files, even of that name elsewhere, are copied."""
    coursedir = Settings.load(course).course_directory(assignment_id=ASSIGNMENT)
    submitted = course.submitted_dir / "ada" / ASSIGNMENT
    (submitted / "mine").mkdir(parents=True)
    for name in ("hints.json", "mine/hints.json", "data.csv", f"{ASSIGNMENT}.ipynb"):
        (submitted / name).write_text("{}", "utf-8")
    assert {name for name, _ in files_beside(coursedir, submitted)} == {
        "mine/hints.json",
        "data.csv",
    }


@pytest.mark.parametrize(
    ("seed", "told"),
    [
        ("change me", "everybody can read"),
        ("short", "short enough to be guessed"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "short enough to be guessed"),
        ("", ""),  # then it is a random one in a file of its own
    ],
)
def test_nbgraders_autograde_says_that_a_seed_can_be_guessed(registered, caplog, seed, told):
    """It says what `autograder grade` says."""
    coursedir = Settings.load(registered).course_directory(assignment_id=ASSIGNMENT)
    coursedir.config.GradeCells.seed = seed
    converter = CourseAutograde(coursedir=coursedir, config=coursedir.config)
    converter.assignments = {}
    converter.convert_notebooks()
    said = [record.getMessage() for record in caplog.records if "seed" in record.getMessage()]
    assert len(said) == bool(told)
    assert told in "".join(said)


def test_nbgraders_autograde_discards_our_result(registered, monkeypatch):
    """If it then fails, neither the earlier scores nor the stored result are left."""
    use_runner(monkeypatch, FakeRunner(POINTS))
    submit(registered, "ada")
    grade(registered)
    assert grade(registered, force=False)["ada"].state == "kept"
    coursedir = Settings.load(registered).course_directory(assignment_id=ASSIGNMENT)
    converter = CourseAutograde(coursedir=coursedir, config=coursedir.config)
    converter.init_notebooks()
    ((_, converter.notebooks),) = converter.assignments.items()
    converter.init_assignment(ASSIGNMENT, "ada")
    assert {score for score, _, _ in scores(registered, "ada").values()} == {None}
    assert grade(registered, force=False)["ada"].state == "graded"
    assert scores(registered, "ada")["l2-cost-check"][0] == POINTS["l2-cost-check"]
