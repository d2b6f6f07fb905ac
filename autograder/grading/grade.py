"""Grade one submission: its grade and the executed notebook. No database, no printing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.data_files import data_files, left_out
from autograder.course.foreign import explain_foreign
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Assignment, HandedIn, Submission
from autograder.course.lost_metadata import recover_cells
from autograder.course.notebook import (
    ReadNotebook,
    bonus_of,
    grade_id,
    grade_ids,
    is_graded,
    is_instructors,
    is_manual,
    is_solution,
    is_test,
    points_of,
    read_notebook,
    worth_of,
)
from autograder.diagnosis.diagnose import Diagnoser, diagnose
from autograder.diagnosis.notebook_facts import add_facts
from autograder.engine.trusted.sanitizer import sanitize_notebook
from autograder.engine.trusted.student_call import StudentCall
from autograder.errors import BadSubmissionError, RunnerError
from autograder.grading.restore import is_untouched, restore
from autograder.grading.score import WHOLE_CELL, score_cell
from autograder.grading.titles import exercise_titles
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict, cell_key
from autograder.runners.interface import CourseCode, Runner, RunResult
from autograder.tempdirs import temporary_directory
from autograder.text_direction import without_turns
from autograder.timing import timed_part
from utils.messages import get_message, speaking

METADATA = "autograder"


@dataclass(frozen=True, slots=True)
class GradedSubmission:
    """A grade, and where it comes from.

    Attributes:
        grade: The grade.
        notebooks: By the file's name: the executed notebooks; none if nothing could be run.
        run: What else the runs gave; empty if nothing could be run.
    """

    grade: Grade
    notebooks: Mapping[str, NotebookNode] = field(default_factory=dict)
    run: RunResult = field(default_factory=RunResult)


def grade(
    submission: Submission,
    runner: Runner,
    options: GradingOptions,
    beside: Mapping[str, Path] | None = None,
) -> GradedSubmission:
    """Grade one submission.

    A problem with the submission or the machinery results in a grade with the status
    ``not_graded`` and a sentence, never in an exception.

    Args:
        submission: The submission.
        runner: What executes its notebooks.
        options: The instructor's choices.
        beside: The course's files that replace what was handed in beside the notebooks, unless they
            are in the submission's folder already.
    """
    with speaking(options.language):
        return _grade(submission, runner, options, beside or {})


def _grade(
    submission: Submission, runner: Runner, options: GradingOptions, beside: Mapping[str, Path]
) -> GradedSubmission:
    try:
        found = submission.find_notebooks()
        graded = [_grade_notebook(one, submission, runner, options, beside) for one in found]
    except (BadSubmissionError, RunnerError) as error:
        return GradedSubmission(not_graded(submission.student, submission.assignment, str(error)))
    return _joined(graded)


def _grade_notebook(
    found: HandedIn,
    submission: Submission,
    runner: Runner,
    options: GradingOptions,
    beside: Mapping[str, Path],
) -> GradedSubmission:
    """Grade one notebook of a submission."""
    started = time.perf_counter()
    part, path = found.part, found.path
    if path is None:
        return GradedSubmission(
            replace(missing_notebook(part, submission.student), notes=found.notes)
        )
    read = read_submission(path, part)
    notebook, restore_notes = restore(read.notebook, part.notebook)
    with _files_beside(path, submission, beside) as files:
        graded = grade_restored(
            notebook, part, runner, options, student=submission.student, files=files
        )
    result = replace(
        graded.grade,
        notes=tuple(
            without_turns(note)
            for note in (*found.notes, *read.notes, *restore_notes, *graded.grade.notes)
        ),
        seconds=time.perf_counter() - started,
    )
    write_grade(notebook, result)
    return replace(graded, grade=result)


def _joined(graded: Sequence[GradedSubmission]) -> GradedSubmission:
    """The grade of a submission with all its notebooks."""
    if len(graded) == 1:
        return graded[0]
    run = RunResult(
        cpu_seconds=sum(one.run.cpu_seconds for one in graded),
        unasked={key: why for one in graded for key, why in one.run.unasked.items()},
    )
    notebooks = {name: notebook for one in graded for name, notebook in one.notebooks.items()}
    return GradedSubmission(join_grades([one.grade for one in graded]), notebooks, run)


def join_grades(grades: Sequence[Grade]) -> Grade:
    """The grade of a submission, from those of its notebooks."""
    name = grades[0].assignment
    cells = [cell for grade in grades for cell in grade.cells]
    jails = [grade.jail for grade in grades if grade.seconds] or [()]  # the others were not run
    return Grade(
        student=grades[0].student,
        assignment=name,
        status=Status.GRADED,
        max_score=sum(grade.max_score for grade in grades),
        cells=tuple(sorted(cells, key=lambda cell: cell.notebook or name)),
        seconds=sum(grade.seconds for grade in grades),
        jail=tuple(layer for layer in jails[0] if all(layer in jail for jail in jails)),
        notes=tuple(dict.fromkeys(note for grade in grades for note in grade.notes)),
    )


def missing_notebook(part: Assignment, student: str) -> Grade:
    """The grade of a notebook that was not handed in, where others of the assignment were.

    As in nbgrader all its points are 0, and there is nothing for a person to look at.
    """
    message = get_message("not_handed_in", name=part.file_name)

    def result(cell: NotebookNode) -> CellResult:
        name, verdict = str(grade_id(cell)), Verdict.NOT_DEFINED
        bonus = bonus_of(cell)
        if not is_test(cell):
            return CellResult(name, points_of(cell), 0.0, notebook=part.notebook_label)
        check = CheckResult(WHOLE_CELL, verdict, message, 0.0, worth_of(cell))
        return CellResult(
            name,
            points_of(cell),
            0.0,
            verdict,
            (check,),
            bonus=bonus,
            notebook=part.notebook_label,
        )

    titles = exercise_titles(part.notebook)
    cells = tuple(
        replace(result(cell), title=titles.get(str(grade_id(cell)), ""))
        for cell in part.notebook.cells
        if is_graded(cell)
    )
    maximum = sum(cell.max_points for cell in cells)
    return Grade(student, part.name, Status.GRADED, maximum, cells)


@contextmanager
def _files_beside(
    path: Path, submission: Submission, replacing: Mapping[str, Path]
) -> Iterator[Path]:
    """The folder whose files the notebook can read.

    For one that lies in a folder or a zip of its own, what lies there and what lies where it was
    expected: the course's data files are among those, or are what replaces all others.
    """
    if path.parent == submission.folder and not replacing:
        yield path.parent
        return
    with temporary_directory("beside") as beside:
        folders = dict.fromkeys([path.parent, submission.folder])
        files = [file for folder in folders for file in data_files(folder).items()]
        files += [(name, file.read_bytes()) for name, file in replacing.items()]
        for name, data in files:
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
        assignment: The assignment, as far as it is about this notebook.
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
            notebook=assignment.notebook_label,
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
    unasked = {cell_key(assignment.notebook_label, name): why for name, why in run.unasked.items()}
    return GradedSubmission(result, {assignment.file_name: notebook}, replace(run, unasked=unasked))


def write_grade(notebook: NotebookNode, result: Grade) -> None:
    """Write the grade into the executed notebook's metadata, under ``METADATA``."""
    notebook.metadata[METADATA] = {"jail": list(result.jail), **result.to_json()}


def not_graded(student: str, assignment: Assignment, message: str) -> Grade:
    """The record of a submission that could not be graded, and why."""
    return Grade(
        student,
        assignment.name,
        Status.NOT_GRADED,
        max_score(assignment),
        message=without_turns(message),
    )


def max_score(assignment: Assignment) -> float:
    """The points that can be reached in all notebooks of an assignment, without extra points."""
    cells = (cell for part in assignment.parts for cell in part.notebook.cells)
    return sum(points_of(cell) for cell in cells if is_graded(cell))


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
