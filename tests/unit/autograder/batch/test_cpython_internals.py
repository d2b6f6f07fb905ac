"""The private attributes of CPython that we rely on are there and do what we need.

Run on each supported Python. If a test fails on a new one, ``autograder.batch.cpython_internals``
has to change.
"""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import connection

import pytest

from autograder.batch import cpython_internals

WAIT_SECONDS = 60
PROCESSES = multiprocessing.get_context("spawn")


@pytest.fixture
def pool():
    """A pool of one process, which has done a job."""
    executor = ProcessPoolExecutor(1, mp_context=PROCESSES)
    assert executor.submit(os.getpid).result(WAIT_SECONDS)
    yield executor
    executor.shutdown()


def test_the_processes_of_a_pool(pool):
    """They can be waited for and ended."""
    (process,) = cpython_internals.worker_processes(pool)
    assert process.pid == pool.submit(os.getpid).result(WAIT_SECONDS)
    assert not connection.wait([process.sentinel], 0)
    pool.shutdown()
    assert cpython_internals.worker_processes(pool) == []


def test_the_thread_of_a_pool(pool):
    """It runs until the pool ends."""
    thread = cpython_internals.manager_thread(pool)
    assert isinstance(thread, threading.Thread)
    assert thread.is_alive()
    pool.shutdown()
    assert not thread.is_alive()
    assert cpython_internals.manager_thread(pool) is None


def test_a_pool_that_nobody_used_has_neither():
    """A process and a thread are only started for the first job."""
    with ProcessPoolExecutor(1, mp_context=PROCESSES) as pool:
        assert cpython_internals.worker_processes(pool) == []
        assert cpython_internals.manager_thread(pool) is None


def test_a_pool_ends_once_the_ends_of_its_workers_are_closed():
    """Although its worker was killed after it had sent only a part of its result."""
    pool = ProcessPoolExecutor(1, mp_context=PROCESSES, initializer=_send_half_a_result)
    future = pool.submit(os.getpid)
    (process,) = cpython_internals.worker_processes(pool)
    assert connection.wait([process.sentinel], WAIT_SECONDS)
    thread = cpython_internals.manager_thread(pool)
    thread.join(1)
    assert thread.is_alive(), "the pool sees this itself now: is the function still needed?"
    cpython_internals.close_worker_ends(pool)
    thread.join(WAIT_SECONDS)
    assert not thread.is_alive()
    assert future.exception(WAIT_SECONDS) is not None
    pool.shutdown()


def test_a_worker_that_the_manager_overlooked_is_seen_once_it_is_woken():
    """It was started while the manager was waiting for those before it."""
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as pool:
        waiting = pool.submit(signal.pause)
        manager = cpython_internals.manager_thread(pool)
        while not waiting.running():
            manager.join(0.01)
        dying = pool.submit(os._exit, 3)
        while not dying.done():  # the second worker has to start before it can end
            cpython_internals.wake_manager(pool)
            manager.join(0.1)
        assert isinstance(dying.exception(), BrokenExecutor)
    cpython_internals.wake_manager(pool)  # once the pool has ended, this does nothing


def _send_half_a_result():
    """Announce a message of 1000 bytes on the pool's result pipe, send a few of them, and die."""
    import gc

    (queue,) = (
        thing
        for thing in gc.get_objects()
        if type(thing).__name__ == "SimpleQueue" and hasattr(thing, "_writer")
    )
    os.write(queue._writer.fileno(), (1000).to_bytes(4, "big") + b"only this")
    os.kill(os.getpid(), signal.SIGKILL)


def test_finalizers_run():
    """In the order of their priority, as at the end of a process."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_finalize, args=(theirs,))
    process.start()
    assert ours.poll(WAIT_SECONDS)
    assert [ours.recv(), ours.recv()] == ["first", "second"]
    process.join()
    assert process.exitcode == 0


def _finalize(end):
    """Register two finalizers, run them, and end without a second run."""
    multiprocessing.util.Finalize(None, end.send, args=("second",), exitpriority=1)
    multiprocessing.util.Finalize(None, end.send, args=("first",), exitpriority=2)
    cpython_internals.run_finalizers()
    os._exit(0)


@pytest.mark.parametrize("allowed", [False, True])
def test_a_daemon_may_have_children(allowed):
    """Not without our help."""
    process = PROCESSES.Process(target=_start_child, args=(allowed,), daemon=True)
    process.start()
    process.join(WAIT_SECONDS)
    assert process.exitcode == (0 if allowed else 3)


def _start_child(allowed):
    """Start a process of its own from a daemon."""
    if allowed:
        cpython_internals.allow_children()
    child = PROCESSES.Process(target=os.getpid)
    try:
        child.start()
    except AssertionError:
        os._exit(3)
    child.join()
    os._exit(0)
