"""What a test cell may use in this, the trusted process.

Student code has limits of its own, elsewhere. But what it returns is then computed with here: of a
column of a million numbers a check may make a table of a million squared, or walk it for hours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course.layout import Limits
from autograder.engine.trusted.errors import StudentError
from autograder.models import Verdict


class Deadline:
    """Ends what takes too long, and refuses what takes too much memory, with an exception.

    Time is CPU time of this process, so waiting for the student's does not count. It begins anew
    with each exception: what it ended is one check, and the next has its own.

    Args:
        limits: A submission's; the same are good for the test cells.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._holds = 0
        self._due = False

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Watch what runs inside. Not from a thread: signals are the main thread's."""
        if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._due = False
        before = signal.signal(signal.SIGPROF, self._expire)
        seconds = self._limits.cell_seconds
        signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
        try:
            with _bounded_memory(self._limits.memory_mb * 2**20):
                yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before or signal.SIG_DFL)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Put an exception off to the end of what runs inside: half a message helps nobody."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        if self._due and not self._holds:
            self._due = False
            raise self._error()

    def _expire(self, *_: Any) -> None:
        if self._holds:
            self._due = True
        else:
            raise self._error()

    def _error(self) -> StudentError:
        return StudentError(
            Verdict.TIMED_OUT,
            "To check what was returned takes longer than "
            f"{self._limits.cell_seconds:g} seconds. Is it far larger than what was asked for?",
        )


@contextlib.contextmanager
def _bounded_memory(extra: int) -> Iterator[None]:
    """Let this process grow by no more than ``extra`` bytes, where the system can see to that."""
    try:
        import resource  # noqa: PLC0415  exists on Unix only

        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError):
        yield
        return
    limit = size + extra if soft == resource.RLIM_INFINITY else min(size + extra, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
