"""nbgrader's converters with our behaviour."""

import logging

from autograder.course.settings import Settings
from autograder.gradebook.autograded_folder import files_beside
from autograder.nbgrader_ext.converters import CourseFeedback, _sentence_for_traceback
from tests.conftest import ASSIGNMENT


def test_a_traceback_that_ends_in_a_sentence_is_that_sentence():
    """Others stay as they are: a bug must show where it is."""
    ours = "Traceback (most recent call last):\n  File …\nautograder.errors.RunnerError: No kernel."
    theirs = "Traceback (most recent call last):\n  File …\nKeyError: 1"
    for text, expected in ((ours, "No kernel."), (theirs, theirs), ("plain", "plain")):
        record = logging.LogRecord("x", logging.ERROR, "x", 1, text, None, None)
        assert _sentence_for_traceback(record)
        assert record.msg == expected


def test_hints_are_not_copied_for_every_student(course):
    """They came with the notebook; what else lies there, a student's own file too, is kept."""
    coursedir = Settings.load(course).course_directory(assignment_id=ASSIGNMENT)
    handed = course.submitted_dir / "ada" / ASSIGNMENT
    for folder in (handed, course.root / "autograded" / "ada" / ASSIGNMENT):
        (folder / "mine").mkdir(parents=True)
        for name in ("hints.json", "mine/hints.json", "data.csv", f"{ASSIGNMENT}.ipynb"):
            (folder / name).write_text("{}", "utf-8")
    converter = CourseFeedback(coursedir=coursedir, config=coursedir.config)
    converter.init_assignment(ASSIGNMENT, "ada")
    made = course.root / "feedback" / "ada" / ASSIGNMENT
    assert not (made / "hints.json").exists()
    assert (made / "mine" / "hints.json").exists()
    assert (made / "data.csv").exists()
    assert {name for name, _ in files_beside(coursedir, handed)} == {"mine/hints.json", "data.csv"}
    assert (handed / "hints.json").exists()
