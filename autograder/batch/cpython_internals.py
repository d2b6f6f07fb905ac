"""The private attributes of CPython that we rely on, all in one place.

Each is here because there is no public way. ``concurrent.futures`` can neither end a pool whose
worker was killed in the middle of sending a result, nor tell that this happened, and it can
overlook a worker that ended;
``multiprocessing`` has no public function that runs what ``util.Finalize`` registered, and none
that lets a daemon have children. A test uses all of them on every Python that is supported.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import util
from multiprocessing.process import BaseProcess


def worker_processes(pool: ProcessPoolExecutor) -> list[BaseProcess]:
    """The processes of a pool; empty before the first job and after the pool has ended."""
    return list((pool._processes or {}).values())  # noqa: SLF001


def manager_thread(pool: ProcessPoolExecutor) -> threading.Thread | None:
    """The thread that hands out jobs and reads results; None if it is not running."""
    thread: threading.Thread | None = pool._executor_manager_thread  # type: ignore[assignment]  # noqa: SLF001
    return thread


def wake_manager(pool: ProcessPoolExecutor) -> None:
    """Let the manager thread look at all workers again.

    It waits for those that it knew when it began to wait. One that was started afterwards can end
    without its notice.
    """
    with pool._shutdown_lock:  # noqa: SLF001
        wakeup = pool._executor_manager_thread_wakeup  # noqa: SLF001
        if wakeup is not None:
            wakeup.wakeup()


def close_worker_ends(pool: ProcessPoolExecutor) -> None:
    """Close this process's copies of the pipe ends that belong to the workers, who have ended.

    Otherwise the pool's threads would wait forever: for the rest of a result, or for room in a pipe
    that nobody reads.
    """
    # In this order: the manager thread, which the second releases, closes the first itself.
    pool._call_queue._reader.close()  # type: ignore[attr-defined]  # noqa: SLF001
    pool._result_queue._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001


def run_finalizers() -> None:
    """Run what ``multiprocessing.util.Finalize`` registered, as at the end of a process."""
    util._run_finalizers()  # type: ignore[attr-defined]  # noqa: SLF001


def allow_children() -> None:
    """Let this process start child processes although it is a daemon."""
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # noqa: SLF001
