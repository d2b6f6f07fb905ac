"""The executor that does the jobs."""

from concurrent.futures import Executor, Future

import pytest

from autograder.batch.worker_pool import WorkerPool


class RecordingExecutor(Executor):
    """Takes jobs, and remembers with which error it was closed."""

    def __init__(self):
        self.closed_with = "not closed"

    def submit(self, fn, /, *args, **_):
        """Take a job."""
        del fn, args
        return Future()

    def __exit__(self, kind, error, traceback):
        """Close."""
        self.closed_with = kind


@pytest.fixture
def made():
    """The executors that were made."""
    return []


@pytest.fixture
def make_executor(made):
    """Makes an executor."""

    def make():
        made.append(RecordingExecutor())
        return made[-1]

    return make


def test_the_executor_is_made_for_the_first_job(make_executor, made):
    """One for all jobs; none for a run without a job."""
    with WorkerPool(make_executor, 3) as workers:
        assert made == []
        workers.submit(None)
        workers.submit(None)
        assert len(made) == 1
    assert made[0].closed_with is None


def test_a_discarded_executor_is_replaced(make_executor, made):
    """The broken one is closed at once."""
    with WorkerPool(make_executor, 3) as workers:
        workers.submit(None)
        workers.discard_executor()
        assert made[0].closed_with is None
        workers.submit(None)
        assert len(made) == 2
        assert made[1].closed_with == "not closed"
    assert made[1].closed_with is None


def test_the_executor_gets_the_error_that_ended_the_run(make_executor, made):
    """So that it can end its processes instead of waiting for them."""

    def interrupted():
        with WorkerPool(make_executor, 3) as workers:
            workers.submit(None)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert made[0].closed_with is KeyboardInterrupt


def test_more_jobs_are_pending_than_can_be_done():
    """So that no worker has to wait for its next job."""
    assert WorkerPool(RecordingExecutor, 8).max_pending > 8
