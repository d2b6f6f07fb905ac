"""A cache with a limit in bytes: when it is full, the least recently used values are dropped.

Its users take as key a digest of all that a value depends on. Student code that causes a value to
be put there, or to be looked up, can then neither replace nor see the values of others.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

import numpy as np

Value = TypeVar("Value")

_NUMBERS = frozenset({bool, int, float})
_OBJECT = 64  # bytes, roughly, that Python needs for an object besides its content


class LRUCache(Generic[Value]):
    """Keeps values up to a total size. Not thread-safe.

    Args:
        capacity: Bytes, roughly.
        max_value_size: Bytes; a larger value is not kept. By default an eighth of the capacity.

    Attributes:
        size: Bytes in use, as their sizes were given.
    """

    def __init__(self, capacity: int, max_value_size: int | None = None) -> None:
        self.capacity = capacity
        self.size = 0
        self._max_value_size = capacity // 8 if max_value_size is None else max_value_size
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """The value that was put there under this key, or None if it is not there any more."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value that takes roughly ``size`` bytes."""
        if size > self._max_value_size:
            return
        previous = self._entries.pop(key, None)
        if previous is not None:
            self.size -= previous[1]
        self._entries[key] = value, size
        self.size += size
        while self.size > self.capacity:
            _, (_, dropped) = self._entries.popitem(last=False)
            self.size -= dropped

    def clear(self) -> None:
        """Drop all values."""
        self._entries.clear()
        self.size = 0


def size_in_bytes(value: Any) -> int:
    """How many bytes a value takes, roughly."""
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
    """The SHA-256 of several byte strings that differs also if they are only divided otherwise."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "little"))
        sha.update(part)
    return sha.digest()
