"""Who does the work: an executor that is made when the first job comes, and again if it breaks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack

from autograder.batch.worker import run_job
from autograder.grading.job import Job, JobResult


class WorkerPool(ExitStack):
    """Who does the work: an executor, made when the first job comes, and again if it breaks.

    At its end the executor is told how the run ended.

    Args:
        make: Makes an executor.
        hands: How many jobs it can do at once.
    """

    def __init__(self, make: Callable[[], Executor], hands: int) -> None:
        super().__init__()
        self._make = make
        self._executor: Executor | None = None
        # Enough that nobody waits for work, few enough that memory does not grow with the class.
        self.window = 2 * hands + 2

    def submit(self, job: Job) -> Future[JobResult]:
        """Hand a job over."""
        if self._executor is None:
            self._executor = self.enter_context(self._make())
        return self._executor.submit(run_job, job)

    def dismiss(self) -> None:
        """Give up a broken executor; the next job goes to a new one."""
        self._executor = None
        self.close()
