"""Workers on this machine: processes that each have a warm parent of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, util
from types import TracebackType

from autograder.batch.cpython_internals import (
    close_worker_ends,
    manager_thread,
    run_finalizers,
    worker_processes,
)
from autograder.course.grading_options import EngineChoice
from autograder.runners.selection import shared_runner

# Seconds between two looks at the workers, and for an executor to see that one has ended.
_LOOK, _GRACE = 1.0, 5.0


def core_count() -> int:
    """How many processes may compute at once here."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a system without affinities
        return os.cpu_count() or 1


class LocalProcessPool(ProcessPoolExecutor):
    """A pool whose processes end with this one, however it ends.

    Args:
        workers: How many.
        choice: What executes notebooks.
    """

    def __init__(self, workers: int, choice: EngineChoice) -> None:
        super().__init__(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(choice,),
        )
        self._others = set(multiprocessing.active_children())
        self._over = threading.Event()
        # Two threads must not close the same pipe: the second would close a stranger's descriptor.
        self._ending = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Wait for the processes; if the run was interrupted, end them."""
        with self._ending:
            self._over.set()
            if kind is not None:
                self._end_all()
        self.shutdown(wait=True, cancel_futures=True)

    def _watch(self) -> None:
        """End a pool one of whose processes was killed while it sent a result.

        The executor's thread has begun to read that result and would wait for the rest of it for
        ever; it sees no process that ends, and the others hold the same pipe open.
        """
        while not self._over.is_set():
            ends = [process.sentinel for process in worker_processes(self)]
            if not ends:
                self._over.wait(_LOOK)
                continue
            if not connection.wait(ends, _LOOK):
                continue
            reader = manager_thread(self)
            if reader is not None:
                reader.join(_GRACE)  # it ends if it sees by itself that the pool is broken
                with self._ending:
                    if reader.is_alive() and not self._over.is_set():
                        self._end_all()
            return

    def _end_all(self) -> None:
        mine = set(multiprocessing.active_children()) - self._others
        for process in mine:
            process.terminate()
        for process in mine:
            process.join()
        close_worker_ends(self)


def _begin(choice: EngineChoice) -> None:
    """Make a worker ready."""
    util.Finalize(None, shared_runner(choice).close, exitpriority=2)
    end_with_parent()


def end_with_parent() -> None:
    """Let a process of a pool end when its parent does, however that ends; for an initializer.

    Who stops a run stops it at its head: an interrupt from the terminal is the parent's affair.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        _end()

    threading.Thread(target=watch, daemon=True).start()


def _end(*_: object) -> None:
    """Put away what is temporary and be gone.

    Not by an exception: a worker that is sending its result would send that as well, into a full
    pipe that nobody reads any more, and the run would wait for it for ever.
    """
    try:
        run_finalizers()
    finally:
        os._exit(1)
