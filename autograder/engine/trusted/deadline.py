"""How much time and memory a test cell may use in this process, the trusted one.

Student code has limits of its own, in its own process. But test cells compute with what it returns:
from a column of a million numbers a check may make a table of a million squared, or loop over one
for hours.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course.assignment_toml import Limits
from autograder.engine.trusted.errors import StudentError
from autograder.models import Verdict

if sys.platform != "win32":
    import resource

# CPU seconds between the time when an exception should have been raised twice, and the end.
_GRACE_SECONDS = 2.0
# The clock by which the kernel holds RLIMIT_CPU, of this process: CPUCLOCK_PROF, as Linux numbers
# the clocks of processes (clock_getcpuclockid(3), linux/posix-timers.h). It counts whole ticks, so
# getrusage() differs from it, by a second in three where a process often sleeps.
_LIMITED_CLOCK = ~0 << 3


class Deadline:
    """Raises an exception in code that takes too long, and refuses it more memory than it may have.

    Time is CPU time of this process, so waiting for the student's process does not count. It starts
    again after each exception: that ended one check, and the next one has its own time.

    An exception ends Python code only. A loop in C that goes on is ended by the kernel, with this
    process; whoever started it holds that against the submission, and grades the others.

    Args:
        limits: A submission's; the same limits hold for the test cells.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._deferrals = 0
        self._due = False

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Limit what runs inside; only in the main thread, where Python handles signals."""
        if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._due = False
        before = signal.signal(signal.SIGPROF, self._expire)
        seconds = self._limits.cell_seconds
        signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
        try:
            with _bounded_memory(self._limits.memory_mb * 2**20), _kernels_deadline():
                self._extend()
                yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before or signal.SIG_DFL)

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Defer an exception to the end of what runs inside, so that no message is cut in two."""
        self._deferrals += 1
        try:
            yield
        finally:
            self._deferrals -= 1
        if self._due and not self._deferrals:
            self._due = False
            raise self._error()

    @contextlib.contextmanager
    def resumed(self) -> Iterator[None]:
        """Defer nothing while this runs, although what waits for it is deferred."""
        before, self._deferrals = self._deferrals, 0
        try:
            yield
        finally:
            self._deferrals = before

    def _extend(self) -> None:
        """Move the kernel's deadline to where an exception should have been raised twice."""
        seconds = _used_seconds() + 2 * self._limits.cell_seconds + _GRACE_SECONDS
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        limit = math.ceil(seconds)
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))

    def _expire(self, *_: Any) -> None:
        self._extend()  # this ran, so it is not C that takes the time
        if self._deferrals:
            self._due = True
        else:
            raise self._error()

    def _error(self) -> StudentError:
        return StudentError(
            Verdict.TIMED_OUT,
            "Checking what was returned takes longer than "
            f"{self._limits.cell_seconds:g} seconds. Is it far larger than what was asked for?",
        )


def _used_seconds() -> float:
    """CPU seconds of this process, as its limit of them counts."""
    return time.clock_gettime(_LIMITED_CLOCK) if sys.platform == "linux" else time.process_time()


@contextlib.contextmanager
def _kernels_deadline() -> Iterator[None]:
    """Put this process's own limit of CPU time back, which is changed inside."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


@contextlib.contextmanager
def _bounded_memory(extra: int) -> Iterator[None]:
    """Let this process grow by no more than ``extra`` bytes, where the system can enforce that."""
    try:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    except OSError:
        yield
        return
    limit = size + extra if soft == resource.RLIM_INFINITY else min(size + extra, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
