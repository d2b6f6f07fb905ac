"""Values that cross as records of plain parts: a name, and what they are built from.

A record is built again by a fixed function of this package, from parts whose types it checks. The
name is never looked up anywhere else, so nothing that is read runs code of whoever sent it.
"""

from __future__ import annotations

import datetime as dt
import importlib
import re
import uuid
from collections import namedtuple
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import numpy as np

from autograder.engine.protocol.arrays import WireError

_MAX_FIELDS: Final = 200
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)

Parts = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """How values of one type cross.

    Attributes:
        name: By which the other end knows the type.
        take_apart: The parts of a value; None if this one cannot cross.
        build: Makes a value of its parts, which are plain but otherwise anything.
        replace: Makes a value equal to another of its type, in place; None if none can change.
    """

    name: str
    take_apart: Callable[[Any], Parts | None]
    build: Callable[..., object]
    replace: Callable[[Any, Any], None] | None = None


_BY_TYPE: dict[type, Record] = {}
_BY_NAME: dict[str, Record] = {}


def register(kind: type, record: Record) -> None:
    """Let values of exactly this type cross."""
    _BY_TYPE[kind] = record
    _BY_NAME[record.name] = record


def find(kind: type) -> Record | None:
    """How values of exactly this type cross; None if they are no records."""
    known = _BY_TYPE.get(kind)
    if known is not None:
        return known
    if issubclass(kind, tuple) and isinstance(getattr(kind, "_fields", None), tuple):
        return _NAMED_TUPLE
    library = kind.__module__.partition(".")[0] if type(kind.__module__) is str else ""
    if library in _LIBRARIES and _load(library):
        return _BY_TYPE.get(kind)
    return None


def by_name(name: str) -> Record:
    """The record of this name.

    Raises:
        WireError: If there is none.
    """
    if name not in _BY_NAME:
        _load(name.partition(".")[0])
    record = _BY_NAME.get(name)
    if record is None:
        raise WireError("a value of a type that is not known here")
    return record


def build(record: Record, parts: list[Any]) -> object:
    """The value that is made of these parts.

    Raises:
        WireError: If they do not make one.
    """
    try:
        return record.build(*parts)
    except WireError:
        raise
    except Exception:  # noqa: BLE001  whatever a constructor raises, the parts are not right
        raise WireError(f"no {record.name} can be made of its parts") from None


def _load(library: str) -> bool:
    """Load how a library's values cross; returns whether the library is there."""
    if library not in _LIBRARIES:
        return False
    try:
        importlib.import_module(_LIBRARIES[library])
    except ImportError:
        return False
    return True


# Loaded by name, because they import this module, and only where their library is used.
_LIBRARIES: Final = {
    "pandas": "autograder.engine.protocol.pandas_values",
    "scipy": "autograder.engine.protocol.sparse_values",
}


# -- keys and leaves ----------------------------------------------------------------------------

_LEAVES: Final = frozenset(
    {
        *(type(None), bool, int, float, complex, str, bytes, Fraction, Decimal, range, uuid.UUID),
        *(dt.date, dt.datetime, dt.time, dt.timedelta),
    }
)


def is_leaf(value: object) -> bool:
    """Whether a value is of a type without parts that can be shared."""
    kind = type(value)
    return kind in _LEAVES or (isinstance(value, np.generic) and kind is value.dtype.type)


def is_key(value: object) -> bool:
    """Whether a value may be a key or an element of a set: its hash is the library's own."""
    if type(value) is tuple or type(value) is frozenset:
        return all(map(is_key, value))
    if isinstance(value, tuple) and find(type(value)) is _NAMED_TUPLE:
        return all(map(is_key, value))
    return is_leaf(value) or type(value).__module__ == "pandas._libs.tslibs.timestamps"


def require(value: Any, *kinds: type) -> Any:
    """``value`` if it is of exactly one of these types.

    Raises:
        WireError: If it is not.
    """
    if type(value) not in kinds:
        raise WireError("a part of another type than belongs there")
    return value


def require_keys(parts: Iterable[object]) -> list[Any]:
    """``parts`` if each may be a key or an element of a set.

    Raises:
        WireError: If one may not.
    """
    keys = list(parts)
    if not all(map(is_key, keys)):
        raise WireError("a key or an element of a set that may be none")
    return keys


# -- named tuples, of whatever type


def _take_named_tuple(value: Any) -> Parts | None:
    kind = type(value)
    fields = kind._fields
    if len(fields) != tuple.__len__(value) or not all(type(name) is str for name in fields):
        return None
    return (kind.__name__, tuple(fields), *tuple.__iter__(value))


def _build_named_tuple(name: object, fields: object, *values: object) -> object:
    names = require(fields, tuple)
    kind = named_tuple_type(require(name, str), tuple(require(one, str) for one in names))
    return kind(*values)


@lru_cache(256)
def named_tuple_type(name: str, fields: tuple[str, ...]) -> Any:
    """The type of named tuples of this name with these fields: one, however often it is met."""
    if len(fields) > _MAX_FIELDS or not all(map(_NAME.fullmatch, (name, *fields))):
        raise WireError("a named tuple with a name that is none")
    return namedtuple(name, fields)  # noqa: PYI024  known only now


_NAMED_TUPLE: Final = Record("namedtuple", _take_named_tuple, _build_named_tuple)
_BY_NAME["namedtuple"] = _NAMED_TUPLE
