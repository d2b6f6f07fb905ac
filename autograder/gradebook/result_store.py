"""The interface of a place where a run of grading stores its results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.gradebook.moved_points import MovedPoints
from autograder.grading.job import Job, JobResult
from autograder.models import Grade


class ResultStore:
    """Stores results, and knows which results of earlier runs are still valid.

    Attributes:
        moved: What this run's results have moved of submissions that are as they were.
    """

    moved: Sequence[MovedPoints] = ()

    def has_result(self, job: Job) -> bool:
        """Whether the grade that this job would give is already stored, with all its parts."""
        raise NotImplementedError

    def known_digest(self, student: str, stat_digest: str) -> str | None:
        """The digest of a submission that was read before, if its files have not changed since.

        Args:
            student: The student's id.
            stat_digest: What ``file_stats.stat_digest`` says of the files now.
        """
        del student, stat_digest
        return None

    def remember_digest(self, student: str, stat_digest: str, digest: str) -> None:
        """Keep the digest of a submission that was read, for ``known_digest`` of a later run."""

    def write(self, finished: list[tuple[Job, JobResult]]) -> list[tuple[Job, JobResult]]:
        """Store results, all or none.

        Returns:
            The results as they were stored: one that cannot be entered becomes a failed one.
        """
        raise NotImplementedError

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """The stored grades of these students, in their order, with few in memory at a time.

        Args:
            students: The students' ids.
            brief: Leave out the single checks, which takes half the time.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End a run: remove temporary files, keep what the next run needs."""
