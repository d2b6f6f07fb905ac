"""How a process gives the memory of what it has freed back to the system.

Only the GNU C library keeps so much of it that this matters: freed memory that lies between
allocations was a third of a worker's. Another library has no such functions.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE_BLOCK = 2**20  # bytes


def trim_memory() -> None:
    """Return what is free now."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def return_large_blocks() -> None:
    """Have this process give large arrays back as soon as they are freed.

    glibc learns from the first of them to keep such blocks, up to 32 MB each, and small objects
    that lie between them hold on to all. A worker would grow with the class.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
