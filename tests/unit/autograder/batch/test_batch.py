"""One run over many submissions: what is graded, and what happens when workers die."""

from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor

import pytest

from autograder.batch.batch import Batch
from autograder.batch.intake import Intake
from autograder.batch.outcomes import SubmissionState
from autograder.batch.worker_pool import WorkerPool
from autograder.errors import RunnerError
from tests.support.graded_class import in_this_process
from tests.support.memory_store import MemoryStore


def run(make_job, store, submissions, executor=in_this_process, *, force=False):
    """Grade with a capacity of one job; the outcomes in their order."""
    with WorkerPool(executor, 1) as workers:
        batch = Batch(Intake(make_job, store, force=force), store, workers)
        return list(batch.run(submissions))


def test_each_submission_is_graded_once(make_job, submit, runner):
    """A submission that has a result is graded again only if this is forced."""
    submissions = [submit(name) for name in ("ada", "bo", "cleo")]
    store = MemoryStore(graded=["bo"])
    states = {outcome.student: outcome.state for outcome in run(make_job, store, submissions)}
    assert states == {
        "ada": SubmissionState.GRADED,
        "bo": SubmissionState.KEPT,
        "cleo": SubmissionState.GRADED,
    }
    assert sorted(store.written) == ["ada", "cleo"]
    assert len(runner.runs) == 2
    forced = run(make_job, store, submissions, force=True)
    assert {outcome.state for outcome in forced} == {SubmissionState.GRADED}
    assert len(runner.runs) == 5


def test_a_submission_that_cannot_be_read(make_job, submit, monkeypatch):
    """It gets a sentence with the file's name; it is stored, too."""
    submissions = [submit("ada"), submit("bo")]
    monkeypatch.setattr("autograder.course.notebook_file.MAX_FILE_MB", 0)
    store = MemoryStore()
    outcome, _ = run(make_job, store, submissions)
    assert outcome.state == SubmissionState.NOT_GRADED
    assert str(submissions[0].folder) in outcome.message
    assert "at most 0 MB are read" in outcome.message
    assert store.written == ["ada", "bo"]


def test_the_number_of_pending_jobs_is_limited(make_job, submit):
    """However large the class is: memory does not grow with it."""
    futures = set()
    pending = []

    class CountingExecutor(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            future = super().submit(fn, *args, **kwargs)
            futures.add(future)
            pending.append(sum(not one.done() for one in futures))
            return future

    submissions = [submit(f"s{number}") for number in range(12)]
    outcomes = run(make_job, MemoryStore(), submissions, lambda: CountingExecutor(1))
    assert len(outcomes) == 12
    assert max(pending) <= 4


class FragileExecutor(Executor):
    """Breaks on the job of ``killer``; the first one with all jobs that it has got so far."""

    made = 0

    def __init__(self, killer):
        FragileExecutor.made += 1
        self.first = FragileExecutor.made == 1
        self.killer = killer
        self.futures = []
        self.broken = False

    def submit(self, fn, /, *args, **_):
        """Do the job at once; the first executor keeps its jobs pending until it breaks."""
        if self.broken:
            raise BrokenExecutor("the pool is broken")
        future = Future()
        self.futures.append(future)
        if args[0].student == self.killer:
            self.broken = True
            for one in self.futures:
                if not one.done():
                    one.set_exception(BrokenExecutor("a process was killed"))
        elif not self.first:
            future.set_result(fn(*args))
        return future


def test_a_submission_that_kills_its_worker(make_job, submit, monkeypatch):
    """The others are graded by new executors; its own outcome is a sentence, not a zero."""
    monkeypatch.setattr(FragileExecutor, "made", 0)
    submissions = [submit(name) for name in ("ada", "bo", "cleo", "killer", "zoe")]
    store = MemoryStore()
    outcomes = {
        outcome.student: outcome
        for outcome in run(make_job, store, submissions, lambda: FragileExecutor("killer"))
    }
    graded = {name for name, outcome in outcomes.items() if outcome.state == SubmissionState.GRADED}
    assert graded == {"ada", "bo", "cleo", "zoe"}
    assert outcomes["killer"].state == SubmissionState.NOT_GRADED
    message = outcomes["killer"].message
    assert "ended 3 times without an answer (a process was killed)" in message
    assert "the others are" in message
    assert "memory" not in message  # which nobody knows to be the cause
    assert sorted(store.written) == sorted(outcomes)
    assert FragileExecutor.made > 2


class BrokenFromTheStart(Executor):
    """Never does a job."""

    made = 0

    def __init__(self):
        BrokenFromTheStart.made += 1

    def submit(self, fn, /, *args, **_):
        """Fail."""
        future = Future()
        future.set_exception(BrokenExecutor("no process could be started"))
        return future


def test_no_worker_can_run(make_job, submit, monkeypatch):
    """The run ends with a sentence after a few attempts, not after three for each submission."""
    monkeypatch.setattr(BrokenFromTheStart, "made", 0)
    submissions = [submit(f"s{number}") for number in range(20)]
    with pytest.raises(RunnerError, match=r"none got anything done \(no process could be started"):
        run(make_job, MemoryStore(), submissions, BrokenFromTheStart)
    assert 3 < BrokenFromTheStart.made < 20


def test_a_job_that_failed_once_is_tried_again(make_job, submit, runner):
    """An executor may lose one job and keep the others, as a cluster does."""
    lost = []

    class LosingExecutor(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            if not lost:
                lost.append(args[0].student)
                future = Future()
                future.set_exception(OSError("the worker is gone"))
                return future
            return super().submit(fn, *args, **kwargs)

    submissions = [submit(name) for name in ("ada", "bo")]
    outcomes = run(make_job, MemoryStore(), submissions, lambda: LosingExecutor(1))
    assert {outcome.state for outcome in outcomes} == {SubmissionState.GRADED}
    assert lost == ["ada"]
    assert len(runner.runs) == 2
