"""Workers on this machine: processes that each have a warm parent of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, util
from types import TracebackType

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
        threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Wait for the processes; if the run was interrupted, end them."""
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
            ends = [process.sentinel for process in list((self._processes or {}).values())]
            if not ends:
                self._over.wait(_LOOK)
                continue
            if not connection.wait(ends, _LOOK):
                continue
            reader: threading.Thread | None = self._executor_manager_thread  # type: ignore[assignment]
            if reader is not None:
                reader.join(_GRACE)  # it ends if it sees by itself that the pool is broken
                if reader.is_alive() and not self._over.is_set():
                    self._end_all()
            return

    def _end_all(self) -> None:
        mine = set(multiprocessing.active_children()) - self._others
        for process in mine:
            process.terminate()
        for process in mine:
            process.join()
        self._hang_up()

    def _hang_up(self) -> None:
        """Close our copies of the ends that the processes had.

        Else threads of the executor would wait for ever: for the rest of a result whose sender was
        ended in the middle of it, or for room in a pipe that nobody reads.
        """
        # In this order: the executor's thread, let go by the second, closes the first one itself.
        self._call_queue._reader.close()  # type: ignore[attr-defined]  # noqa: SLF001
        self._result_queue._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001


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
        util._run_finalizers()  # type: ignore[attr-defined]  # noqa: SLF001
    finally:
        os._exit(1)
