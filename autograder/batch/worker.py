"""Does one job in this process: a job in, a result of plain values out.

Student code never runs in this process, but in the jail that this process starts.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import tempdirs
from autograder.batch.outcomes import START
from autograder.course.data_files import is_about_left_out
from autograder.course.grading_options import OutputLimits
from autograder.course.layout import Assignment, Course, Submission
from autograder.course.notebook import is_solution, nbgrader_of
from autograder.errors import AutograderError
from autograder.freed_memory import trim_memory
from autograder.grading.grade import GradedSubmission, grade, not_graded
from autograder.grading.job import AssignmentFiles, Job, JobResult, code_digest
from autograder.grading.restore import is_untouched
from autograder.models import cell_key
from autograder.runners.selection import shared_runner
from autograder.timing import measure_parts, timed_part

# nbgrader's comment on an answer that is still what was released.
NO_RESPONSE = "No response."

# After this many jobs a worker returns freed memory to the system.
_JOBS_BETWEEN_TRIMS = 10


def run_job(job: Job) -> JobResult:
    """Grade one submission. Whatever is wrong with it ends as a sentence, not as an exception."""
    with _one_job_at_a_time, measure_parts() as seconds:
        assignment = _unpack(job.assignment)
        with tempdirs.temporary_directory("job") as folder:
            _write_files(folder, job.files)
            _write_files(folder, job.assignment.data_files)
            start = time.perf_counter()
            graded = _grade(job, assignment, folder)
            student_seconds = graded.run.cpu_seconds
            engine_seconds = time.perf_counter() - start - sum(seconds.values()) - student_seconds
        texts = {}
        with timed_part("notebook"):
            for name, notebook in graded.notebooks.items():
                _limit_output(notebook, job.output_limits)
                texts[name] = str(nbformat.v4.writes(notebook)) + "\n"
        seconds |= {"student": student_seconds, "engine": max(0.0, engine_seconds)}
        if next(_job_numbers) % _JOBS_BETWEEN_TRIMS == 0:
            trim_memory()
        record = {
            "assignment": graded.grade.assignment,
            "jail": list(graded.grade.jail),
            "grade": _localize(graded.grade.to_json(), str(folder), job),
            "gradebook": _gradebook_entries(graded),
            "unasked": dict(graded.run.unasked),
        }
        return JobResult(job.student, record, texts, seconds)


# In a worker with threads: the output of a test cell is taken from sys.stdout, which they share.
_one_job_at_a_time = threading.Lock()
_job_numbers = itertools.count(1)


def _grade(job: Job, assignment: Assignment, folder: Path) -> GradedSubmission:
    if job.strict and job.code != code_digest():
        sentence = (
            "The worker that got this submission has another version of the autograder or of its "
            "packages. Install the same on all workers, then grade again."
        )
        return GradedSubmission(not_graded(job.student, assignment, sentence))
    try:
        with timed_part(START):
            runner = shared_runner(job.engine)
            for part in assignment.parts:  # which is not part of any student's time
                runner.start(part.notebook)
        return grade(Submission(assignment, job.student, folder), runner, job.options)
    except AutograderError as error:
        return GradedSubmission(not_graded(job.student, assignment, str(error)))


def _unpack(files: AssignmentFiles) -> Assignment:
    """The assignment in a temporary course, which lasts as long as this process."""
    folder = _course_folder(files.digest)
    if not folder.exists():
        _write_files(folder, files.files)
    return _assignment(folder, files.name)


@lru_cache(8)
def _course_folder(digest: str) -> Path:
    return _courses_folder(os.getpid()) / digest[:16]


@cache
def _courses_folder(_pid: int) -> Path:
    """A temporary folder of this process; a forked one inherits the cache, but not the id."""
    from multiprocessing import util  # noqa: PLC0415  the private-looking, documented Finalize

    util.Finalize(None, tempdirs.remove_all_directories, exitpriority=1)
    return tempdirs.make_directory("course")


@lru_cache(8)
def _assignment(folder: Path, name: str) -> Assignment:
    return Assignment(Course(folder), name)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _localize(grade: dict[str, Any], temporary: str, job: Job) -> dict[str, Any]:
    """Make sentences name the submission's own folder, and the files that are only there."""
    notes = grade["notes"]
    if job.left_out:
        notes = [job.left_out, *(note for note in notes if not is_about_left_out(note))]
    grade["message"] = grade["message"].replace(temporary, job.location)
    grade["notes"] = [note.replace(temporary, job.location) for note in notes]
    return grade


def _gradebook_entries(graded: GradedSubmission) -> dict[str, dict[str, Any]]:
    """The scores and comments that nbgrader's ``SaveAutoGrades`` reads from a graded notebook."""
    if not graded.notebooks:
        return {}
    # to nbgrader a bonus is a cell of 0 points; what it earns is extra credit
    points = {cell.key: 0.0 if cell.bonus else cell.points for cell in graded.grade.cells}
    scores: dict[str, float | None] = {
        cell.key: 0.0
        for cell in graded.grade.cells
        if f"{cell.notebook or graded.grade.assignment}.ipynb" not in graded.notebooks
    }
    comments: dict[str, str | None] = {}
    for file, notebook in graded.notebooks.items():
        part = file.removesuffix(".ipynb")
        for cell in notebook.cells:
            metadata = nbgrader_of(cell)
            if not metadata:
                continue
            key = cell_key("" if part == graded.grade.assignment else part, metadata["grade_id"])
            if metadata.get("grade"):
                scores[key] = points[key]
            if metadata.get("task"):
                comments[key] = None
            elif is_solution(cell):
                comments[key] = NO_RESPONSE if is_untouched(cell) else None
    return {"scores": scores, "comments": comments}


def _limit_output(notebook: NotebookNode, limits: OutputLimits) -> None:
    """Apply nbgrader's ``LimitOutput``, which is imported only for the notebooks that need it."""
    if not any(_is_too_long(cell.outputs, limits) for cell in notebook.cells if "outputs" in cell):
        return
    from nbgrader.preprocessors import LimitOutput  # noqa: PLC0415  two seconds to import

    step = LimitOutput(max_lines=limits.max_lines, max_traceback=limits.max_traceback)
    step.preprocess(notebook, {})


def _is_too_long(outputs: list[NotebookNode], limits: OutputLimits) -> bool:
    lines = sum(output.text.count("\n") + 1 for output in outputs if output.output_type == "stream")
    tracebacks = [len(output.traceback) for output in outputs if output.output_type == "error"]
    return (0 <= limits.max_lines < lines) or any(
        0 <= limits.max_traceback < length for length in tracebacks
    )
