"""Grade one submission: its grade and the executed notebook. No database, no printing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.data_files import data_files, left_out
from autograder.course.foreign import explain_foreign
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Assignment, Submission
from autograder.course.lost_metadata import recover_cells
from autograder.course.notebook import (
    ReadNotebook,
    grade_id,
    grade_ids,
    is_graded,
    is_instructors,
    is_manual,
    is_solution,
    is_test,
    points_of,
    read_notebook,
)
from autograder.diagnosis.diagnose import Diagnoser, diagnose
from autograder.diagnosis.notebook_facts import add_facts
from autograder.engine.trusted.sanitizer import sanitize_notebook
from autograder.engine.trusted.student_call import StudentCall
from autograder.errors import BadSubmissionError, RunnerError
from autograder.grading.restore import is_untouched, restore
from autograder.grading.score import score_cell
from autograder.grading.titles import exercise_titles
from autograder.models import CellResult, Grade, Status
from autograder.runners.interface import CourseCode, Runner, RunResult
from autograder.tempdirs import temporary_directory
from autograder.text_direction import without_turns
from autograder.timing import timed_part
from utils.messages import speaking

METADATA = "autograder"


@dataclass(frozen=True, slots=True)
class GradedSubmission:
    """A grade, and where it comes from.

    Attributes:
        grade: The grade.
        notebook: The executed notebook; None if nothing could be run.
        run: What else the run gave; empty if nothing could be run.
    """

    grade: Grade
    notebook: NotebookNode | None
    run: RunResult = field(default_factory=RunResult)


def grade(submission: Submission, runner: Runner, options: GradingOptions) -> GradedSubmission:
    """Grade one submission.

    A problem with the submission or the machinery results in a grade with the status
    ``not_graded`` and a sentence, never in an exception.
    """
    with speaking(options.language):
        return _grade(submission, runner, options)


def _grade(submission: Submission, runner: Runner, options: GradingOptions) -> GradedSubmission:
    started = time.perf_counter()
    try:
        path, search_notes = submission.find_notebook()
        read = read_submission(path, submission.assignment)
        notebook, restore_notes = restore(read.notebook, submission.assignment.notebook)
        with _files_beside(path, submission) as files:
            graded = grade_restored(
                notebook,
                submission.assignment,
                runner,
                options,
                student=submission.student,
                files=files,
            )
    except (BadSubmissionError, RunnerError) as error:
        return GradedSubmission(
            not_graded(submission.student, submission.assignment, str(error)), None
        )
    result = replace(
        graded.grade,
        notes=tuple(
            without_turns(note)
            for note in (*search_notes, *read.notes, *restore_notes, *graded.grade.notes)
        ),
        seconds=time.perf_counter() - started,
    )
    write_grade(notebook, result)
    return replace(graded, grade=result)


@contextmanager
def _files_beside(path: Path, submission: Submission) -> Iterator[Path]:
    """The folder whose files the notebook can read.

    For one that lies in a folder or a zip of its own, what lies there and what lies where it was
    expected: the course's data files are among those.
    """
    if path.parent == submission.folder:
        yield path.parent
        return
    with temporary_directory("beside") as beside:
        for folder in (path.parent, submission.folder):
            for name, data in data_files(folder).items():
                with suppress(OSError):  # a file where the other has a folder
                    (beside / name).parent.mkdir(parents=True, exist_ok=True)
                    (beside / name).write_bytes(data)
        yield beside


def read_submission(path: Path, assignment: Assignment) -> ReadNotebook:
    """Read a student's notebook and make sure that it belongs to the assignment.

    Cells whose metadata was lost have it again.

    Raises:
        BadSubmissionError: If it cannot be read, or contains no cell of the assignment.
    """
    read = read_notebook(path, assignment.limits.output_mb)
    notes = recover_cells(read.notebook, assignment.notebook)
    if not grade_ids(read.notebook) & grade_ids(assignment.notebook):
        raise BadSubmissionError(explain_foreign(path, read.notebook, [assignment]))
    return ReadNotebook(read.notebook, (*read.notes, *notes))


def grade_restored(
    notebook: NotebookNode,
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    *,
    student: str,
    files: Path | None,
) -> GradedSubmission:
    """Run a restored notebook in place and read the grade off it.

    Args:
        notebook: As ``restore`` returns it.
        assignment: The assignment.
        runner: What executes the notebook.
        options: The instructor's choices.
        student: The student's id.
        files: The folder with the submission's data files, if there is one.

    Raises:
        RunnerError: If the runner itself failed.
    """
    with speaking(options.language):
        return _grade_restored(notebook, assignment, runner, options, student, files)


def _grade_restored(
    notebook: NotebookNode,
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    student: str,
    files: Path | None,
) -> GradedSubmission:
    started = time.perf_counter()
    run = runner.run(
        notebook,
        limits=assignment.limits,
        seed=options.seed,
        files=files,
        rerun_experiments=options.rerun_experiments,
        course=CourseCode(assignment.notebook, assignment.source.parent),
    )
    diagnoser = Diagnoser.for_assignment(assignment)
    titles = exercise_titles(assignment.notebook)
    cells = tuple(
        replace(
            _cell_result(
                cell,
                diagnoser,
                run.calls.get(str(grade_id(cell)), ()),
                notebook,
                assignment.notebook,
            ),
            title=titles.get(str(grade_id(cell)), ""),
        )
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
        seconds=time.perf_counter() - started,
        jail=runner.layers,
        notes=(*filter(None, [left_out(files) if files else ""]), *run.notes),
    )
    write_grade(notebook, result)
    return GradedSubmission(result, notebook, run)


def write_grade(notebook: NotebookNode, result: Grade) -> None:
    """Write the grade into the executed notebook's metadata, under ``METADATA``."""
    notebook.metadata[METADATA] = {"jail": list(result.jail), **result.to_json()}


def not_graded(student: str, assignment: Assignment, message: str) -> Grade:
    """The record of a submission that could not be graded, and why."""
    maximum = sum(points_of(cell) for cell in assignment.notebook.cells if is_graded(cell))
    return Grade(
        student, assignment.name, Status.NOT_GRADED, maximum, message=without_turns(message)
    )


def _cell_result(
    cell: NotebookNode,
    diagnoser: Diagnoser,
    calls: Sequence[StudentCall],
    notebook: NotebookNode,
    solution: NotebookNode,
) -> CellResult:
    if is_test(cell):

        def explain(result: CellResult, function: str) -> CellResult:
            with timed_part("diagnosis"):
                named = diagnose(result, function, calls, diagnoser)
                return add_facts(named, function, notebook, solution)

        return score_cell(cell, explain)
    assert is_manual(cell)
    points = 0.0 if is_solution(cell) and is_untouched(cell) else None  # a task has no stub
    return CellResult(str(grade_id(cell)), points_of(cell), points)
