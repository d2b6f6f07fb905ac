"""Grades a course like ``autograder grade``, but without executing anything: tests of storing.

It is meant for a process of its own, which a test may kill. It prints a line for each outcome.
"""

from pathlib import Path

import autograder.batch.course_grading
import autograder.batch.worker
from autograder.batch.course_grading import CourseGrading
from autograder.course.layout import Course
from autograder.errors import AutograderError
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.graded_class import POINTS, in_this_process


def print_now(*words):
    """Print a line that a reading process gets at once."""
    print(*words, flush=True)  # noqa: T201


def code_digest():
    """The same for all runs, even if somebody edits this checkout meanwhile."""
    return "the same"


def main(root, *, force):
    """Grade; an error is printed as its sentence."""
    autograder.batch.worker.shared_runner = lambda _: FakeRunner(POINTS)
    autograder.batch.course_grading.code_digest = code_digest
    autograder.batch.worker.code_digest = code_digest
    course = Course(Path(root))
    try:
        with CourseGrading(course, executor=in_this_process) as grading:
            assignment = course.assignment(ASSIGNMENT)
            store = grading.gradebook_store(assignment)
            print_now("begun")
            submissions = grading.submissions(assignment)
            for outcome in grading.batch(assignment, store, force=force).run(submissions):
                print_now(outcome.student, outcome.state, outcome.message)
            store.close()
    except AutograderError as error:
        print_now("failed", type(error).__name__, error)
