"""What a run of grading did with each submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from autograder.grading.job import Job, JobResult


class SubmissionState(StrEnum):
    """What a run did with one submission."""

    GRADED = "graded"
    KEPT = "kept"
    NOT_GRADED = "not graded"


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """What a run did with one submission.

    Attributes:
        student: Whose it is.
        state: What was done.
        message: Why there is no grade.
        seconds: Where the time went.
    """

    student: str
    state: SubmissionState
    message: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def outcome_of(finished: tuple[Job, JobResult]) -> SubmissionOutcome:
    """What became of a job whose result was written down."""
    job, result = finished
    state = SubmissionState.GRADED if result.graded else SubmissionState.NOT_GRADED
    message = str(result.result["grade"]["message"])
    return SubmissionOutcome(job.student, state, message, result.seconds)
