"""Grades a course as ``autograder grade`` does, but executes nothing: for tests of storing grades.

It runs in a process of its own, which a test may kill, and prints a line for each outcome.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder.batch import course_grading, worker
from autograder.course.layout import Course
from autograder.errors import AutograderError
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner

POINTS = {"l2-cost-check": 12.0, "dropout-forward-check": 7.5}


def print_line(*words):
    """Print a line without buffering, so that the test can read it at once."""
    print(*words, flush=True)  # noqa: T201


def main(root, *, force):
    """Grade the course at ``root``; an error is printed as a sentence."""
    worker.shared_runner = lambda _: FakeRunner(POINTS)
    # grades must not depend on somebody editing this checkout meanwhile
    worker.code_digest = course_grading.code_digest = lambda: "the same"
    course = Course(Path(root))
    try:
        with course_grading.CourseGrading(
            course, executor=lambda: ThreadPoolExecutor(1)
        ) as grading:
            assignment = course.assignment(ASSIGNMENT)
            store = grading.gradebook_store(assignment)
            print_line("begun")
            submissions = grading.submissions(assignment)
            for outcome in grading.batch(assignment, store, force=force).run(submissions):
                print_line(outcome.student, outcome.state, outcome.message)
            store.close()
    except AutograderError as error:
        print_line("failed", type(error).__name__, error)
