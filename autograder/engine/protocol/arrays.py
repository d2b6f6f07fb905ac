"""Numeric arrays and scalars on the wire: read strictly, and never as objects."""

from __future__ import annotations

import re
import warnings
from typing import Any, Final, cast

import numpy as np

_KINDS: Final = frozenset("biufcUSMm")
_MAX_NDIM: Final = 32
_MAX_DIMENSION: Final = 2**40


class WireError(Exception):
    """Bytes or a value that do not belong on the wire; the text says what and why."""


# By name, in either byte order. numpy's own parser of names is not used: it accepts records, arrays
# in arrays, strings and objects, and fails on nonsense in more than one way.
_DTYPES: Final = {
    dtype.str: dtype
    for code in "?bhilqBHILQefdgFDG"
    for dtype in (np.dtype(code), np.dtype(code).newbyteorder())
}


_TEXT_DTYPE: Final = re.compile(r"[<|][US][0-9]{1,6}")
_TIME_DTYPE: Final = re.compile(
    r"<[Mm]8(?:\[(?:10{0,3}|25)?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)
_MAX_CODE_POINT: Final = 0x10FFFF


def _decode_dtype(name: Any) -> np.dtype[Any]:
    dtype = _DTYPES.get(name) if type(name) is str else None
    if dtype is not None:
        return dtype
    if type(name) is not str or not (_TEXT_DTYPE.fullmatch(name) or _TIME_DTYPE.fullmatch(name)):
        raise WireError("an array of a kind that may not cross")
    return np.dtype(name)


def parse_dtype(name: Any) -> np.dtype[Any]:
    """The dtype of this name, as ``numpy.dtype.str`` gives it.

    Raises:
        WireError: If it is none that may cross.
    """
    return np.dtype(object) if name == "|O" else _decode_dtype(name)


def _check_text(dtype: np.dtype[Any], data: bytes) -> None:
    """Refuse what is no text: numpy would take any four bytes for a character."""
    if dtype.kind == "U" and data:
        codes = np.frombuffer(data, "<u4")
        if codes.max() > _MAX_CODE_POINT or ((codes >= 0xD800) & (codes < 0xE000)).any():
            raise WireError("an array of characters that are none")


def encode_array(array: np.ndarray[Any, Any], *, writable: bool = False) -> list[Any]:
    """The parts of an array: dtype, shape, flags, data.

    Args:
        array: The array.
        writable: Mark it as writable even if it is read-only here.
    """
    layout = array.flags
    fortran = bool(layout.f_contiguous and not layout.c_contiguous)
    flags = fortran | (bool(writable or layout.writeable) << 1)
    return [array.dtype.str, list(array.shape), flags, array.tobytes("F" if fortran else "C")]


def decode_array(parts: list[Any]) -> np.ndarray[Any, Any]:
    """The array with these parts, in memory of its own.

    Raises:
        WireError: If the parts do not make an array.
    """
    if len(parts) != 4:
        raise WireError("a malformed array")
    name, shape, flags, data = parts
    if type(shape) is not list or type(flags) is not int or type(data) is not bytes:
        raise WireError("a malformed array")
    if not 0 <= flags < 4:
        raise WireError("a malformed array")
    dtype = _decode_dtype(name)
    size = dtype.itemsize
    if len(shape) > _MAX_NDIM:
        raise WireError("an array of an impossible shape")
    for length in shape:
        if type(length) is not int or not 0 <= length <= _MAX_DIMENSION:
            raise WireError("an array of an impossible shape")
        size *= length
    if size != len(data):
        raise WireError("an array whose data do not fill its shape")
    _check_text(dtype, data)
    try:
        array: np.ndarray[Any, Any] = np.ndarray(
            tuple(shape), dtype, bytearray(data), order="F" if flags & 1 else "C"
        )
    except ValueError:
        raise WireError("an array of an impossible shape") from None
    if not flags & 2:
        array.flags.writeable = False
    return array


def replace_content(target: np.ndarray[Any, Any], content: np.ndarray[Any, Any]) -> None:
    """Do to ``target`` what was done in place to its copy, which is now ``content``.

    That is everything that can be done to an array in place: other values, another shape or dtype
    of the same bytes, and protection from further changes.

    Raises:
        WireError: If it cannot have been done in place.
    """
    if content.nbytes != target.nbytes:
        raise WireError("an array was resized in place")
    if not target.flags.writeable:
        raise WireError("a read-only array was changed in place")
    if content.dtype != target.dtype or content.shape != target.shape:
        _reinterpret(target, content.dtype, content.shape)
    target[...] = content
    target.flags.writeable = content.flags.writeable


def _reinterpret(
    target: np.ndarray[Any, Any], dtype: np.dtype[Any], shape: tuple[int, ...]
) -> None:
    """Give ``target`` another dtype and shape of the same number of bytes, in place.

    Raises:
        WireError: If its memory layout does not allow it.
    """
    try:
        if dtype != target.dtype:
            # One axis first: where the size of an item changes, numpy divides the last axis.
            target.resize((target.size,), refcheck=False)
            with warnings.catch_warnings():  # numpy discourages it, but students can
                warnings.simplefilter("ignore", DeprecationWarning)
                target.dtype = dtype  # type: ignore[misc]  # numpy says it is read-only
        # The size is the same, as the caller checked: no memory moves, so views stay valid.
        target.resize(shape, refcheck=False)
    except ValueError:
        raise WireError("an array was given another shape in place") from None


def decode_scalar(name: Any, data: bytes) -> np.generic:
    """The numpy scalar of the dtype ``name``.

    Raises:
        WireError: If the data do not make one.
    """
    dtype = _decode_dtype(name)
    if dtype.itemsize != len(data):
        raise WireError("a number whose data do not fill it")
    _check_text(dtype, data)
    return cast(np.generic, np.frombuffer(data, dtype)[0])


def is_plain_array(value: np.ndarray[Any, Any]) -> bool:
    """Whether an array is of a kind that may cross."""
    dtype = value.dtype
    if dtype.kind in "USMm" and not (
        dtype.itemsize and (_TEXT_DTYPE.fullmatch(dtype.str) or _TIME_DTYPE.fullmatch(dtype.str))
    ):
        return False
    return dtype.kind in _KINDS and value.ndim <= _MAX_NDIM


def is_plain_scalar(kind: type, dtype: np.dtype[Any]) -> bool:
    """Whether a numpy scalar of this type and dtype is exactly that, and may cross."""
    return dtype.kind in _KINDS and kind is dtype.type and dtype.itemsize > 0
