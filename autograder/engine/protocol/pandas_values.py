"""pandas' frames, series, indexes and moments as records; loaded where pandas is used.

They cross as plain arrays and are built anew on the other end, never unpickled. Cells of a column
of objects must be plain values without parts of their own.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from autograder.engine.protocol.arrays import WireError, is_plain_array
from autograder.engine.protocol.records import Parts, Record, is_key, is_leaf, register, require

# Extension types whose values cross one by one, as Python's own.
_BY_VALUE = re.compile(r"(?:U?Int|Float)(?:8|16|32|64)|boolean|str|string(?:\[\w{1,20}\])?|object")
_FREQUENCY = re.compile(r"[A-Za-z0-9-]{1,12}")
_ZONE = re.compile(r"[\w/+:-]{1,40}", re.ASCII)
_UNITS = ("s", "ms", "us", "ns")


def _take_column(values: Any) -> Parts | None:
    """The parts of the values of a series or an index: a kind, and what it needs."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categories = _take_index(dtype.categories)
        codes = np.asarray(getattr(values, "cat", values).codes)
        return None if categories is None else ("category", codes, categories, bool(dtype.ordered))
    if isinstance(dtype, pd.DatetimeTZDtype):
        moments = np.asarray(values.astype("int64"))
        return ("zoned", moments, str(dtype.unit), str(dtype.tz))
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        array = values.to_numpy()
        return ("array", array) if is_plain_array(array) else None
    name = str(dtype)
    if not _BY_VALUE.fullmatch(name):
        return None
    items = tuple(_take_cell(item) for item in values)
    return ("values", name, items) if all(map(_is_cell, items)) else None


def _take_cell(item: object) -> object:
    return None if item is pd.NA else item


def _is_cell(item: object) -> bool:
    kind = type(item)
    if kind in (list, tuple):
        return all(map(is_leaf, item))  # type: ignore[call-overload]
    return is_leaf(item) or kind in (pd.Timestamp, pd.Timedelta) or item is pd.NaT


def _build_column(parts: Any) -> Any:
    match require(parts, tuple):
        case ("array", np.ndarray() as array) if array.ndim == 1 and array.dtype != object:
            return array
        case ("values", str(name), tuple(items)) if _BY_VALUE.fullmatch(name):
            if not all(map(_is_cell, items)):
                raise WireError("a column with a cell that is not plain")
            array = np.empty(len(items), object)
            for position, item in enumerate(items):
                array[position] = item
            return array if name == "object" else pd.array(array, dtype=name)
        case ("category", np.ndarray() as codes, categories, bool(ordered)) if codes.ndim == 1:
            return pd.Categorical.from_codes(codes, _build_index(categories), ordered=ordered)
        case ("zoned", np.ndarray() as moments, str(unit), str(zone)) if (
            moments.dtype == np.int64 and unit in _UNITS and _ZONE.fullmatch(zone)
        ):
            return pd.DatetimeIndex(moments.view(f"M8[{unit}]"), tz="UTC").tz_convert(zone).array
    raise WireError("a column of a kind that is not known")


def _take_index(index: Any) -> Parts | None:
    names = tuple(index.names)
    if not all(map(is_key, names)):
        return None
    if type(index) is pd.RangeIndex:
        return ("range", names, (index.start, index.stop, index.step))
    if type(index) is pd.MultiIndex:
        levels = tuple(_take_index(level) for level in index.levels)
        codes = tuple(np.asarray(code) for code in index.codes)
        return None if None in levels else ("multi", names, levels, codes)
    if type(index) not in _INDEXES:
        return None
    column = _take_column(index)
    frequency = getattr(index, "freqstr", None)
    return None if column is None else ("index", names, column, frequency)


def _build_index(parts: Any) -> Any:
    match require(parts, tuple):
        case ("range", (name,), (int(start), int(stop), int(step))):
            return pd.RangeIndex(start, stop, step, name=_name(name))
        case ("multi", tuple(names), tuple(levels), tuple(codes)):
            return pd.MultiIndex(
                [_build_index(level) for level in levels],
                [require(code, np.ndarray) for code in codes],
                names=list(map(_name, names)),
            )
        case ("index", (name,), column, None):
            values = _build_column(column)
            return pd.Index(values, dtype=values.dtype, name=_name(name))
        case ("index", (name,), column, str(frequency)) if _FREQUENCY.fullmatch(frequency):
            values = _build_column(column)
            kind = pd.TimedeltaIndex if values.dtype.kind == "m" else pd.DatetimeIndex
            return kind(values, freq=frequency, name=_name(name))
    raise WireError("an index of a kind that is not known")


def _name(name: object) -> object:
    if not is_key(name):
        raise WireError("a name that may be none")
    return name


def _take_series(series: Any) -> Parts | None:
    index, column = _take_index(series.index), _take_column(series)
    if index is None or column is None or not is_key(series.name):
        return None
    return (index, column, series.name)


def _build_series(index: Any, column: Any, name: Any) -> Any:
    values = _build_column(column)
    return pd.Series(values, _build_index(index), dtype=values.dtype, name=_name(name))


def _take_frame(frame: Any) -> Parts | None:
    index, columns = _take_index(frame.index), _take_index(frame.columns)
    parts = [_take_column(frame.iloc[:, number]) for number in range(frame.shape[1])]
    if index is None or columns is None or None in parts:
        return None
    return (index, columns, *parts)


def _build_frame(index: Any, columns: Any, *parts: Any) -> Any:
    rows = _build_index(index)
    values = [_build_column(part) for part in parts]
    series = [pd.Series(column, rows, dtype=column.dtype) for column in values]
    frame = pd.concat(series, axis=1) if series else pd.DataFrame(index=rows)
    frame.columns = _build_index(columns)
    return frame


def _replace(target: Any, content: Any) -> None:
    """Make a frame or series what it became on the other end."""
    target._mgr = content._mgr  # noqa: SLF001  pandas has no public way to do it in place
    if isinstance(target, pd.Series):
        target.name = content.name


def _take_timestamp(moment: Any) -> Parts:
    zone = None if moment.tz is None else str(moment.tz)
    return (int(moment.asm8.view("i8")), moment.unit, zone)


def _build_timestamp(number: Any, unit: Any, zone: Any) -> Any:
    if unit not in _UNITS:
        raise WireError("a moment in a unit that is not known")
    moment = pd.Timestamp(np.datetime64(require(number, int), unit))
    if zone is None:
        return moment
    if not _ZONE.fullmatch(require(zone, str)):
        raise WireError("a time zone that is none")
    return moment.tz_localize("UTC").tz_convert(zone)


def _build_timedelta(number: Any, unit: Any) -> Any:
    if unit not in _UNITS:
        raise WireError("a time in a unit that is not known")
    return pd.Timedelta(np.timedelta64(require(number, int), unit))


_INDEXES = (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.CategoricalIndex)

for _kind in (*_INDEXES, pd.RangeIndex, pd.MultiIndex):
    register(_kind, Record("pandas.Index", _take_index, lambda *parts: _build_index(parts)))
register(pd.Series, Record("pandas.Series", _take_series, _build_series, _replace))
register(pd.DataFrame, Record("pandas.DataFrame", _take_frame, _build_frame, _replace))
register(pd.Timestamp, Record("pandas.Timestamp", _take_timestamp, _build_timestamp))
register(
    pd.Timedelta,
    Record("pandas.Timedelta", lambda v: (int(v.asm8.view("i8")), v.unit), _build_timedelta),
)
register(type(pd.NaT), Record("pandas.NaT", lambda _: (), lambda: pd.NaT))
register(type(pd.NA), Record("pandas.NA", lambda _: (), lambda: pd.NA))
