"""Measures how the time of a run divides among its named parts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_seconds: ContextVar[dict[str, float] | None] = ContextVar("seconds", default=None)


@contextmanager
def measure_parts() -> Iterator[dict[str, float]]:
    """Seconds by name of each ``timed_part`` inside the block, filled in as they end."""
    seconds: dict[str, float] = {}
    token = _seconds.set(seconds)
    try:
        yield seconds
    finally:
        _seconds.reset(token)


@contextmanager
def timed_part(name: str) -> Iterator[None]:
    """Add the duration of the block to ``name`` inside ``measure_parts``. Parts must not nest."""
    seconds = _seconds.get()
    start = time.perf_counter()
    try:
        yield
    finally:
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start
