"""Runs a function in a process that is ended when it needs more than it may have.

A regular expression, a parser in C or Rust, a stack that overflows: nothing in the same process can
stop the first two or survive the last. So what students wrote becomes a page in a forked copy of
this process. The kernel ends it at its limits, and this process waits only so long.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What a child process may use.

    Attributes:
        cpu_seconds: Of CPU time; the kernel counts whole seconds.
        seconds: Of time on the clock, so that it also ends if it waits for something.
        memory: Bytes by which it may grow.
        text: Bytes of the text that it returns.
    """

    cpu_seconds: int
    seconds: float
    memory: int = 2**30
    text: int = 2**26


def run_in_child(make: Callable[[], str], limits: ProcessLimits) -> str | None:
    """What ``make`` returns; None if it raises, crashes or reaches a limit.

    Args:
        make: Runs in a copy of this process, so nothing that it changes is changed here.
        limits: What it may use.
    """
    if "fork" not in multiprocessing.get_all_start_methods():  # Windows, where nothing is jailed
        return make()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(make, limits, sender), daemon=True
    )
    with warnings.catch_warnings():
        # Later Pythons warn of locks that other threads may hold; a child that waits is ended.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        process.start()
    sender.close()
    try:
        if receiver.poll(limits.seconds):
            return receiver.recv_bytes(limits.text).decode("utf-8", "surrogatepass")
    except (EOFError, OSError):  # it has ended without an answer, or the answer is too long
        pass
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()
    return None


def _run(make: Callable[[], str], limits: ProcessLimits, sender: Connection) -> None:
    """Send what ``make`` returns."""
    signal.signal(
        signal.SIGTERM, signal.SIG_DFL
    )  # the parent's would clean up what is the parent's
    _set_limits(limits)
    try:
        text = make().encode("utf-8", "surrogatepass")
    except Exception:  # noqa: BLE001  whatever it is, the caller has another way
        return
    sender.send_bytes(text)


def _set_limits(limits: ProcessLimits) -> None:
    import resource  # noqa: PLC0415  exists on Unix only

    for which, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, _memory_in_use() + limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        unlimited = hard == resource.RLIM_INFINITY
        resource.setrlimit(which, (most if unlimited else min(most, hard), hard))


def _memory_in_use() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # a system without it: then the limit is generous
        return 2**34
    return pages * os.sysconf("SC_PAGE_SIZE")
