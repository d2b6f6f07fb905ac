"""What becomes of an existing nbgrader course in this engine: its own solutions, graded.

Nothing of the course is changed. A cell that its own solution does not pass would give students
wrong zeros, so each of these is told, with the reason and what a plain kernel says of it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course.assignment_toml import Limits
from autograder.course.kernel_language import require_python
from autograder.course.layout import Course
from autograder.course.notebook import (
    grade_id,
    is_manual,
    is_test,
    points_of,
    read_notebook,
    test_cells,
    worth_of,
)
from autograder.course.released_cells import BEGIN_HIDDEN, END_HIDDEN
from autograder.errors import BadSubmissionError, CourseError, RunnerError
from autograder.grading.restore import restore
from autograder.grading.score import score_cell
from autograder.models import CellResult
from autograder.runners.interface import CourseCode, Runner

SCHEMA = 1
_TOLERANCE = 1e-6
_WAS = "nbgrader of a test"
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class CellFinding:
    """A test cell, with its own course's solution above it.

    Attributes:
        name: Its ``grade_id``.
        points: What can be earned in it.
        works: Whether it gives the solution full points from outside the student's process.
        reason: Why not; empty if it does.
        works_in_kernel: Whether it does where tests and solution are in one process; None if that
            was not tried.
    """

    name: str
    points: float
    works: bool
    reason: str = ""
    works_in_kernel: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``."""
        return {
            "cell": self.name,
            "points": self.points,
            "tests": "outside" if self.works else "none",
            "works_in_kernel": self.works_in_kernel,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class NotebookFinding:
    """One source notebook.

    Attributes:
        assignment: The assignment that it belongs to.
        name: Its file's name, without the suffix.
        cells: Its test cells.
        by_hand: How many cells a person grades.
        seconds: How long its solution takes in the engine once that runs; 0 if it did not run.
        kernel_seconds: How long it takes in a Jupyter kernel of its own; 0 if not measured.
        problem: Why it cannot be graded at all; empty if it can.
    """

    assignment: str
    name: str
    cells: tuple[CellFinding, ...] = ()
    by_hand: int = 0
    seconds: float = 0.0
    kernel_seconds: float = 0.0
    problem: str = ""

    @property
    def title(self) -> str:
        """What a person calls it: the assignment, and the notebook if it has another name."""
        return self.assignment if self.name == self.assignment else f"{self.assignment}/{self.name}"

    @property
    def is_graded(self) -> bool:
        """Whether anything in it is graded, or would be."""
        return bool(self.cells or self.by_hand or self.problem)

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``."""
        return {
            "assignment": self.assignment,
            "notebook": self.name,
            "problem": self.problem,
            "graded_by_hand": self.by_hand,
            "seconds": round(self.seconds, 3),
            "kernel_seconds": round(self.kernel_seconds, 3),
            "cells": [cell.to_json() for cell in self.cells],
        }


def find_course(folder: Path) -> Course:
    """The course that a folder is in, or that it is, even without a config.

    Raises:
        CourseError: If there is none.
    """
    root = folder.resolve()
    return Course(root) if (root / "source").is_dir() else Course.find(folder)


def source_notebooks(course: Course) -> list[Path]:
    """The source notebooks of a course, by assignment and name.

    Raises:
        CourseError: If there are none.
    """
    paths = sorted(course.root.glob("source/*/*.ipynb"))
    if not paths:
        raise CourseError(
            f"{course.root} has no source notebook. They are expected where nbgrader has them: "
            "source/ASSIGNMENT/NOTEBOOK.ipynb."
        )
    return paths


def look_over(path: Path, runner: Runner, kernel: Runner | None = None) -> NotebookFinding:
    """Grade a source notebook's own solution.

    Args:
        path: The notebook.
        runner: The engine.
        kernel: Measures how long a Jupyter kernel takes; by default that is left out.
    """
    finding = NotebookFinding(path.parent.name, path.stem)
    try:
        notebook = read_notebook(path).notebook
        finding = replace(finding, by_hand=sum(map(is_manual, notebook.cells)))
        if not any(test_cells(notebook)):
            return finding
        require_python(notebook)
        finding = _graded(finding, notebook, path.parent, runner)
        if kernel is not None:
            finding = replace(finding, kernel_seconds=_seconds_in(kernel, notebook, path.parent))
    except (BadSubmissionError, RunnerError) as error:
        return replace(finding, problem=str(error))
    return finding


def _graded(
    finding: NotebookFinding, notebook: NotebookNode, folder: Path, runner: Runner
) -> NotebookFinding:
    runner.start(notebook)
    start = time.perf_counter()
    results, unasked = _run(notebook, folder, runner)
    seconds = time.perf_counter() - start
    lost = {name for name, (cell, result) in results.items() if not _is_full(cell, result)}
    in_kernel = _in_one_process(notebook, folder, runner) if lost else {}
    if lost:
        told, also_unasked = _run(_without_secrets(notebook), folder, runner)
        unasked = {**also_unasked, **unasked}
        # what only fails at the notebook's end, where hidden tests run, has no other reason
        results |= {name: told[name] for name in lost if not _is_full(*told[name])}
    cells = tuple(
        CellFinding(name, worth_of(cell), works=True)
        if name not in lost
        else CellFinding(
            name,
            worth_of(cell),
            works=False,
            reason=_reason(result, unasked.get(name, "")),
            works_in_kernel=in_kernel.get(name, False),
        )
        for name, (cell, result) in results.items()
    )
    return replace(finding, cells=cells, seconds=seconds)


def _run(
    notebook: NotebookNode, folder: Path, runner: Runner
) -> tuple[dict[str, tuple[NotebookNode, CellResult]], Mapping[str, str]]:
    """Grade a notebook with its own solution.

    Returns:
        The test cells and what they gave, and why cells could not be asked, by ``grade_id``.
    """
    solved, _ = restore(notebook, notebook)
    run = runner.run(
        solved,
        limits=Limits(),
        seed="",
        files=folder,
        rerun_experiments=False,
        course=CourseCode(notebook, folder),
    )
    cells = {str(grade_id(cell)): (cell, score_cell(cell)) for cell in test_cells(solved)}
    return cells, run.unasked


def _without_secrets(notebook: NotebookNode) -> NotebookNode:
    """A copy whose hidden tests are visible, so that they say to an instructor what is wrong."""
    shown = copy.deepcopy(notebook)
    for cell in test_cells(shown):
        for marker in (BEGIN_HIDDEN, END_HIDDEN):
            cell.source = cell.source.replace(marker, marker.lower())
    return shown


def _in_one_process(notebook: NotebookNode, folder: Path, runner: Runner) -> dict[str, bool]:
    """Whether each test gives full points where it runs beside the solution, still in the jail."""
    together = copy.deepcopy(notebook)
    tests = [cell for cell in together.cells if is_test(cell)]
    for cell in tests:
        cell.metadata[_WAS] = cell.metadata.pop("nbgrader")
    runner.run(together, limits=Limits(), seed="", files=folder, rerun_experiments=False)
    for cell in tests:
        cell.metadata["nbgrader"] = cell.metadata.pop(_WAS)
    return {str(grade_id(cell)): _is_full(cell, score_cell(cell)) for cell in tests}


def _seconds_in(kernel: Runner, notebook: NotebookNode, folder: Path) -> float:
    executed = copy.deepcopy(notebook)
    start = time.perf_counter()
    kernel.run(executed, limits=Limits(), seed="", files=folder, rerun_experiments=True)
    return time.perf_counter() - start


def _is_full(cell: NotebookNode, result: CellResult) -> bool:
    return result.points is not None and result.points >= points_of(cell) - _TOLERANCE


def _reason(result: CellResult, unasked: str) -> str:
    """What could not cross, or what the test said of the solution, in a line."""
    said = (check.message for check in result.checks if check.points < check.max_points)
    text = unasked or next(filter(None, said), "") or "It gave less than its points."
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"
