"""One run over many submissions: hands out jobs, stores results, survives dead workers.

The work is done by a ``concurrent.futures.Executor``: processes on this machine or a Dask cluster.
Results are stored as they come, each with a digest of everything that it depends on. A run that was
killed can therefore be repeated: it goes on where it was, and what has not changed is not graded
again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    wait,
)

from autograder.batch.intake import Intake, UnreadableSubmission
from autograder.batch.outcomes import SubmissionOutcome, outcome_of
from autograder.batch.worker_pool import WorkerPool
from autograder.course.layout import Submission
from autograder.errors import RunnerError
from autograder.gradebook.result_store import ResultStore
from autograder.grading.job import Job, JobResult, failed_result

# How often a job is tried whose worker died; after the first time it is tried with no other job
# beside it.
_MAX_ATTEMPTS = 3
# How often the executor may break without having done a job in between: more often than a few bad
# submissions in a row can break it, but soon enough where no worker can run at all.
_MAX_BREAKDOWNS = 4 * _MAX_ATTEMPTS


class Batch:
    """One run over submissions of one assignment.

    Args:
        intake: Makes jobs of submissions.
        store: Where results are stored.
        workers: Does the jobs.
    """

    def __init__(self, intake: Intake, store: ResultStore, workers: WorkerPool) -> None:
        self._intake = intake
        self._store = store
        self._workers = workers
        self._attempts: dict[str, int] = {}
        self._breakdowns = 0
        self._storing_seconds = 0.0

    @property
    def seconds(self) -> dict[str, float]:
        """How much time this process has spent, by part, apart from the workers."""
        return {"reading": self._intake.seconds, "gradebook": self._storing_seconds}

    def run(self, submissions: Iterable[Submission]) -> Iterator[SubmissionOutcome]:
        """Grade what has to be graded; one outcome per submission, in the order of completion.

        Raises:
            RunnerError: If no worker lives long enough to do anything.
            StorageError: If results cannot be stored.
        """
        items = self._intake.jobs(submissions)
        retries: deque[Job] = deque()
        pending: dict[Future[JobResult], Job] = {}
        more = True
        while more or pending or retries:
            max_pending = 1 if retries else self._workers.max_pending
            while len(pending) < max_pending and (retries or more):
                item = retries.popleft() if retries else next(items, None)
                if isinstance(item, SubmissionOutcome):
                    yield item
                elif isinstance(item, UnreadableSubmission):
                    yield from self._store_results([(item.job, item.result())])
                elif item is None:
                    more = False
                else:
                    try:
                        pending[self._workers.submit(item)] = item
                    except BrokenExecutor as error:
                        self._discard_executor(error)
                        retries.append(item)
                        break
            if pending:
                finished, failed = self._collect(pending)
                retries.extend(failed)
                yield from self._store_results(finished)

    def _collect(
        self, pending: dict[Future[JobResult], Job]
    ) -> tuple[list[tuple[Job, JobResult]], list[Job]]:
        """Wait for jobs; return the finished ones, and those to try again after a worker died."""
        ready, _ = wait(pending, return_when=FIRST_COMPLETED)
        finished: list[tuple[Job, JobResult]] = []
        retries: list[Job] = []
        broken: BrokenExecutor | None = None
        for future in ready:
            job = pending.pop(future)
            try:
                finished.append((job, future.result()))
                self._breakdowns = 0
            except Exception as error:  # noqa: BLE001
                # Whatever the executor raises, the job was not done, and that is nobody's zero.
                broken = error if isinstance(error, BrokenExecutor) else broken
                attempts = self._attempts.get(job.student, 0) + 1
                self._attempts[job.student] = attempts
                if attempts < _MAX_ATTEMPTS:
                    retries.append(job)
                else:
                    reason = self._workers.how_a_worker_ended() if broken else ""
                    sentence = _failure_sentence(reason or _first_line(error))
                    finished.append((job, failed_result(job, sentence)))
        if broken:  # then all other jobs fail in the same way
            retries += pending.values()
            pending.clear()
            self._discard_executor(broken)
        return finished, retries

    def _discard_executor(self, error: BrokenExecutor) -> None:
        """Let a new executor be made in place of a broken one.

        Raises:
            RunnerError: If too many have broken without doing anything.
        """
        self._workers.discard_executor()
        self._breakdowns += 1
        if self._breakdowns > _MAX_BREAKDOWNS:
            raise RunnerError(
                f"The processes that grade ended {self._breakdowns} times, and none got anything "
                f"done ({_first_line(error)}). Check the memory of this machine, and run "
                "`autograder doctor`. What was graded so far is kept; the next run goes on from "
                "there."
            ) from error

    def _store_results(self, finished: list[tuple[Job, JobResult]]) -> Iterator[SubmissionOutcome]:
        if not finished:
            return
        start = time.perf_counter()
        stored = self._store.write(finished)
        self._storing_seconds += time.perf_counter() - start
        for job, result in stored:
            yield outcome_of(job, result)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__


def _failure_sentence(reason: str) -> str:
    return (
        f"The process that graded this submission ended {_MAX_ATTEMPTS} times without an answer "
        f"({reason}), so it is not graded; the others are. Look at it by hand, or grade it alone "
        "with --student."
    )
