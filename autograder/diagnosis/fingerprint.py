"""Fingerprints of values: a few sampled numbers, enough to rule out most unequal values quickly.

If two fingerprints differ, ``utils.checking.compare.same`` would call the values different as
well. If they agree, the values may still differ, and ``same`` has to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.checking.compare import ATOL_SINGLE, RTOL, RTOL_SINGLE

_NUMERIC = (bool, int, float, complex, np.number, np.bool_, np.ndarray)
_SAMPLES = 4
_SAMPLE_NUMBERS = range(_SAMPLES)
_ATOL = 1e-10  # as in ``utils.checking.compare.same``
# Python's arithmetic here and numpy's in ``same`` round differently: reject only clear differences.
_SLACK = 2.0

_INCOMPARABLE = object()  # an array of objects, for example, equals nothing
_OPAQUE = object()  # any other object equals only itself, which a fingerprint cannot show


@dataclass(frozen=True, slots=True)
class SampledNumbers:
    """The fingerprint of an array or a number.

    Attributes:
        shape: Its shape.
        single: Whether it is in single precision, which is compared with a larger tolerance.
        numbers: A few of its elements, at positions that depend on its size alone.
    """

    shape: tuple[int, ...]
    single: bool
    numbers: tuple[Any, ...]


def fingerprint(value: Any) -> Any:
    """The value with each array and number in it replaced by its ``SampledNumbers``."""
    if isinstance(value, (tuple, list)):
        return [fingerprint(part) for part in value]
    if isinstance(value, (dict, Mapping)):  # dict first: the check against Mapping is slow
        return {key: fingerprint(part) for key, part in value.items()}
    if isinstance(value, _NUMERIC):
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            return _INCOMPARABLE
        last = array.size - 1
        if last < _SAMPLES:
            positions = list(range(array.size))
        else:
            positions = [last * n // (_SAMPLES - 1) for n in _SAMPLE_NUMBERS]
        single = bool(array.dtype == np.float32)
        return SampledNumbers(array.shape, single, tuple([array.item(p) for p in positions]))
    if isinstance(value, (str, bytes)) or value is None:
        return value
    return _OPAQUE


def may_be_equal(got: Any, expected: Any) -> bool:
    """Whether the values behind two fingerprints may be equal; if False, they certainly are not."""
    if isinstance(got, SampledNumbers):
        return (
            isinstance(expected, SampledNumbers)
            and got.shape == expected.shape
            and _all_close(got.numbers, expected.numbers, single=got.single or expected.single)
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
    if got is _INCOMPARABLE or expected is _INCOMPARABLE:
        return False
    return type(got) is type(expected) and bool(got == expected)


def _all_close(got: tuple[Any, ...], expected: tuple[Any, ...], *, single: bool) -> bool:
    rtol, atol = (RTOL_SINGLE, ATOL_SINGLE) if single else (RTOL, _ATOL)
    rtol, atol = rtol * _SLACK, atol * _SLACK
    for a, b in zip(got, expected, strict=True):
        if a == b or (a != a and b != b):  # noqa: PLR0124  NaN matches NaN
            continue
        try:
            if abs(a - b) > atol + rtol * abs(b):
                return False
        except OverflowError:  # a complex number whose absolute value is too large for a float
            continue
        if (a != a) != (b != b):  # noqa: PLR0124
            return False
    return True
