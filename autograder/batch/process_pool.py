"""Worker processes on this machine, each with a zygote of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, util
from types import TracebackType
from typing import Any

from autograder.batch.cpython_internals import (
    close_worker_ends,
    manager_thread,
    run_finalizers,
    wake_manager,
    worker_processes,
)
from autograder.course.grading_options import EngineChoice
from autograder.freed_memory import return_large_blocks

# How often to look whether a worker has ended, and how long a pool may take to see that itself.
_POLL_SECONDS, _GRACE_SECONDS = 1.0, 5.0


def core_count() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a system without affinities
        return os.cpu_count() or 1


def spawn_pool(
    workers: int, begin: Callable[..., None] | None = None, *arguments: Any
) -> ProcessPoolExecutor:
    """A pool of new processes that end with this one, to do what needs no runner.

    Args:
        workers: How many processes.
        begin: What each of them begins with.
        arguments: What that is called with.
    """
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_initialize_spawned,
        initargs=(begin, arguments),
    )


def _initialize_spawned(begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    end_with_parent()
    if begin is not None:
        begin(*arguments)


class LocalProcessPool(ProcessPoolExecutor):
    """A pool whose processes end when this one does, however it ends.

    Args:
        workers: How many processes.
        choice: Which engine runs notebooks.
    """

    def __init__(self, workers: int, choice: EngineChoice) -> None:
        super().__init__(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_initialize_worker,
            initargs=(choice,),
        )
        self._other_children = set(multiprocessing.active_children())
        self._closing = threading.Event()
        self._end_lock = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Wait for the workers; if the run was interrupted, end them."""
        # Two threads must not close the same pipe: the second would close a stranger's descriptor.
        with self._end_lock:
            self._closing.set()
            if kind is not None:
                self._end_workers()
        self.shutdown(wait=True, cancel_futures=True)

    def how_a_worker_ended(self) -> str:
        """How the worker ended that broke this pool, in words."""
        processes = worker_processes(self)
        for process in processes:
            process.join(_GRACE_SECONDS)  # the pool's own thread may be about to read its exit code
        ends = [process.exitcode for process in processes]
        # Those that the pool ended itself got a SIGTERM, which our workers answer with exit code 1.
        odd = [code for code in ends if code not in {None, 0, 1, -signal.SIGTERM}]
        if not odd:
            return "it gave no answer"
        if odd[0] == -signal.SIGXCPU:
            return "checking what its code returned took too long and could not be interrupted"
        if odd[0] == -signal.SIGKILL:
            return "it was killed: by the system for want of memory, or by a person"
        if odd[0] < 0:
            return f"it crashed ({signal.Signals(-odd[0]).name})"
        return f"it ended with exit code {odd[0]}"

    def _watch(self) -> None:
        """End the pool if one of its workers was killed while it was sending a result.

        The pool's own thread has begun to read that result and would wait forever for the rest of
        it: it does not look for ended workers meanwhile, and the other workers keep the pipe open.
        """
        while not self._closing.is_set():
            sentinels = [process.sentinel for process in worker_processes(self)]
            if not sentinels:
                self._closing.wait(_POLL_SECONDS)
                continue
            if not connection.wait(sentinels, _POLL_SECONDS):
                continue
            thread = manager_thread(self)
            if thread is not None:
                wake_manager(self)
                thread.join(_GRACE_SECONDS)  # it ends if it sees by itself that the pool is broken
                with self._end_lock:
                    if thread.is_alive() and not self._closing.is_set():
                        self._end_workers()
            return

    def _end_workers(self) -> None:
        workers = set(multiprocessing.active_children()) - self._other_children
        for process in workers:
            process.terminate()
        for process in workers:
            process.join()
        close_worker_ends(self)


def _initialize_worker(choice: EngineChoice) -> None:
    """Start the runner's life in a worker, and its end."""
    from autograder.runners.selection import shared_runner  # noqa: PLC0415  only workers run anything

    util.Finalize(None, shared_runner(choice).close, exitpriority=2)
    return_large_blocks()
    end_with_parent()


def end_with_parent() -> None:
    """Make this worker process end when its parent does; to be called when the worker starts.

    An interrupt from the terminal is left to the parent, which then ends its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        _exit()

    threading.Thread(target=watch, daemon=True).start()


def _exit(*_: object) -> None:
    """Remove what is temporary and end this process at once.

    It is not done with an exception: a worker that is sending its result would try to send that,
    too, into a full pipe that nobody reads any more, and the run would wait for it forever.
    """
    try:
        run_finalizers()
    finally:
        os._exit(1)
