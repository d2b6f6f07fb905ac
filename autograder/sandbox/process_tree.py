"""What a child and all processes that it started use together, and whether that is too much.

The kernel limits each process (the layer ``rlimits``), but six processes of 150 MB each are 900 MB.
So the zygote looks at them from outside, twenty times a second.

Counted as memory are pages of a process's own, its part of pages that processes share, files in
memory that it holds open (memfds), and what sockets and pipes may buffer.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Final

INTERVAL: Final = 0.05
# A look inside a process may take long; this many times as long passes before the next one.
_REST: Final = 4.0
# Of so many processes what they had from the start is not counted, where that is only estimated.
_FORKS: Final = 4
# What the kernel may hold for one socket or pipe.
_BUFFERS: Final = {"socket:": 416 * 2**10, "pipe:": 64 * 2**10}
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_OWN_PAGES: Final = re.compile(rb"^(?:Pss_Anon|Pss_Shmem|SwapPss): +(\d+) kB", re.MULTILINE)
_RESIDENT: Final = re.compile(rb"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB", re.MULTILINE)


class ProcessTree:
    """A child and its descendants, seen from the process that forked it.

    Args:
        proc: A descriptor of ``/proc``.
        number: The child's number there.
        memory: Bytes that all its processes may use together, besides what the child has now.
        cpu_seconds: CPU time that they may use together.
    """

    def __init__(self, proc: int, number: int, memory: int, cpu_seconds: float) -> None:
        self._proc = proc
        self._number = number
        self._memory = memory
        self._cpu_seconds = cpu_seconds
        self._size = self._address_space(number)
        self._resident = sum(self._numbers(f"{number}/status", _RESIDENT))
        self._ticks: dict[tuple[int, bytes], int] = {}
        self._used_ticks = 0
        self._was_excessive = False
        self._next = 0.0

    def excess(self) -> str:
        """What is used too much, ``memory`` or ``cpu``; empty if nothing is.

        Memory is found to be too much twice before it counts: between ``vfork`` and ``exec`` a
        process and its parent are one memory that is counted twice.
        """
        now = time.monotonic()
        if now < self._next:
            return ""
        numbers = [self._number, *self._descendants(self._number)]
        if self._cpu_time(numbers) > self._cpu_seconds:
            return "cpu"
        files = self._file_memory(numbers)
        sizes = sum(max(0, self._address_space(number) - self._size) for number in numbers)
        excessive = False
        if sizes + files > self._memory:  # no more than that; how much is it?
            excessive = self._memory_in_use(numbers) + files > self._memory
            if not excessive:
                self._next = now + _REST * (time.monotonic() - now)
        before, self._was_excessive = self._was_excessive, excessive
        return "memory" if excessive and before else ""

    def kill(self) -> None:
        """Kill all of them; only where the numbers in ``/proc`` are those that ``kill`` takes."""
        for number in [self._number, *self._descendants(self._number)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def _descendants(self, number: int) -> Iterator[int]:
        for thread in self._names(f"{number}/task"):
            for child in self._read(f"{number}/task/{thread}/children").split():
                yield int(child)
                yield from self._descendants(int(child))

    def _address_space(self, number: int) -> int:
        pages = self._read(f"{number}/statm").split()
        return int(pages[0]) * _PAGE if pages else 0

    def _memory_in_use(self, numbers: list[int]) -> int:
        """Bytes of memory that processes use, besides what the child had at its start."""
        total, free = -self._resident, _FORKS
        for number in numbers:
            own = self._numbers(f"{number}/smaps_rollup", _OWN_PAGES)
            if own:
                total += sum(own)
                continue
            # We may not look inside: what it shares with others is counted for each of them.
            resident = sum(self._numbers(f"{number}/status", _RESIDENT))
            inherited = self._resident if free and number != self._number else 0
            free -= bool(inherited)
            total += max(0, resident - inherited)
        return max(0, total)

    def _file_memory(self, numbers: list[int]) -> int:
        """Bytes of files in memory that processes hold open, and of what the kernel may buffer."""
        sizes: dict[str, int] = {}
        for number in numbers:
            for name in self._names(f"{number}/fd"):
                path = f"{number}/fd/{name}"
                try:
                    target = os.readlink(path, dir_fd=self._proc)
                    if target.startswith("/memfd:"):
                        status = os.stat(path, dir_fd=self._proc)
                        sizes[f"{status.st_dev} {status.st_ino}"] = 512 * status.st_blocks
                except OSError:  # closed meanwhile
                    continue
                kind = target.partition("[")[0]
                if kind in _BUFFERS:
                    sizes[target] = _BUFFERS[kind]
        return sum(sizes.values())

    def _cpu_time(self, numbers: list[int]) -> float:
        """Seconds of CPU time, of processes that have ended too."""
        waited_for = 0
        for number in numbers:
            fields = self._read(f"{number}/stat").rpartition(b")")[2].split()
            if not fields:
                continue
            own, of_children = (int(fields[n]) + int(fields[n + 1]) for n in (11, 13))
            key = number, fields[19]  # with its time of start: numbers are used again
            self._used_ticks += own - self._ticks.get(key, 0)
            self._ticks[key] = own
            waited_for += own + of_children
        return max(self._used_ticks, waited_for) / _TICKS

    def _numbers(self, path: str, pattern: re.Pattern[bytes]) -> list[int]:
        return [int(number) * 1024 for number in pattern.findall(self._read(path))]

    def _names(self, path: str) -> list[str]:
        """The names in a folder of ``/proc``; none if the process has ended, or is not ours."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        except OSError:
            return []
        try:
            return os.listdir(descriptor)  # noqa: PTH208  pathlib takes no descriptor
        except OSError:
            return []
        finally:
            os.close(descriptor)

    def _read(self, path: str) -> bytes:
        """A file of ``/proc``; empty if the process has ended, or is not ours to look into."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        except OSError:
            return b""
        try:
            return os.read(descriptor, 1 << 16)
        except OSError:
            return b""
        finally:
            os.close(descriptor)


def number_in_proc(proc: int, child: int) -> int:
    """The number in ``/proc`` of a child of this process, which may know it by another number.

    Raises:
        ProcessLookupError: If there is no such child.
    """
    own = os.readlink("self", dir_fd=proc)
    depth = len(_numbers_in_namespaces(proc, own))
    with open(f"{own}/task/{own}/children", opener=lambda *a: os.open(*a, dir_fd=proc)) as file:
        for number in file.read().split():
            numbers = _numbers_in_namespaces(proc, number)
            if len(numbers) >= depth and numbers[depth - 1] == child:
                return int(number)
    raise ProcessLookupError(child)


def _numbers_in_namespaces(proc: int, number: str) -> list[int]:
    """The numbers of a process, in the PID namespaces from that of ``/proc`` to its own."""
    with open(f"{number}/status", opener=lambda *a: os.open(*a, dir_fd=proc)) as file:
        for line in file:
            if line.startswith("NSpid:"):
                return [int(text) for text in line.split()[1:]]
    return []
