"""Where the time of a piece of work goes, by the names of its parts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_parts: ContextVar[dict[str, float] | None] = ContextVar("parts", default=None)


@contextmanager
def measure_parts() -> Iterator[dict[str, float]]:
    """Seconds of each ``timed_part`` of what runs inside, as they come."""
    parts: dict[str, float] = {}
    token = _parts.set(parts)
    try:
        yield parts
    finally:
        _parts.reset(token)


@contextmanager
def timed_part(name: str) -> Iterator[None]:
    """Let what runs inside count for ``name``, if anybody looks; parts are not nested."""
    parts = _parts.get()
    begun = time.perf_counter()
    try:
        yield
    finally:
        if parts is not None:
            parts[name] = parts.get(name, 0.0) + time.perf_counter() - begun
