"""The solution must get full marks on its own assignment before anybody is graded.

It is graded as a submission is, by the same workers with the same settings. That it passed is kept
in a file, with the digest of all that it depends on, so it is done once for each state of the
assignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path

from autograder.batch.worker_pool import WorkerPool
from autograder.course.layout import Assignment
from autograder.errors import CourseError
from autograder.files import write_text
from autograder.grading.job import Job
from autograder.models import CellResult, Grade, Verdict

_TOLERANCE = 1e-6


def require_full_marks(assignment: Assignment, job: Job, workers: WorkerPool) -> None:
    """Stop if the solution loses points.

    If it cannot be graded at all, nothing is said here: then nothing else can be graded, either,
    and each submission gets the reason.

    Args:
        assignment: The assignment.
        job: The source notebook as a submission.
        workers: What grades it.

    Raises:
        CourseError: If it loses points; the message names the cells.
    """
    passed = _passed_file(assignment)
    if passed.is_file() and passed.read_text("utf-8").strip() == job.key:
        return
    try:
        result = workers.submit(job).result()
    except Exception as error:  # noqa: BLE001  whatever the executor raises, it was not graded
        if isinstance(error, BrokenExecutor):
            workers.discard_executor()
        return
    grade = Grade.from_json(result.record["grade"], assignment=assignment.name)
    unasked = result.record.get("unasked", {})
    if unasked:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in unasked.items())
        raise CourseError(
            f"Nobody was graded, because not all tests in {assignment.source} can be asked from "
            f"outside the student's process. {reasons}"
        )
    lost = [cell for cell in grade.cells if _loses_points(cell)]
    if lost:
        raise CourseError(
            f"Nobody was graded, because the solution in {assignment.source} does not get full "
            f"marks itself: {'; '.join(map(_describe, lost))}. Correct the solution or its checks; "
            f"`autograder check {assignment.name}` looks over all of it. If these tests need one "
            "kernel for everything, grade with --engine kernel."
        )
    if result.graded and not any(_is_unsettled(cell) for cell in grade.cells):
        write_text(f"{job.key}\n", passed)


def _passed_file(assignment: Assignment) -> Path:
    return assignment.course.root / ".autograder" / "solution-passed" / f"{assignment.name}.txt"


def _loses_points(cell: CellResult) -> bool:
    """Whether a test took points off. What a person grades has none yet."""
    return (
        cell.points is not None
        and not _is_unsettled(cell)
        and cell.points < cell.worth - _TOLERANCE
    )


def _is_unsettled(cell: CellResult) -> bool:
    return cell.verdict == Verdict.INFRASTRUCTURE


def _describe(cell: CellResult) -> str:
    """The cell's name and points, and the first message of a check that it fails."""
    points = f"{cell.key} gets {cell.points:g} of {cell.worth:g}"
    reason = next(_messages(cell), "")
    return f"{points} ({reason})" if reason else points


def _messages(cell: CellResult) -> Iterator[str]:
    for check in cell.checks:
        if check.points < check.max_points and check.message:
            yield check.message.strip().split("\n")[0].rstrip(".")
