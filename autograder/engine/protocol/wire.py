"""The only format that crosses the trust line: plain values as capped, strictly read msgpack.

Plain are None, bool, int, float, complex, str, bytes, numpy scalars and arrays of kinds ``biufc``,
and lists, tuples and dicts (keys str or int) of these, all by exact type. msgpack carries scalars
as they are and every other value as a list that starts with a small tag; it is told to refuse
its own maps and extension types. Nothing on the wire names code, so nothing read from it runs any.

Lists, dicts and arrays are numbered in the order in which they are first met, on both ends alike.
A second meeting is a reference to that number, so what was one object stays one object, and a
change made in place can be told by number (``Encoder.content``, ``Decoder.update``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import msgpack  # type: ignore[import-untyped]
import numpy as np

from autograder.engine.protocol import arrays
from autograder.engine.protocol.arrays import WireError
from autograder.engine.protocol.size_limits import CAPS, SizeLimits, TooLargeError, measure

__all__ = [
    "CAPS",
    "Decoder",
    "Encoder",
    "Handle",
    "Mutable",
    "NotPlainError",
    "SizeLimits",
    "TooLargeError",
    "WireError",
    "dumps",
    "loads",
    "measure",
    "pack",
    "unpack",
]

_MAX_INT_BYTES: Final = 1024
_KEYS: Final = frozenset({str, int})

Mutable = list[Any] | dict[Any, Any] | np.ndarray[Any, Any]


class _Tag:
    """First item of a list on the wire: what the rest of it is."""

    LIST, TUPLE, DICT, ARRAY, SCALAR, COMPLEX, BIG_INT, REFERENCE, HANDLE = range(9)


class NotPlainError(WireError):
    """A value that is not plain data; the text names it."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Stands for an object that stays in the student's process.

    Attributes:
        number: Its place in the student's table.
        type_name: What the student's process says it is. Only ever shown.
        callable: Whether it can be called.
    """

    number: int
    type_name: str
    callable: bool


def _refuse(value: object) -> Handle:
    raise NotPlainError(f"{_name(type(value))} is not plain data and cannot cross")


class Encoder:
    """Lowers plain values to what msgpack carries.

    Args:
        known: Mutables that the other end has under the same numbers already.
        keep: Called with each value that is not plain; returns the handle to send for it.
        caps: What one message may hold.
        copies: Whether arrays may be written to over there even if they may not here, as copies.
    """

    def __init__(
        self,
        known: Sequence[Mutable] = (),
        keep: Callable[[object], Handle] = _refuse,
        caps: SizeLimits = CAPS,
        *,
        copies: bool = False,
    ) -> None:
        self.mutables: list[Mutable] = list(known)
        self._numbers = {id(value): number for number, value in enumerate(self.mutables)}
        self._keep = keep
        self._caps = caps
        self._copies = copies
        self._items = 0
        self._bytes = 0
        self._refers = False

    def lower(self, value: object) -> Any:
        """``value`` as msgpack carries it."""
        self._refers = False
        lowered = self._lower(value, 0)
        if self._refers:  # else it was met once and counted, part by part
            measure(value, self._caps)
        return lowered

    def content(self, value: Mutable) -> Any:
        """A known mutable as it is now, its known parts by reference."""
        self._refers = False
        lowered = self._body(value, 0)
        if self._refers:
            measure(value, self._caps)
        return lowered

    def _lower(self, value: object, depth: int) -> Any:
        # Most values that cross are arrays and numbers, some hundred a call: they come first.
        self._items += 1
        if self._items > self._caps.items:
            raise TooLargeError(f"the value has more than {self._caps.items} parts")
        kind = type(value)
        if kind is np.ndarray or kind is list or kind is dict:
            return self._lower_mutable(cast(Mutable, value), depth)
        if value is None or kind is float or kind is bool:
            return value
        if kind is tuple:
            below = self._deeper(depth)
            parts = [self._lower(item, below) for item in cast(tuple[Any], value)]
            return [_Tag.TUPLE, *parts]
        if kind is int:
            return _lower_int(cast(int, value))
        if kind is str:
            return self._lower_str(cast(str, value))
        if kind is bytes:
            self._weigh(len(cast(bytes, value)))
            return value
        if kind is complex:
            number = cast(complex, value)
            return [_Tag.COMPLEX, number.real, number.imag]
        if isinstance(value, np.generic) and arrays.plain_dtype(kind, value.dtype):
            return [_Tag.SCALAR, value.dtype.str, value.tobytes()]
        return self._lower_handle(value)

    def _lower_mutable(self, value: Mutable, depth: int) -> Any:
        place = id(value)
        number = self._numbers.get(place)
        if number is not None:
            self._refers = True
            return [_Tag.REFERENCE, number]
        if type(value) is np.ndarray:
            if not arrays.plain_array(value):
                return self._lower_handle(value)
        elif type(value) is dict and not all(type(key) in _KEYS for key in value):
            return self._lower_handle(value)
        self._numbers[place] = len(self.mutables)
        self.mutables.append(value)
        return self._body(value, depth)

    def _body(self, value: Mutable, depth: int) -> Any:
        if isinstance(value, np.ndarray):
            self._weigh(value.nbytes)
            return [_Tag.ARRAY, *arrays.lower_array(value, writable=self._copies)]
        below = self._deeper(depth)
        if isinstance(value, dict):
            parts: list[Any] = [_Tag.DICT]
            for key, item in value.items():
                parts.append(self._lower(key, below))
                parts.append(self._lower(item, below))
            return parts
        return [_Tag.LIST, *[self._lower(item, below) for item in value]]

    def _lower_str(self, value: str) -> Any:
        try:
            self._weigh(len(value.encode()))
        except UnicodeEncodeError:  # lone surrogates have no place in a notebook either
            return self._lower_handle(value)
        return value

    def _lower_handle(self, value: object) -> Any:
        handle = value if isinstance(value, Handle) else self._keep(value)
        return [_Tag.HANDLE, handle.number, handle.type_name, handle.callable]

    def _deeper(self, depth: int) -> int:
        if depth >= self._caps.depth:
            raise TooLargeError(f"the value is nested deeper than {self._caps.depth} levels")
        return depth + 1

    def _weigh(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._caps.size:
            raise TooLargeError(f"the value is larger than {self._caps.size // 2**20} MiB")


class Decoder:
    """Builds values from what msgpack carried; trusts nothing in it.

    Args:
        known: Mutables that the other end knows under the same numbers already.
        resolve: Called with each handle read; returns what stands for it on this side.
        caps: What one message may hold.

    Attributes:
        mutables: What the other end knows by number now.
        refers: Whether what was built last refers to a part by its number.
    """

    def __init__(
        self,
        known: Sequence[Mutable] = (),
        resolve: Callable[[Handle], object] = lambda handle: handle,
        caps: SizeLimits = CAPS,
    ) -> None:
        self.mutables: list[Mutable] = list(known)
        self._resolve = resolve
        self._caps = caps
        self.refers = False
        self._items = 0

    def build(self, lowered: Any) -> Any:
        """The value that was lowered to ``lowered``."""
        self.refers, self._items = False, 0
        value = self._build(lowered, 0)
        if self.refers:  # else it is as large as the message, whose parts were counted
            measure(value, self._caps)
        return value

    def update(self, number: Any, lowered: Any) -> None:
        """Make known mutable ``number`` equal to ``lowered``, in place.

        What holds it grows with it: ``measure`` whatever may, once all updates are in.

        Raises:
            WireError: If it is not of the same kind, or an array of another shape.
        """
        target = self._known(number)
        self.refers, self._items = False, 0
        match lowered:
            case [_Tag.LIST, *parts] if isinstance(target, list):
                target[:] = [self._build(part, 1) for part in parts]
            case [_Tag.DICT, *parts] if isinstance(target, dict):
                pairs = self._pairs(parts, 1)
                target.clear()
                target.update(pairs)
            case [_Tag.ARRAY, *parts] if isinstance(target, np.ndarray):
                now = arrays.build_array(parts)
                if now.dtype != target.dtype or now.size != target.size:
                    raise WireError("an array was resized in place")
                if not target.flags.writeable:
                    raise WireError("a read-only array was changed in place")
                if now.shape != target.shape:
                    arrays.reshape(target, now.shape)
                target[...] = now
            case _:
                raise WireError("an argument turned into something else in place")
        if self.refers:
            measure(target, self._caps)

    def _build(self, lowered: Any, depth: int) -> Any:
        self._items += 1
        if self._items > self._caps.items:
            raise TooLargeError(f"the value has more than {self._caps.items} parts")
        if type(lowered) is not list:
            return lowered  # msgpack gives scalars only, maps and extensions are refused
        if depth > self._caps.depth:
            raise TooLargeError(f"the value is nested deeper than {self._caps.depth} levels")
        if not lowered or type(lowered[0]) is not int:  # False and 0.0 are equal to 0, too
            raise WireError("a value without a tag")
        tag, below = lowered[0], depth + 1
        if tag == _Tag.ARRAY:
            array = arrays.build_array(lowered[1:])
            self.mutables.append(array)
            return array
        if tag == _Tag.TUPLE:
            return tuple([self._build(part, below) for part in lowered[1:]])
        if tag == _Tag.DICT:
            table: dict[Any, Any] = {}
            self.mutables.append(table)  # numbered before its parts, as the encoder does
            table.update(self._pairs(lowered[1:], below))
            return table
        if tag == _Tag.LIST:
            items: list[Any] = []
            self.mutables.append(items)
            items.extend([self._build(part, below) for part in lowered[1:]])
            return items
        return self._build_leaf(lowered)

    def _build_leaf(self, lowered: list[Any]) -> Any:
        match lowered:
            case [_Tag.SCALAR, dtype, bytes(data)]:
                return arrays.build_scalar(dtype, data)
            case [_Tag.COMPLEX, float(real), float(imag)]:
                return complex(real, imag)
            case [_Tag.BIG_INT, bytes(data)] if len(data) <= _MAX_INT_BYTES:
                return int.from_bytes(data, "little", signed=True)
            case [_Tag.REFERENCE, number]:
                self.refers = True
                return self._known(number)
            case [_Tag.HANDLE, int(number), str(type_name), bool(can_call)]:
                return self._resolve(Handle(number, type_name[:200], can_call))
        raise WireError("a value with an unknown or malformed tag")

    def _pairs(self, parts: list[Any], depth: int) -> dict[Any, Any]:
        if len(parts) % 2:
            raise WireError("a dict with a key too many")
        pairs = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            plain_key = self._build(key, depth)
            if type(plain_key) not in _KEYS:
                raise WireError("a dict key that is neither str nor int")
            pairs[plain_key] = self._build(value, depth)
        return pairs

    def _known(self, number: Any) -> Mutable:
        if type(number) is not int or not 0 <= number < len(self.mutables):
            raise WireError("a reference to nothing")
        return self.mutables[number]


def pack(lowered: Any, caps: SizeLimits = CAPS) -> bytes:
    """What msgpack carries, as bytes."""
    data = cast(bytes, msgpack.packb(lowered, strict_types=True))
    if len(data) > caps.size:
        raise TooLargeError(f"the message is larger than {caps.size // 2**20} MiB")
    return data


def unpack(data: bytes, caps: SizeLimits = CAPS) -> Any:
    """What msgpack carried. The number of objects is capped while they are built.

    Raises:
        WireError: If it is malformed or more than the caps allow.
    """
    lists = items_seen = 0

    def count(items: list[Any]) -> list[Any]:
        nonlocal lists, items_seen
        lists += 1
        items_seen += len(items)
        # A value is at most two lists: an array and its shape. Of items it has the more dimensions
        # the more, but no array of many dimensions is among many.
        if lists > 2 * caps.items or items_seen > 8 * caps.items:
            raise TooLargeError(f"the message has more than {caps.items} parts")
        return items

    if len(data) > caps.size:
        raise TooLargeError(f"the message is larger than {caps.size // 2**20} MiB")
    try:
        return msgpack.unpackb(
            data,
            strict_map_key=True,
            # (of short messages nothing need be counted: no part takes less than a byte)
            list_hook=count if len(data) > caps.items else None,
            max_array_len=min(2 * caps.items + 1, len(data)),
            max_map_len=0,
            max_ext_len=0,
            timestamp=0,
        )
    except WireError:
        raise
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        reason = str(error).split("\n")[0][:200]
        raise WireError(f"the message is malformed: {reason or type(error).__name__}") from None


def dumps(value: object, caps: SizeLimits = CAPS) -> bytes:
    """One plain value as bytes."""
    return pack(Encoder(caps=caps).lower(value), caps)


def loads(data: bytes, caps: SizeLimits = CAPS) -> Any:
    """The plain value that ``dumps`` wrote.

    Raises:
        WireError: If the bytes are not such a value.
    """
    return Decoder(caps=caps).build(unpack(data, caps))


def _lower_int(value: int) -> Any:
    if -(2**63) <= value < 2**64:
        return value
    size = value.bit_length() // 8 + 1
    if size > _MAX_INT_BYTES:
        raise TooLargeError(f"an integer is larger than {_MAX_INT_BYTES} bytes")
    return [_Tag.BIG_INT, value.to_bytes(size, "little", signed=True)]


def _name(kind: type) -> str:
    module = kind.__module__
    return (
        kind.__qualname__ if module in {"builtins", "__main__"} else f"{module}.{kind.__qualname__}"
    )
