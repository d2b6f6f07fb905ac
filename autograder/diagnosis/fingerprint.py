"""A value in a few numbers: enough to see at once that two values are not alike.

Where two fingerprints differ, so do the values in the sense of ``utils.checking.compare.same``.
Where they do not, it must be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.checking.compare import ATOL_SINGLE, RTOL, RTOL_SINGLE

_NUMERIC = (bool, int, float, complex, np.number, np.bool_, np.ndarray)
_SPOTS = 4
_ATOL = 1e-10  # as in ``utils.checking.compare.same``
_ROUNDING = 2.0  # here in Python's numbers, there in numpy's: only what is clear is a difference

_NOT_ALIKE = object()  # an array of objects, say, is like nothing
_UNKNOWN = object()  # something else is like itself alone, which is not seen here


@dataclass(frozen=True, slots=True)
class SampledNumbers:
    """What is kept of an array or a number.

    Attributes:
        shape: Its shape.
        single: Whether it is in single precision, which is compared less strictly.
        numbers: A few of its numbers, at places that hang on its size alone.
    """

    shape: tuple[int, ...]
    single: bool
    numbers: tuple[Any, ...]


def fingerprint(value: Any) -> Any:
    """A value with ``SampledNumbers`` in place of its arrays and numbers."""
    if isinstance(value, (tuple, list)):
        return [fingerprint(part) for part in value]
    if isinstance(value, (dict, Mapping)):  # (a dict is seen at once)
        return {key: fingerprint(part) for key, part in value.items()}
    if isinstance(value, _NUMERIC):
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            return _NOT_ALIKE
        last = array.size - 1
        places = range(array.size) if last < _SPOTS else [last * n // (_SPOTS - 1) for n in _FEW]
        single = bool(array.dtype == np.float32)
        return SampledNumbers(array.shape, single, tuple([array.item(place) for place in places]))
    if isinstance(value, (str, bytes)) or value is None:
        return value
    return _UNKNOWN


def may_be_equal(got: Any, expected: Any) -> bool:
    """Whether two values with these sketches may be the same; if not, they are not."""
    if isinstance(got, SampledNumbers):
        return (
            isinstance(expected, SampledNumbers)
            and got.shape == expected.shape
            and _near(got.numbers, expected.numbers, single=got.single or expected.single)
        )
    if isinstance(got, dict):
        return (
            isinstance(expected, dict)
            and got.keys() == expected.keys()
            and all(may_be_equal(part, expected[key]) for key, part in got.items())
        )
    if isinstance(got, list):
        return (
            isinstance(expected, list)
            and len(got) == len(expected)
            and all(map(may_be_equal, got, expected))
        )
    if got is _NOT_ALIKE or expected is _NOT_ALIKE:
        return False
    return type(got) is type(expected) and bool(got == expected)


_FEW = range(_SPOTS)


def _near(got: tuple[Any, ...], expected: tuple[Any, ...], *, single: bool) -> bool:
    rtol, atol = (RTOL_SINGLE, ATOL_SINGLE) if single else (RTOL, _ATOL)
    rtol, atol = rtol * _ROUNDING, atol * _ROUNDING
    for one, other in zip(got, expected, strict=True):
        if one == other or (one != one and other != other):  # noqa: PLR0124  NaN is like NaN
            continue
        try:
            if abs(one - other) > atol + rtol * abs(other):
                return False
        except OverflowError:  # of complex numbers beyond what there is
            continue
        if (one != one) != (other != other):  # noqa: PLR0124
            return False
    return True
