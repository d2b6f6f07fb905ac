"""One submission in, one grade and the executed notebook out. No database, no printing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nbformat import NotebookNode

from autograder.course import Assignment, Submission
from autograder.engine.calls import Call
from autograder.engine.datafiles import left_out
from autograder.engine.sanitize import sanitize_notebook
from autograder.errors import BadSubmissionError, RunnerError
from autograder.naming import Namer, name_mistakes
from autograder.notebook import (
    ReadNotebook,
    grade_id,
    grade_ids,
    is_graded,
    is_instructors,
    is_manual,
    is_test,
    points_of,
    read_notebook,
)
from autograder.outcome import CellResult, Grade, Status
from autograder.restore import is_untouched, restore
from autograder.runner import Runner
from autograder.scoring import score_cell
from autograder.stopwatch import part

METADATA = "autograder"


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade, and the notebook that it was read from; None where nothing could be run."""

    grade: Grade
    notebook: NotebookNode | None


@dataclass(frozen=True, slots=True)
class Options:
    """What an instructor may choose for a run of grading.

    Attributes:
        seed: The course's secret seed for fresh inputs.
        rerun_experiments: Whether cells that only train and plot run as well.
    """

    seed: str = ""
    rerun_experiments: bool = False


def grade(submission: Submission, runner: Runner, options: Options) -> Graded:
    """Grade one submission.

    What is wrong with the submission, or with the machinery, ends as a grade with the status
    ``not_graded`` and a sentence; it never ends as an exception.
    """
    begun = time.perf_counter()
    try:
        path, notes = submission.find_notebook()
        read = read_submission(path, submission.assignment)
        notebook, more = restore(read.notebook, submission.assignment.notebook)
        result = grade_restored(
            notebook,
            submission.assignment,
            runner,
            options,
            student=submission.student,
            files=path.parent,
        )
    except (BadSubmissionError, RunnerError) as error:
        return Graded(not_graded(submission.student, submission.assignment, str(error)), None)
    result = replace(
        result,
        notes=(*notes, *read.notes, *more, *result.notes),
        seconds=time.perf_counter() - begun,
    )
    record(notebook, result)
    return Graded(result, notebook)


def read_submission(path: Path, assignment: Assignment) -> ReadNotebook:
    """Read a student's notebook and see that it is one of this assignment.

    Raises:
        BadSubmissionError: If it cannot be read, or holds no cell of the assignment.
    """
    read = read_notebook(path, assignment.limits.output_mb)
    if not grade_ids(read.notebook) & grade_ids(assignment.notebook):
        raise BadSubmissionError(
            f"{path} holds no exercise of {assignment.name}. Is it the notebook of another "
            "assignment? Ask the student for the right one."
        )
    return read


def grade_restored(
    notebook: NotebookNode,
    assignment: Assignment,
    runner: Runner,
    options: Options,
    *,
    student: str,
    files: Path | None,
) -> Grade:
    """Run a restored notebook in place and read its grade.

    Raises:
        RunnerError: If the machinery broke.
    """
    begun = time.perf_counter()
    runner.run(
        notebook,
        limits=assignment.limits,
        seed=options.seed,
        files=files,
        rerun_experiments=options.rerun_experiments,
    )
    namer = Namer.of(assignment)
    cells = tuple(
        _cell(cell, namer, runner.calls.get(str(grade_id(cell)), ()))
        for cell in notebook.cells
        if is_graded(cell)
    )
    sanitize_notebook(notebook, trusted=is_instructors)
    result = Grade(
        student=student,
        assignment=assignment.name,
        status=Status.GRADED,
        max_score=sum(cell.max_points for cell in cells),
        cells=cells,
        seconds=time.perf_counter() - begun,
        jail=runner.layers,
        notes=tuple(filter(None, [left_out(files) if files else ""])),
    )
    record(notebook, result)
    return result


def record(notebook: NotebookNode, result: Grade) -> None:
    """Write the grade into the executed notebook, where later rooms find it again."""
    notebook.metadata[METADATA] = {"jail": list(result.jail), **result.to_json()}


def recorded(notebook: NotebookNode, assignment: str) -> Grade:
    """Read back what ``record`` wrote.

    Raises:
        KeyError: If the notebook was not graded by us.
    """
    data = notebook.metadata[METADATA]
    return Grade.from_json(data, assignment=assignment, jail=tuple(data["jail"]))


def not_graded(student: str, assignment: Assignment, message: str) -> Grade:
    """The record of a submission that has no grade, and why."""
    maximum = sum(points_of(cell) for cell in assignment.notebook.cells if is_graded(cell))
    return Grade(student, assignment.name, Status.NOT_GRADED, maximum, message=message)


def _cell(cell: NotebookNode, namer: Namer, calls: Sequence[Call]) -> CellResult:
    if is_test(cell):

        def named(result: CellResult, function: str) -> CellResult:
            with part("naming"):
                return name_mistakes(result, function, calls, namer)

        return score_cell(cell, named)
    assert is_manual(cell)
    points = 0.0 if is_untouched(cell) else None
    return CellResult(str(grade_id(cell)), points_of(cell), points)
