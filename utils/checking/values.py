"""What a check compared, as short texts: the student's value and the expected one, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from utils.checking.compare import describe_type

_MOST = 12  # parts that are shown of one comparison
_NUMBERS = "biufc"


class Compared(NamedTuple):
    """One value: its name, the student's and the expected one."""

    name: str
    yours: str
    expected: str


def compare_values(name: str, got: Any, expected: Any) -> list[Compared]:
    """The parts of two values side by side, without those that only their form is asked of."""
    parts = _parts(name, got, expected)
    return [Compared(part, _shown(mine), _shown(right)) for part, mine, right in parts][:_MOST]


_MISSING = object()


def _parts(name: str, got: Any, expected: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            mine = got.get(key, _MISSING) if isinstance(got, Mapping) else got
            yield from _parts(str(key), mine, value)
    elif isinstance(expected, (tuple, list)):
        fits = isinstance(got, (tuple, list)) and len(got) == len(expected)
        for place, value in enumerate(expected):
            yield from _parts(f"{name}[{place}]", got[place] if fits else got, value)
    elif expected is not None:
        yield name, got, expected


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "–"  # noqa: RUF001
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return f"{value:.9g}" if isinstance(value, (int, float, np.floating)) else str(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in _NUMBERS:
        return np.array2string(value, precision=8, threshold=30, edgeitems=2, max_line_width=48)
    return describe_type(value)
