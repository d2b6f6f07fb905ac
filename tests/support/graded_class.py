"""A small class that is graded without executing anything, by us or by nbgrader."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI

from autograder.batch.course_grading import CourseGrading
from autograder.batch.outcomes import SubmissionOutcome
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, read_notebook, write_notebook
from autograder.course.settings import Settings
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import in_this_process

POINTS = {"l2-cost-check": 12.0, "dropout-forward-check": 7.5}


def use_runner(patch: pytest.MonkeyPatch, runner: FakeRunner) -> FakeRunner:
    """Let this runner execute notebooks, for us and for nbgrader."""
    patch.setattr("autograder.nbgrader_ext.preprocessors.shared_process_runner", lambda _: runner)
    patch.setattr("autograder.batch.worker.shared_runner", lambda _: runner)
    return runner


def submit(
    course: Course,
    student: str,
    *,
    timestamp: str | None = None,
    answers: Collection[str] = (),
    name: str = ASSIGNMENT,
    files: Collection[str] = (),
) -> None:
    """Submit the release, with text in the cells ``answers`` and with more files beside it."""
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


def grade(
    course: Course, *, name: str = ASSIGNMENT, force: bool = True, students: Sequence[str] = ()
) -> dict[str, SubmissionOutcome]:
    """Grade a class as ``autograder grade`` does; the outcomes by student."""
    with CourseGrading(course, executor=in_this_process) as grading:
        assignment = course.assignment(name)
        store = grading.gradebook_store(assignment)
        submissions = grading.submissions(assignment, students)
        outcomes = list(grading.batch(assignment, store, force=force).run(submissions))
        store.close()
        return {outcome.student: outcome for outcome in outcomes}


def grade_with_nbgrader(course: Course, name: str = ASSIGNMENT) -> None:
    """Grade a class as ``nbgrader autograde --force`` does."""
    coursedir = Settings.load(course).coursedir
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    api.log = logging.getLogger("nowhere")
    api.log.propagate = False
    for student in sorted(path.name for path in course.submitted_dir.iterdir()):
        assert api.autograde(name, student, force=True)["success"]


def copy_of(course: Course, to: Path) -> Course:
    """A copy of a course."""
    shutil.copytree(course.root, to)
    return Course(to)
