"""Many submissions: which have to be graded, by whom, and where the grades go.

Whoever does the work is a ``concurrent.futures.Executor``: processes next door, a Dask cluster, or
the finished shards of another run. Grades are written down as they come, each with a digest of all
that it depends on; a run that was killed anywhere goes on where it was, and what has not changed
is not run again.
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

from autograder.batch.intake import Intake, Unreadable
from autograder.batch.outcomes import SubmissionOutcome, outcome_of
from autograder.batch.worker_pool import WorkerPool
from autograder.course.layout import Submission
from autograder.errors import RunnerError
from autograder.gradebook.result_store import ResultStore
from autograder.grading.job import Job, JobResult, failed_result

# A job whose worker died is tried this often, the later times with no other job beside it.
_TRIES = 3
# So often may all workers die with nothing done in between: more than a few bad submissions in a
# row can bring about, and soon enough where no worker can live.
_DEATHS = 4 * _TRIES


class Batch:
    """One run over submissions of one assignment.

    Args:
        intake: Gives the jobs.
        store: Where grades go.
        workers: Who does the work.
    """

    def __init__(self, intake: Intake, store: ResultStore, workers: WorkerPool) -> None:
        self._intake = intake
        self._store = store
        self._workers = workers
        self._tries: dict[str, int] = {}
        self._deaths = 0
        self._writing = 0.0

    @property
    def seconds(self) -> dict[str, float]:
        """Where this process's own time went so far."""
        return {"reading": self._intake.seconds, "gradebook": self._writing}

    def run(self, submissions: Iterable[Submission]) -> Iterator[SubmissionOutcome]:
        """Grade what has to be graded; one outcome a submission, in the order of completion."""
        jobs = self._intake.jobs(submissions)
        suspects: deque[Job] = deque()
        under_way: dict[Future[JobResult], Job] = {}
        more = True
        while more or under_way or suspects:
            room = 1 if suspects else self._workers.window
            while len(under_way) < room and (suspects or more):
                job = suspects.popleft() if suspects else next(jobs, None)
                if isinstance(job, SubmissionOutcome):
                    yield job
                elif isinstance(job, Unreadable):
                    yield from self._written([(job.job, failed_result(*job))])
                elif job is None:
                    more = False
                else:
                    try:
                        under_way[self._workers.submit(job)] = job
                    except BrokenExecutor as error:
                        self._bury(error)
                        suspects.append(job)
                        break
            if under_way:
                finished, again = self._collect(under_way)
                suspects.extend(again)
                yield from self._written(finished)

    def _collect(
        self, under_way: dict[Future[JobResult], Job]
    ) -> tuple[list[tuple[Job, JobResult]], list[Job]]:
        """What came back, and jobs whose worker died under them or under another."""
        ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
        finished: list[tuple[Job, JobResult]] = []
        again: list[Job] = []
        broken: BrokenExecutor | None = None
        for future in ready:
            job = under_way.pop(future)
            try:
                finished.append((job, future.result()))
                self._deaths = 0
            except Exception as error:  # noqa: BLE001
                # whatever an executor raises: the job was not done, and nobody's work is worth 0
                broken = error if isinstance(error, BrokenExecutor) else broken
                self._tries[job.student] = tries = self._tries.get(job.student, 0) + 1
                if tries < _TRIES:
                    again.append(job)
                else:
                    finished.append((job, failed_result(job, _why(error))))
        if broken:  # the others fail in the same way, at once
            again += under_way.values()
            under_way.clear()
            self._bury(broken)
        return finished, again

    def _bury(self, error: BrokenExecutor) -> None:
        """Let a broken executor go; give up if none lives long enough to do anything.

        Raises:
            RunnerError: Then.
        """
        self._workers.dismiss()
        self._deaths += 1
        if self._deaths > _DEATHS:
            raise RunnerError(
                f"The processes that grade ended {self._deaths} times, and none got anything done "
                f"({_reason(error)}). Look at the memory of this machine, and run `autograder "
                "doctor`. What was graded so far is kept; the next run goes on from there."
            ) from error

    def _written(self, finished: list[tuple[Job, JobResult]]) -> Iterator[SubmissionOutcome]:
        if not finished:
            return
        begun = time.perf_counter()
        finished = self._store.put(finished)
        self._writing += time.perf_counter() - begun
        yield from map(outcome_of, finished)


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__


def _why(error: Exception) -> str:
    return (
        f"The process that graded this submission ended {_TRIES} times without an answer "
        f"({_reason(error)}). Grade it alone with --student, and look at the memory while it runs."
    )
