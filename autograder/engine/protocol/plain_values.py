"""Plain values, written as what msgpack can carry and built again from it.

Plain are None, bool, int, float, complex, str, bytes, numpy scalars and arrays, lists, tuples and
dicts of these, and what ``records`` can take apart, all by exact type. msgpack carries None, bool,
int, float, str and bytes as they are; every other value becomes a list that starts with a small
tag. Nothing in it names code, so nothing read from it runs any.

What can change in place is numbered in the order in which they are first met, on both ends alike.
Where one is met again, a reference to its number is sent: one object stays one object, and a
change made in place can be sent by number (``Encoder.encode_content``, ``Decoder.update``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from autograder.engine.protocol import arrays, records, standard_values  # noqa: F401  it registers its records
from autograder.engine.protocol.arrays import WireError
from autograder.engine.protocol.size_limits import (
    DEFAULT_LIMITS,
    SizeLimits,
    TooLargeError,
    check_size,
)

_MAX_INT_BYTES: Final = 2**16
_KEYS: Final = frozenset({str, int})  # the usual ones

Mutable = Any  # a list, a dict, an array, or a record that can change in place


class _Tag:
    """First item of a list on the wire: what the rest of it is."""

    LIST, TUPLE, DICT, ARRAY, SCALAR, COMPLEX, BIG_INT, REFERENCE, HANDLE, RECORD = range(10)


class NotPlainError(WireError):
    """A value that is not plain data; the text names its type."""


# The number of a handle that names a function, class or module of a library, ``module:name``.
BY_NAME: Final = -1
_MAX_KINDS: Final = 20


@dataclass(frozen=True, slots=True)
class Handle:
    """Stands for an object that stays in the process that it lives in.

    Attributes:
        number: Its number in the student process's table; below 0 in the examiner's.
        type_name: What the student's process says its type is. Only ever shown.
        callable: Whether it can be called.
        kinds: What it says are the names of its type's base classes.
    """

    number: int
    type_name: str
    callable: bool
    kinds: tuple[str, ...] = ()


_UNFINISHED: Final = object()


def _refuse(value: object) -> Handle:
    raise NotPlainError(f"{type_name(type(value))} is not plain data and cannot cross")


class Encoder:
    """Turns plain values into what msgpack carries.

    Args:
        known: Mutables that the other end already has under the same numbers.
        to_handle: Called with each value that is not plain; returns the handle to send for it.
        limits: What one message may hold.
        copies: Whether the other end may write to every array, as it would to copies, even to
            those that are read-only here.
    """

    def __init__(
        self,
        known: Sequence[Mutable] = (),
        to_handle: Callable[[object], Handle] = _refuse,
        limits: SizeLimits = DEFAULT_LIMITS,
        *,
        copies: bool = False,
    ) -> None:
        self.mutables: list[Mutable] = list(known)
        self._numbers = {id(value): number for number, value in enumerate(self.mutables)}
        self._to_handle = to_handle
        self._limits = limits
        self._copies = copies
        self._items = 0
        self._bytes = 0
        self._used_references = False

    def encode(self, value: object) -> Any:
        """``value`` as msgpack carries it.

        Raises:
            NotPlainError: If a part of it is not plain and there is no handle for it.
            TooLargeError: If it is more than the limits allow.
        """
        self._used_references = False
        encoded = self._encode(value, 0)
        if self._used_references:  # otherwise each part was met, and counted, once
            check_size(value, self._limits)
        return encoded

    def encode_content(self, value: Mutable) -> Any:
        """A known mutable as it is now, its known parts by reference."""
        self._used_references = False
        encoded = self._encode_content(value, 0)
        if self._used_references:
            check_size(value, self._limits)
        return encoded

    def _encode(self, value: object, depth: int) -> Any:
        # Most values that cross are arrays and numbers, some hundred a call: they come first.
        self._items += 1
        if self._items > self._limits.items:
            raise TooLargeError(f"the value has more than {self._limits.items} parts")
        kind = type(value)
        if kind is np.ndarray or kind is list or kind is dict:
            return self._encode_mutable(cast(Mutable, value), depth)
        if value is None or kind is float or kind is bool:
            return value
        if kind is tuple:
            return self._encode_tuple(cast(tuple[Any], value), depth)
        if kind is int:
            return _encode_int(cast(int, value))
        if kind is str:
            return self._encode_str(cast(str, value))
        return self._encode_rarer(value, depth)

    def _encode_tuple(self, value: tuple[Any, ...], depth: int) -> Any:
        below = self._next_depth(depth)
        return [_Tag.TUPLE, *[self._encode(item, below) for item in value]]

    def _encode_rarer(self, value: object, depth: int) -> Any:
        if type(value) is bytes:
            self._count_bytes(len(value))
            return value
        if type(value) is complex:
            return [_Tag.COMPLEX, value.real, value.imag]
        if isinstance(value, np.generic) and arrays.is_plain_scalar(type(value), value.dtype):
            return [_Tag.SCALAR, value.dtype.str, value.tobytes()]
        if isinstance(value, Handle):
            return self._encode_handle(value)
        return self._encode_record(value, depth)

    def _encode_record(self, value: object, depth: int) -> Any:
        """A value that ``records`` can take apart; for any other one a handle."""
        record = records.find(type(value))
        parts = record.take_apart(value) if record else None
        if record is None or parts is None:
            return self._encode_handle(value)
        if record.replace is not None:
            number = self._numbers.get(id(value))
            if number is not None:
                self._used_references = True
                return [_Tag.REFERENCE, number]
            self._numbers[id(value)] = len(self.mutables)
            self.mutables.append(value)
        return self._encode_parts(record, parts, depth)

    def _encode_parts(self, record: records.Record, parts: tuple[Any, ...], depth: int) -> Any:
        below = self._next_depth(depth)
        return [_Tag.RECORD, record.name, *[self._encode(part, below) for part in parts]]

    def _encode_mutable(self, value: Mutable, depth: int) -> Any:
        identity = id(value)
        number = self._numbers.get(identity)
        if number is not None:
            self._used_references = True
            return [_Tag.REFERENCE, number]
        if type(value) is np.ndarray:
            if not arrays.is_plain_array(value):
                return self._encode_record(value, depth)
        elif type(value) is dict and not all(
            type(key) in _KEYS or records.is_key(key) for key in value
        ):
            return self._encode_handle(value)
        self._numbers[identity] = len(self.mutables)
        self.mutables.append(value)
        return self._encode_content(value, depth)

    def _encode_content(self, value: Mutable, depth: int) -> Any:
        if type(value) is np.ndarray and value.dtype != object:
            self._count_bytes(value.nbytes)
            return [_Tag.ARRAY, *arrays.encode_array(value, writable=self._copies)]
        kind = type(value)
        if kind is not dict and kind is not list:
            record = records.find(kind)
            taken = record.take_apart(value) if record else None
            if record is None or taken is None:
                raise NotPlainError("a part of an argument that cannot cross back")
            return self._encode_parts(record, taken, depth)
        below = self._next_depth(depth)
        if kind is dict:
            parts: list[Any] = [_Tag.DICT]
            for key, item in value.items():
                parts.append(self._encode(key, below))
                parts.append(self._encode(item, below))
            return parts
        return [_Tag.LIST, *[self._encode(item, below) for item in value]]

    def _encode_str(self, value: str) -> Any:
        try:
            self._count_bytes(len(value.encode()))
        except UnicodeEncodeError:  # a notebook file could not hold a lone surrogate either
            return self._encode_handle(value)
        return value

    def _encode_handle(self, value: object) -> Any:
        handle = value if isinstance(value, Handle) else self._to_handle(value)
        return [_Tag.HANDLE, handle.number, handle.type_name, handle.callable, *handle.kinds]

    def _next_depth(self, depth: int) -> int:
        if depth >= self._limits.depth:
            raise TooLargeError(f"the value is nested deeper than {self._limits.depth} levels")
        return depth + 1

    def _count_bytes(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.size:
            raise TooLargeError(f"the value is larger than {self._limits.size // 2**20} MiB")


class Decoder:
    """Builds values from what msgpack carried; trusts nothing in it.

    Args:
        known: Mutables that the other end already has under the same numbers.
        from_handle: Called with each handle read; returns what stands for its object on this end.
        limits: What one message may hold.

    Attributes:
        mutables: What the other end now knows by number.
        used_references: Whether the value decoded last refers to a part by its number.
    """

    def __init__(
        self,
        known: Sequence[Mutable] = (),
        from_handle: Callable[[Handle], object] = lambda handle: handle,
        limits: SizeLimits = DEFAULT_LIMITS,
    ) -> None:
        self.mutables: list[Mutable] = list(known)
        self._from_handle = from_handle
        self._limits = limits
        self.used_references = False
        self._items = 0

    def decode(self, encoded: Any) -> Any:
        """The value that was encoded as ``encoded``.

        Raises:
            WireError: If it is malformed or more than the limits allow.
        """
        self.used_references, self._items = False, 0
        value = self._decode(encoded, 0)
        if self.used_references:  # otherwise it is no larger than the message, which was counted
            check_size(value, self._limits)
        return value

    def update(self, number: Any, encoded: Any) -> None:
        """Make known mutable ``number`` equal to ``encoded``, in place.

        What holds it grows with it: call ``check_size`` on that once all updates are made.

        Raises:
            WireError: If it is not of the same kind, or an array of another size.
        """
        target = self._mutable(number)
        self.used_references, self._items = False, 0
        match encoded:
            case [_Tag.LIST, *parts] if isinstance(target, list):
                target[:] = [self._decode(part, 1) for part in parts]
            case [_Tag.DICT, *parts] if isinstance(target, dict):
                pairs = self._decode_pairs(parts, 1)
                target.clear()
                target.update(pairs)
            case [_Tag.ARRAY, *parts] if isinstance(target, np.ndarray):
                arrays.replace_content(target, arrays.decode_array(parts))
            case [_Tag.RECORD, str(name), *parts] if type(target) is not list:
                record = records.by_name(name)
                built = records.build(record, [self._decode(part, 1) for part in parts])
                if record.replace is None or type(built) is not type(target):
                    raise WireError("an argument turned into something else in place")
                record.replace(target, built)
            case _:
                raise WireError("an argument turned into something else in place")
        if self.used_references:
            check_size(target, self._limits)

    def _decode(self, encoded: Any, depth: int) -> Any:
        self._items += 1
        if self._items > self._limits.items:
            raise TooLargeError(f"the value has more than {self._limits.items} parts")
        if type(encoded) is not list:
            return encoded  # a plain scalar: maps and extensions were refused
        if depth > self._limits.depth:
            raise TooLargeError(f"the value is nested deeper than {self._limits.depth} levels")
        if not encoded or type(encoded[0]) is not int:  # False and 0.0 also equal 0
            raise WireError("a value without a tag")
        tag, below = encoded[0], depth + 1
        if tag == _Tag.ARRAY:
            array = arrays.decode_array(encoded[1:])
            self.mutables.append(array)
            return array
        if tag == _Tag.TUPLE:
            return tuple([self._decode(part, below) for part in encoded[1:]])
        if tag == _Tag.DICT:
            table: dict[Any, Any] = {}
            self.mutables.append(table)  # numbered before its parts, as the encoder does
            table.update(self._decode_pairs(encoded[1:], below))
            return table
        if tag == _Tag.LIST:
            items: list[Any] = []
            self.mutables.append(items)
            items.extend([self._decode(part, below) for part in encoded[1:]])
            return items
        if tag == _Tag.RECORD:
            return self._decode_record(encoded, below)
        return self._decode_leaf(encoded)

    def _decode_record(self, encoded: list[Any], depth: int) -> object:
        match encoded:
            case [_, str(name), *parts]:
                record = records.by_name(name)
                if record.replace is None:
                    return records.build(record, [self._decode(part, depth) for part in parts])
                number = len(self.mutables)
                self.mutables.append(_UNFINISHED)  # numbered before its parts
                built = records.build(record, [self._decode(part, depth) for part in parts])
                self.mutables[number] = built
                return built
        raise WireError("a malformed record")

    def _decode_leaf(self, encoded: list[Any]) -> Any:
        match encoded:
            case [_Tag.SCALAR, dtype, bytes(data)]:
                return arrays.decode_scalar(dtype, data)
            case [_Tag.COMPLEX, float(real), float(imag)]:
                return complex(real, imag)
            case [_Tag.BIG_INT, bytes(data)] if len(data) <= _MAX_INT_BYTES:
                return int.from_bytes(data, "little", signed=True)
            case [_Tag.REFERENCE, number]:
                self.used_references = True
                return self._mutable(number)
            case [_Tag.HANDLE, int(number), str(name), bool(can_call), *kinds] if len(
                kinds
            ) <= _MAX_KINDS and all(type(kind) is str for kind in kinds):
                names = tuple(kind[:200] for kind in kinds)
                return self._from_handle(Handle(number, name[:200], can_call, names))
        raise WireError("a value with an unknown or malformed tag")

    def _decode_pairs(self, parts: list[Any], depth: int) -> dict[Any, Any]:
        if len(parts) % 2:
            raise WireError("a dict with a key too many")
        pairs = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            plain_key = self._decode(key, depth)
            if type(plain_key) not in _KEYS and not records.is_key(plain_key):
                raise WireError("a dict key that may not be one")
            pairs[plain_key] = self._decode(value, depth)
        return pairs

    def _mutable(self, number: Any) -> Mutable:
        if type(number) is not int or not 0 <= number < len(self.mutables):
            raise WireError("a reference to nothing")
        if self.mutables[number] is _UNFINISHED:
            raise WireError("a value that holds itself")
        return self.mutables[number]


def type_name(kind: type) -> str:
    """The name of a type, with its module unless it is a builtin or the notebook's own."""
    module = kind.__module__
    if module in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{module}.{kind.__qualname__}"


def _encode_int(value: int) -> Any:
    if -(2**63) <= value < 2**64:
        return value
    size = value.bit_length() // 8 + 1
    if size > _MAX_INT_BYTES:
        raise TooLargeError(f"an integer is larger than {_MAX_INT_BYTES} bytes")
    return [_Tag.BIG_INT, value.to_bytes(size, "little", signed=True)]
