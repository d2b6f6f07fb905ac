"""How much one message may hold: on the wire, and once it is a value that somebody walks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from autograder.engine.protocol.arrays import WireError


class TooLargeError(WireError):
    """More than the caps allow."""


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


CAPS: Final = SizeLimits()


def measure(value: object, caps: SizeLimits) -> None:
    """See that ``value`` is not too large for whoever walks it, and so meets each part anew.

    A list of twice the same list of twice the same list … is short on the wire and endless to
    numpy, which would be in the trusted process; one that holds itself is endless to anybody.

    Raises:
        TooLargeError: If it is.
    """
    try:
        _Ruler(caps).extent(value)
    except RecursionError:
        raise TooLargeError(f"the value is nested deeper than {caps.depth} levels") from None


class _Ruler:
    """Measures one value; a part that is met again is not walked again."""

    def __init__(self, caps: SizeLimits) -> None:
        self._caps = caps
        self._extents: dict[int, tuple[int, int] | None] = {}

    def extent(self, part: object) -> tuple[int, int]:
        """Items and bytes."""
        kind = type(part)
        if kind is np.ndarray:
            return 1, cast(np.ndarray[Any, Any], part).nbytes
        if kind is str or kind is bytes:
            return 1, len(cast(str, part))
        if kind is dict:
            return self._container(part, cast(dict[Any, Any], part).values())
        if kind is list or kind is tuple:
            return self._container(part, cast(list[Any], part))
        return 1, 0

    def _container(self, part: object, inside: Iterable[object]) -> tuple[int, int]:
        known = self._extents.get(id(part), (0, 0))
        if known is None:
            raise TooLargeError("the value holds itself")
        if known != (0, 0):
            return known
        self._extents[id(part)] = None  # being measured
        items, size = 1, 0
        for one in inside:
            more, larger = self.extent(one)
            items, size = items + more, size + larger
        if items > self._caps.items:
            raise TooLargeError(f"the value has more than {self._caps.items} parts")
        if size > self._caps.size:
            raise TooLargeError(f"the value is larger than {self._caps.size // 2**20} MiB")
        self._extents[id(part)] = items, size
        return items, size
