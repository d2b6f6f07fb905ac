"""What lies beside a submitted notebook, and links on the way to it, for us and for nbgrader."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI

from autograder.batch.course_grading import CourseGrading
from autograder.course.layout import Course
from autograder.course.settings import Settings
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import scores
from tests.support.graded_class import POINTS, grade, grade_with_nbgrader, submit, use_runner


@pytest.fixture(autouse=True)
def runner(monkeypatch) -> FakeRunner:
    """Nothing is executed."""
    return use_runner(monkeypatch, FakeRunner(POINTS))


def autograde(course: Course, student: str) -> dict:
    """What nbgrader says when it grades one student."""
    coursedir = Settings.load(course).coursedir
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    api.log = logging.getLogger("nowhere")
    api.log.propagate = False
    return dict(api.autograde(ASSIGNMENT, student, force=True))


def size_on_disk(folder: Path) -> int:
    """The bytes that a folder's files have on the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def sparse(path: Path, size: int) -> None:
    """A file of that size which needs next to no place."""
    with path.open("wb") as file:
        file.truncate(size)


def fill(folder: Path, kind: str) -> str:
    """Put too much beside a notebook; returns a file that must still be copied."""
    (folder / "a-data.csv").write_text("1,2")
    if kind == "sparse":
        sparse(folder / "huge.bin", 3 * 2**30)
    elif kind == "sparse below":
        (folder / "data" / "more").mkdir(parents=True)
        sparse(folder / "data" / "more" / "huge.bin", 10 * 2**40)
    elif kind == "many sparse":
        for number in range(40):
            sparse(folder / f"part{number}.bin", 2**20)
    elif kind == "many":
        for number in range(3000):
            (folder / f"file{number:04}").touch()
    return "a-data.csv"


@pytest.mark.parametrize("kind", ["sparse", "sparse below", "many sparse", "many"])
@pytest.mark.parametrize("ours", [True, False], ids=["autograder", "nbgrader"])
def test_little_is_copied_of_what_lies_beside_a_notebook(registered, kind, ours):
    """What a notebook can read is; a note says what is not."""
    submit(registered, "mallory")
    copied = fill(registered.submitted_dir / "mallory" / ASSIGNMENT, kind)
    if ours:
        outcome = grade(registered)["mallory"]
        assert outcome.state == "graded"
    else:
        grade_with_nbgrader(registered)
    folder = registered.root / "autograded" / "mallory" / ASSIGNMENT
    assert (folder / copied).read_text() == "1,2"
    assert size_on_disk(folder) < 2**26
    assert sum(1 for _ in folder.rglob("*")) < 250
    notebook = (folder / f"{ASSIGNMENT}.ipynb").read_text("utf-8")
    if ours:
        assert "beside the notebook were not there" in stored_notes(registered, "mallory")
    else:
        assert "beside the notebook were not there" in notebook


def stored_notes(course: Course, student: str) -> str:
    """The notes on a student's work."""
    with CourseGrading(course) as grading:
        store = grading.gradebook_store(course.assignment(ASSIGNMENT))
        (stored,) = store.grades([student])
        return "\n".join(stored.notes)


def link_student(course: Course) -> None:
    """The student's folder leads to another student's."""
    (course.submitted_dir / "mallory").symlink_to(course.submitted_dir / "ada")


def link_assignment(course: Course) -> None:
    """The assignment's folder leads to another student's."""
    (course.submitted_dir / "mallory").mkdir()
    target = os.path.relpath(
        course.submitted_dir / "ada" / ASSIGNMENT, course.submitted_dir / "mallory"
    )
    (course.submitted_dir / "mallory" / ASSIGNMENT).symlink_to(target)


def link_outside(course: Course) -> None:
    """The student's folder leads out of the course."""
    outside = course.root.parent / "outside" / ASSIGNMENT
    outside.mkdir(parents=True)
    (outside / f"{ASSIGNMENT}.ipynb").write_bytes(
        (course.submitted_dir / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_bytes()
    )
    (course.submitted_dir / "mallory").symlink_to(outside.parent)


@pytest.mark.parametrize("link", [link_student, link_assignment, link_outside])
def test_a_folder_that_is_a_link_is_refused(registered, link):
    """By both, with a sentence that names it; those who handed in beside it are graded."""
    submit(registered, "ada", files=["data.csv"])
    link(registered)
    outcomes = grade(registered)
    assert outcomes["ada"].state == "graded"
    assert outcomes["mallory"].state == "not graded"
    assert "is a link" in outcomes["mallory"].message
    assert not (registered.root / "autograded" / "mallory").exists()
    result = autograde(registered, "mallory")
    assert not result["success"]
    assert "is a link" in result["log"]
    assert "Traceback" not in result["log"]
    assert not (registered.root / "autograded" / "mallory" / ASSIGNMENT / "data.csv").exists()
    assert scores(registered, "ada")["l2-cost-check"][0] == POINTS["l2-cost-check"]


def special(folder: Path) -> None:
    """Links and what is no file, beside the notebook and below it."""
    outside = folder.parents[2].parent / "secret.txt"
    outside.write_text("the instructor's")
    (folder / "link.csv").symlink_to(outside)
    (folder / "below").mkdir()
    (folder / "below" / "link.csv").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "pipe.ipynb")


@pytest.mark.parametrize("ours", [True, False], ids=["autograder", "nbgrader"])
def test_links_and_pipes_beside_a_notebook_are_not_followed(registered, ours):
    """Nothing waits for a pipe, and nothing from elsewhere is copied."""
    submit(registered, "mallory")
    special(registered.submitted_dir / "mallory" / ASSIGNMENT)
    if ours:
        grade(registered)
    else:
        grade_with_nbgrader(registered)
    folder = registered.root / "autograded" / "mallory" / ASSIGNMENT
    assert [path.name for path in folder.rglob("*")] == [f"{ASSIGNMENT}.ipynb"]


def test_the_folder_of_all_submissions_may_be_a_link(registered):
    """To a larger disk: the instructor made it."""
    submit(registered, "ada")
    elsewhere = registered.root.parent / "disk"
    registered.submitted_dir.rename(elsewhere)
    registered.submitted_dir.symlink_to(elsewhere)
    assert grade(registered)["ada"].state == "graded"
    assert autograde(registered, "ada")["success"]
