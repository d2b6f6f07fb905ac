"""Grades a course as ``autograder grade`` does, but executes nothing: the storing is tested.

Meant for a process of its own, which may be killed; prints a line for each outcome.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import autograder.work
from autograder.course import Course
from autograder.errors import AutograderError
from autograder.grading import Grading
from tests.conftest import ASSIGNMENT
from tests.unit.autograder.test_grade import FakeRunner

POINTS = {"l2-cost-check": 12.0, "dropout-forward-check": 7.5}


def say(*words):
    """A line that whoever started this can read at once."""
    print(*words, flush=True)  # noqa: T201


def main(root, *, force):
    """Grade; a failure is its sentence on stdout."""
    autograder.work.shared_runner = lambda _: FakeRunner(POINTS)
    # whatever edits this checkout meanwhile: what is graded does not hang on it here
    autograder.grading.code_digest = autograder.work.code_digest = lambda: "the same"
    course = Course(Path(root))
    try:
        with Grading(course, executor=lambda: ThreadPoolExecutor(1)) as grading:
            assignment = course.assignment(ASSIGNMENT)
            desk = grading.desk(assignment)
            say("begun")
            submissions = grading.submissions(assignment)
            for one in grading.run(assignment, submissions, desk, force=force):
                say(one.student, one.state, one.message)
            desk.close()
    except AutograderError as error:
        say("failed", type(error).__name__, error)
