"""A shelf with room for so many bytes: what was not used for longest makes way for the new.

What stands on it is found by a digest of all that it hangs on, so whoever puts something there,
or asks for it, can neither spoil nor see what belongs to another.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

import numpy as np

Value = TypeVar("Value")

_NUMBERS = frozenset({bool, int, float})
_OBJECT = 64  # bytes that Python needs for a value beside its content, about


class LRUCache(Generic[Value]):
    """Keeps values while there is room.

    Args:
        room: Bytes, about.
        largest: Bytes; what is larger is not kept at all. By default an eighth of the room.
    """

    def __init__(self, room: int, largest: int | None = None) -> None:
        self._room = room
        self._largest = room // 8 if largest is None else largest
        self._things: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self.weight = 0

    def get(self, key: Hashable) -> Value | None:
        """What was put there under this key, if it still is there."""
        found = self._things.get(key)
        if found is None:
            return None
        self._things.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, thing: Value, weight: int) -> None:
        """Keep something; ``weight`` is its size in bytes, about."""
        if weight > self._largest:
            return
        before = self._things.pop(key, None)
        if before is not None:
            self.weight -= before[1]
        self._things[key] = thing, weight
        self.weight += weight
        while self.weight > self._room:
            _, (_, gone) = self._things.popitem(last=False)
            self.weight -= gone

    def clear(self) -> None:
        """Empty it."""
        self._things.clear()
        self.weight = 0


def size_in_bytes(value: Any) -> int:
    """How many bytes a value takes, about."""
    kind = type(value)
    if kind is np.ndarray:
        return 2 * _OBJECT + int(value.nbytes)
    if kind is dict:
        return 2 * _OBJECT * (1 + len(value)) + sum(map(size_in_bytes, value.values()))
    if isinstance(value, (tuple, list)):
        return _OBJECT + sum(map(size_in_bytes, value))
    if kind is str or kind is bytes:
        return _OBJECT + len(value)
    return _OBJECT // 2 if kind in _NUMBERS or value is None else 4 * _OBJECT


def digest(*parts: bytes) -> bytes:
    """What tells these parts, in this order, from all others."""
    told = hashlib.sha256()
    for part in parts:
        told.update(len(part).to_bytes(8, "little"))
        told.update(part)
    return told.digest()
