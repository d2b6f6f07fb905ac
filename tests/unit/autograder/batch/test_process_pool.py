"""Worker processes on this machine."""

import os
import platform
import signal
from concurrent.futures import BrokenExecutor
from multiprocessing import connection

import numpy as np
import psutil
import pytest

from autograder.batch.process_pool import LocalProcessPool
from autograder.course.grading_options import EngineChoice

KERNEL = EngineChoice(engine="kernel")


def send_half_a_result():
    """Be killed in the middle of sending what this returns."""

    def send(self, data):
        os.write(self.fileno(), bytes(data)[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    connection.Connection._send = send
    return bytes(1_000_000)


def test_a_worker_killed_while_it_sends_breaks_the_pool():
    """Whoever waits for a result of the pool gets an error, and the pool can be closed."""
    with LocalProcessPool(2, KERNEL) as pool:
        waiting = pool.submit(signal.pause)
        dying = pool.submit(send_half_a_result)
        for future in (dying, waiting):
            with pytest.raises(BrokenExecutor):
                future.result(timeout=120)


def end_by(number):
    """End as a worker does that the kernel ends."""
    os.kill(os.getpid(), number)
    signal.pause()


@pytest.mark.parametrize(
    ("end", "argument", "words"),
    [
        (end_by, signal.SIGXCPU, "took too long and could not be interrupted"),
        (end_by, signal.SIGKILL, "it was killed: by the system for want of memory, or by a person"),
        (end_by, signal.SIGSEGV, "it crashed (SIGSEGV)"),
        (os._exit, 7, "it ended with exit code 7"),
        (os._exit, 0, "it gave no answer"),
    ],
)
def test_a_broken_pool_tells_the_true_cause(end, argument, words):
    """What ended the worker, and no guess."""
    with LocalProcessPool(2, KERNEL) as pool:
        pool.submit(signal.pause)
        with pytest.raises(BrokenExecutor):
            pool.submit(end, argument).result(timeout=120)
        assert words in pool.how_a_worker_ended()


def test_a_pool_ends_when_its_jobs_are_done():
    """Its watcher does not keep it from ending."""
    with LocalProcessPool(2, KERNEL) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]


def test_an_interrupted_run_ends_its_workers():
    """It does not wait for their jobs."""

    def interrupted():
        with LocalProcessPool(1, KERNEL) as pool:
            assert pool.submit(abs, -1).result(timeout=120) == 1
            futures.append(pool.submit(signal.pause))
            raise KeyboardInterrupt

    futures = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert futures[0].exception(timeout=120) is not None


def growth_by_large_arrays():
    """Mebibytes by which this process is larger after arrays, with small objects between them."""
    np.ones(2**21)  # the first large block that is freed, from which glibc learns
    before, kept = psutil.Process().memory_info().rss, []
    for _ in range(20):
        arrays = [np.ones(2**20) for _ in range(4)]
        kept.append(np.ones(2**12))
        del arrays
    return (psutil.Process().memory_info().rss - before) / 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries learn nothing")
def test_a_worker_does_not_keep_what_was_freed():
    """Otherwise the arrays of one submission are there to the end of the class."""
    with LocalProcessPool(1, KERNEL) as pool:
        assert pool.submit(growth_by_large_arrays).result(timeout=120) < 8
