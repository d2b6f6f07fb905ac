"""What a run of grading needs of the place where its results go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.grading.job import Job, JobResult
from autograder.models import Grade


class ResultStore:
    """Where finished work goes, and what is known of earlier work. Subclasses say how."""

    def holds(self, job: Job) -> bool:
        """Whether a grade that hangs on just this is written down already, all of it."""
        raise NotImplementedError

    def seen(self, student: str, stat_digest: str) -> str | None:
        """The digest of a submission that was read before and has the same stamp, if known."""
        del student, stat_digest
        return None

    def saw(self, student: str, stat_digest: str, digest: str) -> None:
        """Be told of a submission that was read."""

    def put(self, finished: list[tuple[Job, JobResult]]) -> list[tuple[Job, JobResult]]:
        """Write grades down, all or none; return what they came to."""
        raise NotImplementedError

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """What is written down of these students, in their order, a few in memory at a time.

        Args:
            students: Who.
            brief: Leave the single checks out, which takes half the time.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Remove what is temporary."""
