"""The only format that crosses the trust line: plain values as size-limited, strictly read msgpack.

``Encoder`` and ``Decoder`` turn a value into what msgpack carries and back; ``pack`` and ``unpack``
make bytes of that and read them. msgpack's own maps and extension types are refused.
"""

from __future__ import annotations

from typing import Any, cast

import msgpack  # type: ignore[import-untyped]

from autograder.engine.protocol.arrays import WireError
from autograder.engine.protocol.plain_values import (
    BY_NAME,
    Decoder,
    Encoder,
    Handle,
    Mutable,
    NotPlainError,
    type_name,
)
from autograder.engine.protocol.size_limits import (
    DEFAULT_LIMITS,
    SizeLimits,
    TooLargeError,
    check_size,
)

__all__ = [
    "BY_NAME",
    "DEFAULT_LIMITS",
    "Decoder",
    "Encoder",
    "Handle",
    "Mutable",
    "NotPlainError",
    "SizeLimits",
    "TooLargeError",
    "WireError",
    "check_size",
    "dumps",
    "loads",
    "pack",
    "type_name",
    "unpack",
]


def pack(encoded: Any, limits: SizeLimits = DEFAULT_LIMITS) -> bytes:
    """The bytes of what ``Encoder.encode`` returned.

    Raises:
        TooLargeError: If they are more than the limits allow.
    """
    data = cast(bytes, msgpack.packb(encoded, strict_types=True))
    if len(data) > limits.size:
        raise TooLargeError(f"the message is larger than {limits.size // 2**20} MiB")
    return data


def unpack(data: bytes, limits: SizeLimits = DEFAULT_LIMITS) -> Any:
    """What ``Decoder.decode`` takes, from bytes. Objects are counted while they are built.

    Raises:
        WireError: If the bytes are malformed or more than the limits allow.
    """
    lists = parts = 0

    def count(items: list[Any]) -> list[Any]:
        nonlocal lists, parts
        lists += 1
        parts += len(items)
        # A value is at most two lists: an array and its shape. The more dimensions an array has,
        # the more items it has, but a message cannot hold many such arrays.
        if lists > 2 * limits.items or parts > 8 * limits.items:
            raise TooLargeError(f"the message has more than {limits.items} parts")
        return items

    if len(data) > limits.size:
        raise TooLargeError(f"the message is larger than {limits.size // 2**20} MiB")
    try:
        return msgpack.unpackb(
            data,
            strict_map_key=True,
            # (in short messages nothing needs counting: no part takes less than a byte)
            list_hook=count if len(data) > limits.items else None,
            max_array_len=min(2 * limits.items + 1, len(data)),
            max_map_len=0,
            max_ext_len=0,
            timestamp=0,
        )
    except WireError:
        raise
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        reason = str(error).split("\n")[0][:200]
        raise WireError(f"the message is malformed: {reason or type(error).__name__}") from None


def dumps(value: object, limits: SizeLimits = DEFAULT_LIMITS) -> bytes:
    """One plain value as bytes."""
    return pack(Encoder(limits=limits).encode(value), limits)


def loads(data: bytes, limits: SizeLimits = DEFAULT_LIMITS) -> Any:
    """The plain value that ``dumps`` wrote.

    Raises:
        WireError: If the bytes are not such a value.
    """
    return Decoder(limits=limits).decode(unpack(data, limits))
