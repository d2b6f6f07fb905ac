"""Numeric arrays and scalars on the wire: read as strictly as they can be, and never as objects."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np

_KINDS: Final = frozenset("biufc")
_MAX_NDIM: Final = 32
_MAX_DIMENSION: Final = 2**40


class WireError(Exception):
    """Bytes or a value that do not belong on the wire; the text says what and why."""


# By name, in either byte order. numpy's own reader of names is not asked: it knows records, arrays
# in arrays, strings and objects, and fails on nonsense in more than one way.
_DTYPES: Final = {
    dtype.str: dtype
    for code in "?bhilqBHILQefdgFDG"
    for dtype in (np.dtype(code), np.dtype(code).newbyteorder())
}


def _build_dtype(name: Any) -> np.dtype[Any]:
    dtype = _DTYPES.get(name) if type(name) is str else None
    if dtype is None:
        raise WireError("an array of a kind that may not cross")
    return dtype


def lower_array(array: np.ndarray[Any, Any], *, writable: bool = False) -> list[Any]:
    """The parts of an array: kind, shape, flags, data. ``writable``: say so whether or not."""
    flags = array.flags
    fortran = bool(flags.f_contiguous and not flags.c_contiguous)
    told = fortran | (bool(writable or flags.writeable) << 1)
    return [array.dtype.str, list(array.shape), told, array.tobytes("F" if fortran else "C")]


def build_array(parts: list[Any]) -> np.ndarray[Any, Any]:
    """The array whose parts were read; its memory is its own.

    Raises:
        WireError: If it is not what it says.
    """
    if len(parts) != 4:
        raise WireError("a malformed array")
    name, shape, flags, data = parts
    if type(shape) is not list or type(flags) is not int or type(data) is not bytes:
        raise WireError("a malformed array")
    if not 0 <= flags < 4:
        raise WireError("a malformed array")
    dtype = _build_dtype(name)
    size = dtype.itemsize
    if len(shape) > _MAX_NDIM:
        raise WireError("an array of an impossible shape")
    for length in shape:
        if type(length) is not int or not 0 <= length <= _MAX_DIMENSION:
            raise WireError("an array of an impossible shape")
        size *= length
    if size != len(data):
        raise WireError("an array whose data do not fill its shape")
    try:
        array: np.ndarray[Any, Any] = np.ndarray(
            tuple(shape), dtype, bytearray(data), order="F" if flags & 1 else "C"
        )
    except ValueError:
        raise WireError("an array of an impossible shape") from None
    if not flags & 2:
        array.flags.writeable = False
    return array


def reshape(target: np.ndarray[Any, Any], shape: tuple[int, ...]) -> None:
    """Give ``target`` another shape in place.

    Raises:
        WireError: If its memory does not allow it.
    """
    try:
        # Of the same size, as was checked: no memory moves, so views of it stay valid.
        target.resize(shape, refcheck=False)
    except ValueError:
        raise WireError("an array was given another shape in place") from None


def build_scalar(name: Any, data: bytes) -> np.generic:
    """The numpy scalar of the kind ``name``.

    Raises:
        WireError: If it is not what it says.
    """
    dtype = _build_dtype(name)
    if dtype.itemsize != len(data):
        raise WireError("a number whose data do not fill it")
    return cast(np.generic, np.frombuffer(data, dtype)[0])


def plain_array(value: np.ndarray[Any, Any]) -> bool:
    """Whether an array is of a kind that may cross."""
    return value.dtype.kind in _KINDS and value.ndim <= _MAX_NDIM


def plain_dtype(kind: type, dtype: np.dtype[Any]) -> bool:
    """Whether a numpy scalar of type ``kind`` is exactly one of ``dtype``, and may cross."""
    return dtype.kind in _KINDS and kind is dtype.type
