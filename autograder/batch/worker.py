"""Do one job of grading in this process: bytes in, plain values out.

Student code runs in the jail that this process starts, never in this process.
"""

from __future__ import annotations

import contextlib
import ctypes
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
from autograder.course.grading_options import OutputLimits
from autograder.course.layout import Assignment, Course, Submission
from autograder.course.notebook import is_solution, nbgrader_of
from autograder.errors import AutograderError
from autograder.grading.grade import GradedSubmission, grade, not_graded
from autograder.grading.job import AssignmentFiles, Job, JobResult, code_digest
from autograder.grading.restore import is_untouched
from autograder.runners.selection import shared_runner
from autograder.timing import measure_parts, timed_part

# What nbgrader says of an answer that is still what was released.
NO_RESPONSE = "No response."

# After so many jobs a worker returns memory.
_TIDY_EVERY = 10

# The part of a worker's time that no submission is to blame for.
START = "start"


def run_job(job: Job) -> JobResult:
    """Grade one submission. Whatever is wrong with it ends as a sentence, not as an exception."""
    with _one_at_a_time, measure_parts() as seconds:
        assignment = _unpacked(job.assignment)
        with tempdirs.temporary_directory("job") as place:
            _write(place, job.files)
            _write(place, job.assignment.data_files)
            begun = time.perf_counter()
            graded = _graded(job, assignment, place)
            spent = time.perf_counter() - begun - sum(seconds.values())
        text = ""
        with timed_part("notebook"):
            if graded.notebook is not None:
                _trim(graded.notebook, job.output_limits)
                text = _text(graded.notebook)
        student_seconds = graded.run.cpu_seconds
        seconds |= {"student": student_seconds, "engine": max(0.0, spent - student_seconds)}
        if next(_jobs) % _TIDY_EVERY == 0:
            _give_back()
        grade = graded.grade
        result = {
            "assignment": grade.assignment,
            "jail": list(grade.jail),
            "grade": _placed(grade.to_json(), str(place), job.location),
            "rows": _rows(graded),
        }
        return JobResult(job.student, result, text, seconds)


# A test cell's output is taken from sys.stdout: in a worker with threads, one at a time.
_one_at_a_time = threading.Lock()
_jobs = itertools.count(1)


def _give_back() -> None:
    """Return freed memory to the system.

    The GNU C library keeps what lies between things in use: after a few hundred submissions a third
    of a worker's memory was such gaps.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL(None).malloc_trim(0)


def _graded(job: Job, assignment: Assignment, folder: Path) -> GradedSubmission:
    if job.strict and job.code != code_digest():
        sentence = (
            "The worker that got this submission has another version of the autograder or of its "
            "packages. Install the same on all workers, then grade again."
        )
        return GradedSubmission(not_graded(job.student, assignment, sentence), None)
    try:
        with timed_part(START):
            runner = shared_runner(job.engine)
            runner.layers  # noqa: B018  starts it: no student's time
        return grade(Submission(assignment, job.student, folder), runner, job.options)
    except AutograderError as error:
        return GradedSubmission(not_graded(job.student, assignment, str(error)), None)


@lru_cache(8)
def _folder_of(digest: str) -> Path:
    """A scratch course that lasts as long as this process."""
    return _courses(os.getpid()) / digest[:16]


@cache
def _courses(_: int) -> Path:
    from multiprocessing import util  # noqa: PLC0415  the private-looking, documented Finalize

    util.Finalize(None, tempdirs.remove_all_directories, exitpriority=1)
    return tempdirs.make_directory("course")


def _unpacked(pack: AssignmentFiles) -> Assignment:
    folder = _folder_of(pack.digest)
    if not folder.exists():
        _write(folder, pack.files)
    return _assignment(folder, pack.name)


@lru_cache(8)
def _assignment(folder: Path, name: str) -> Assignment:
    return Assignment(Course(folder), name)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _placed(data: dict[str, Any], scratch: str, place: str) -> dict[str, Any]:
    """Let sentences name the submission where it lies, not where it was graded."""
    data["message"] = data["message"].replace(scratch, place)
    data["notes"] = [note.replace(scratch, place) for note in data["notes"]]
    return data


def _rows(graded: GradedSubmission) -> dict[str, dict[str, Any]]:
    """What nbgrader's ``SaveAutoGrades`` reads from an executed notebook."""
    if graded.notebook is None:
        return {}
    points = {cell.grade_id: cell.points for cell in graded.grade.cells}
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in graded.notebook.cells:
        told = nbgrader_of(cell)
        if told.get("grade"):
            scores[told["grade_id"]] = points[told["grade_id"]]
        if told.get("task"):
            comments[told["grade_id"]] = None
        elif is_solution(cell):
            comments[told["grade_id"]] = NO_RESPONSE if is_untouched(cell) else None
    return {"scores": scores, "comments": comments}


def _trim(notebook: NotebookNode, trimming: OutputLimits) -> None:
    """Nbgrader's ``LimitOutput``, which is only loaded for the few notebooks that need it."""
    if not any(_is_long(cell.outputs, trimming) for cell in notebook.cells if "outputs" in cell):
        return
    from nbgrader.preprocessors import LimitOutput  # noqa: PLC0415  two seconds to import

    step = LimitOutput(max_lines=trimming.max_lines, max_traceback=trimming.max_traceback)
    step.preprocess(notebook, {})


def _is_long(outputs: list[NotebookNode], trimming: OutputLimits) -> bool:
    """Whether a cell shows more than is kept."""
    lines = sum(one.text.count("\n") + 1 for one in outputs if one.output_type == "stream")
    traces = [len(one.traceback) for one in outputs if one.output_type == "error"]
    return (0 <= trimming.max_lines < lines) or any(
        0 <= trimming.max_traceback < length for length in traces
    )


def _text(notebook: NotebookNode) -> str:
    return str(nbformat.v4.writes(notebook)) + "\n"
