"""Workers on this machine."""

import os
import signal
from concurrent.futures import BrokenExecutor
from multiprocessing import connection

import pytest

from autograder.batch.process_pool import LocalProcessPool
from autograder.course.grading_options import EngineChoice

KERNEL = EngineChoice(engine="kernel")


def half_a_result():
    """Be killed in the middle of sending what this returns."""

    def send(self, data):
        os.write(self.fileno(), bytes(data)[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    connection.Connection._send = send
    return bytes(1_000_000)


def test_a_worker_killed_while_it_sends_breaks_the_pool():
    """Not only the reader of half a result learns of it: whoever waits gets an error."""
    with LocalProcessPool(2, KERNEL) as pool:
        waits = pool.submit(signal.pause)
        dies = pool.submit(half_a_result)
        for future in (dies, waits):
            with pytest.raises(BrokenExecutor):
                future.result(timeout=120)


def test_a_pool_ends_with_its_work_done():
    """The watcher keeps nobody from ending."""
    with LocalProcessPool(2, KERNEL) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]
