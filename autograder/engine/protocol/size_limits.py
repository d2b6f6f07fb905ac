"""How much one message may hold: on the wire, and once it is a value that code walks through."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, cast

import numpy as np

from autograder.engine.protocol.arrays import WireError

_VIEWS: Any = type({}.values()) | type({}.items())


class TooLargeError(WireError):
    """More than the limits allow."""


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """How much one message may hold.

    Attributes:
        size: Bytes of a whole message.
        items: Values in it, counted one by one; an array counts once.
        depth: How deep values may be nested.
    """

    size: int = 64 * 2**20
    items: int = 500_000
    depth: int = 64


DEFAULT_LIMITS: Final = SizeLimits()


def check_size(value: object, limits: SizeLimits) -> None:
    """Raise if ``value`` is too large for code that visits a shared part each time it occurs.

    A list of twice the same list of twice the same list … is short on the wire and endless to
    numpy, which runs in the trusted process; one that holds itself is endless to any code.

    Raises:
        TooLargeError: If it is too large.
    """
    try:
        _SizeCounter(limits).count(value)
    except RecursionError:
        raise TooLargeError(f"the value is nested deeper than {limits.depth} levels") from None


class _SizeCounter:
    """Counts the items and bytes of one value; a part that is met again is not walked again."""

    def __init__(self, limits: SizeLimits) -> None:
        self._limits = limits
        self._counted: dict[int, tuple[int, int] | None] = {}

    def count(self, part: object) -> tuple[int, int]:
        """Items and bytes."""
        kind = type(part)
        if kind is np.ndarray:
            if cast(np.ndarray[Any, Any], part).dtype == object:
                return self._count_container(part, cast(np.ndarray[Any, Any], part).flat)
            return 1, cast(np.ndarray[Any, Any], part).nbytes
        if kind is str or kind is bytes:
            return 1, len(cast(str, part))
        if kind is dict:
            return self._count_container(part, cast(dict[Any, Any], part).values())
        if kind is list or kind is tuple:
            return self._count_container(part, cast(list[Any], part))
        if isinstance(part, dict | SimpleNamespace):
            values = vars(part) if isinstance(part, SimpleNamespace) else part
            return self._count_container(part, values.values())
        if isinstance(part, tuple | deque | _VIEWS):
            return self._count_container(part, part)
        return 1, 0

    def _count_container(self, container: object, parts: Iterable[object]) -> tuple[int, int]:
        known = self._counted.get(id(container), (0, 0))
        if known is None:
            raise TooLargeError("the value holds itself")
        if known != (0, 0):
            return known
        self._counted[id(container)] = None  # being counted
        items, size = 1, 0
        for part in parts:
            more_items, more_bytes = self.count(part)
            items, size = items + more_items, size + more_bytes
        if items > self._limits.items:
            raise TooLargeError(f"the value has more than {self._limits.items} parts")
        if size > self._limits.size:
            raise TooLargeError(f"the value is larger than {self._limits.size // 2**20} MiB")
        self._counted[id(container)] = items, size
        return items, size
