"""What a run of grading did with each submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from autograder.grading.job import Job, JobResult

# The part of a worker's time that is not spent on any submission.
START = "start"


class SubmissionState(StrEnum):
    """Whether a submission was graded, kept an earlier grade, or could not be graded."""

    GRADED = "graded"
    KEPT = "kept"
    NOT_GRADED = "not graded"


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """What a run did with one submission.

    Attributes:
        student: The student's id.
        state: What was done.
        message: Why there is no grade; empty if there is one.
        seconds: Where the time went, by part.
    """

    student: str
    state: SubmissionState
    message: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def outcome_of(job: Job, result: JobResult) -> SubmissionOutcome:
    """The outcome of a job whose result was stored."""
    state = SubmissionState.GRADED if result.graded else SubmissionState.NOT_GRADED
    message = str(result.record["grade"]["message"])
    return SubmissionOutcome(job.student, state, message, result.seconds)
