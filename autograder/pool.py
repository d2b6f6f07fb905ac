"""Workers on this machine: processes that each have a warm parent of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import util
from types import TracebackType
from typing import Self

from autograder.engines import EngineChoice, shared_runner


def cores() -> int:
    """How many processes may compute at once here."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a system without affinities
        return os.cpu_count() or 1


class LocalPool(ProcessPoolExecutor):
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

    def __enter__(self) -> Self:
        self._others = set(multiprocessing.active_children())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Wait for the processes; if the run was interrupted, end them."""
        if kind is not None:
            for process in set(multiprocessing.active_children()) - self._others:
                process.terminate()
        self.shutdown(wait=True, cancel_futures=True)


def _begin(choice: EngineChoice) -> None:
    """Make a worker ready."""
    runner = shared_runner(choice)
    close = getattr(runner, "close", None)
    if close is not None:
        util.Finalize(None, close, exitpriority=2)
    end_with_parent(close)


def end_with_parent(close: Callable[[], None] | None = None) -> None:
    """Let a process of a pool end when its parent does, however that ends; for an initializer.

    Who stops a run stops it at its head: an interrupt from the terminal is the parent's affair.

    Args:
        close: What to put away before, if the parent is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        try:
            if close is not None:
                close()
        finally:
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def local(workers: int, choice: EngineChoice) -> Executor:
    """A pool of processes."""
    return LocalPool(workers, choice)
