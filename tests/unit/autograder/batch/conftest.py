"""Submissions and jobs for tests of batches, in which nothing is executed."""

import pytest

from autograder.course.grading_options import EngineChoice, GradingOptions
from autograder.course.layout import Submission
from autograder.grading.job import AssignmentFiles, Job
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.graded_class import use_runner


@pytest.fixture
def submit(assignment):
    """Submit the release, made larger by some bytes."""

    def write(student, more_bytes=0):
        folder = assignment.course.submitted_dir / student / ASSIGNMENT
        folder.mkdir(parents=True)
        text = assignment.release.read_text("utf-8")
        (folder / f"{ASSIGNMENT}.ipynb").write_text(text + " " * more_bytes, "utf-8")
        return Submission(assignment, student, folder)

    return write


@pytest.fixture
def assignment_files(assignment):
    """The assignment as it is sent to workers."""
    path = assignment.source
    name = path.relative_to(assignment.course.root).as_posix()
    return AssignmentFiles(ASSIGNMENT, {name: path.read_bytes()}, {})


@pytest.fixture
def make_job(assignment_files):
    """Makes jobs."""

    def make(student, location, files, submission=""):
        return Job(
            assignment_files,
            student,
            location,
            files,
            EngineChoice(),
            GradingOptions(),
            submission=submission,
        )

    return make


@pytest.fixture(autouse=True)
def runner(monkeypatch):
    """Nothing is executed."""
    return use_runner(monkeypatch, FakeRunner({"l2-cost-check": 12.0}))
