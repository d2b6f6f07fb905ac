"""Grades a course as ``autograder grade`` does, but executes nothing: the storing is tested.

Meant for a process of its own, which may be killed; prints a line for each outcome.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import autograder.batch.worker
from autograder.batch.course_grading import CourseGrading
from autograder.course.layout import Course
from autograder.errors import AutograderError
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner

POINTS = {"l2-cost-check": 12.0, "dropout-forward-check": 7.5}


def say(*words):
    """A line that whoever started this can read at once."""
    print(*words, flush=True)  # noqa: T201


def main(root, *, force):
    """Grade; a failure is its sentence on stdout."""
    autograder.batch.worker.shared_runner = lambda _: FakeRunner(POINTS)
    # whatever edits this checkout meanwhile: what is graded does not depend on it here
    autograder.batch.course_grading.code_digest = autograder.grading.job.code_digest = lambda: (
        "the same"
    )
    course = Course(Path(root))
    try:
        with CourseGrading(course, executor=lambda: ThreadPoolExecutor(1)) as grading:
            assignment = course.assignment(ASSIGNMENT)
            store = grading.gradebook_store(assignment)
            say("begun")
            submissions = grading.submissions(assignment)
            for one in grading.batch(assignment, store, force=force).run(submissions):
                say(one.student, one.state, one.message)
            store.close()
    except AutograderError as error:
        say("failed", type(error).__name__, error)
