"""The executor that does the jobs: made when the first one comes, and again if it breaks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack

from autograder.grading.job import Job, JobResult


def _run_job(job: Job) -> JobResult:
    """Do a job in a worker, which imports what that needs; the process that hands it over waits."""
    from autograder.batch.worker import run_job  # noqa: PLC0415

    return run_job(job)


class WorkerPool(ExitStack):
    """Hands jobs to an executor, which is made when the first job comes, and again if it breaks.

    At its end it closes the executor, and tells it about an error that ended the run.

    Args:
        make_executor: Makes an executor.
        capacity: How many jobs the executor can do at once.

    Attributes:
        max_pending: How many jobs to hand over before waiting for results: enough that no worker
            waits for work, few enough that memory does not grow with the class.
    """

    def __init__(self, make_executor: Callable[[], Executor], capacity: int) -> None:
        super().__init__()
        self._make_executor = make_executor
        self._executor: Executor | None = None
        self.max_pending = 2 * capacity + 2

    def submit(self, job: Job) -> Future[JobResult]:
        """Hand over a job.

        Raises:
            concurrent.futures.BrokenExecutor: If the executor is broken.
        """
        if self._executor is None:
            self._executor = self.enter_context(self._make_executor())
        return self._executor.submit(_run_job, job)

    def how_a_worker_ended(self) -> str:
        """How the worker ended that broke the executor, in words; empty if that is not known."""
        how = getattr(self._executor, "how_a_worker_ended", None)
        return str(how()) if how else ""

    def discard_executor(self) -> None:
        """Close a broken executor; the next job goes to a new one."""
        self._executor = None
        self.close()
