"""Values of the standard library and numpy's arrays of objects, as records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import EllipsisType, NotImplementedType, SimpleNamespace
from typing import Any, Final

import numpy as np

from autograder.engine.protocol import arrays
from autograder.engine.protocol.arrays import WireError
from autograder.engine.protocol.records import (
    Parts,
    Record,
    is_key,
    register,
    require,
    require_keys,
)

_MAX_RANGE: Final = 10**7
_MAX_EXPONENT: Final = 10**6  # of a Decimal: as an integer it would have so many digits


def _take_set(value: set[Any] | frozenset[Any]) -> Parts | None:
    items = tuple(value)
    return items if all(map(is_key, items)) else None


def _replace_set(target: set[Any], content: set[Any]) -> None:
    target.clear()
    target.update(content)


def _take_mapping(value: dict[Any, Any]) -> Parts | None:
    if not all(map(is_key, value)):
        return None
    return tuple(part for pair in value.items() for part in pair)


def _pairs(parts: Parts) -> list[tuple[Any, Any]]:
    if len(parts) % 2:
        raise WireError("a mapping with a key too many")
    return list(zip(require_keys(parts[::2]), parts[1::2], strict=True))


def _replace_mapping(target: Any, content: Any) -> None:
    target.clear()
    target.update(content)


def _replace_deque(target: deque[Any], content: deque[Any]) -> None:
    target.clear()
    target.extend(content)


def _build_deque(limit: object, *items: object) -> deque[Any]:
    return deque(items, require(limit, int, type(None)))


def _replace_bytes(target: bytearray, content: bytearray) -> None:
    target[:] = content


def _take_zone(zone: dt.tzinfo | None) -> Parts | None:
    if zone is None:
        return ()
    if type(zone) is dt.timezone:
        return (zone.utcoffset(None),)
    return None


def _take_datetime(value: dt.datetime) -> Parts | None:
    zone = _take_zone(value.tzinfo)
    return None if zone is None else (value.replace(tzinfo=None).isoformat(), value.fold, *zone)


def _zone(offset: tuple[Any, ...]) -> dt.timezone | None:
    if not offset:
        return None
    (delta,) = offset
    return dt.timezone(require(delta, dt.timedelta))


def _build_datetime(text: object, fold: object, *offset: object) -> dt.datetime:
    moment = dt.datetime.fromisoformat(require(text, str))
    return moment.replace(tzinfo=_zone(offset), fold=require(fold, int))


def _take_time(value: dt.time) -> Parts | None:
    zone = _take_zone(value.tzinfo)
    return None if zone is None else (value.replace(tzinfo=None).isoformat(), value.fold, *zone)


def _build_time(text: object, fold: object, *offset: object) -> dt.time:
    moment = dt.time.fromisoformat(require(text, str))
    return moment.replace(tzinfo=_zone(offset), fold=require(fold, int))


def _build_decimal(text: object) -> Decimal:
    number = Decimal(require(text, str))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > _MAX_EXPONENT:
        raise WireError("a decimal number that is too large")
    return number


def _take_objects(value: np.ndarray[Any, Any]) -> Parts | None:
    return (tuple(value.shape), *value.ravel().tolist()) if value.dtype == object else None


def build_objects(shape: object, *items: object) -> np.ndarray[Any, Any]:
    """An array of objects."""
    sizes = require(shape, tuple)
    array = np.empty(len(items), object)
    array[:] = items  # a sequence as an item stays one: the array has as many places as items
    for position, item in enumerate(items):
        array[position] = item
    return array.reshape([require(size, int) for size in sizes])


def replace_objects(target: np.ndarray[Any, Any], content: np.ndarray[Any, Any]) -> None:
    """Put other objects into an array of objects of the same shape."""
    if target.shape != content.shape or not target.flags.writeable:
        raise WireError("an array of objects was given another shape in place")
    target[...] = content


def _take_namespace(value: SimpleNamespace) -> Parts | None:
    return _take_mapping(vars(value))


def _build_namespace(*parts: object) -> SimpleNamespace:
    return SimpleNamespace(**{require(name, str): item for name, item in _pairs(parts)})


def _replace_namespace(target: SimpleNamespace, content: SimpleNamespace) -> None:
    vars(target).clear()
    vars(target).update(vars(content))


def _take_type(value: type) -> Parts | None:
    name = f"{value.__module__}.{value.__qualname__}"
    return (name,) if _TYPES.get(name) is value else None


def _build_type(name: object) -> type:
    return _TYPES[require(name, str)]


def _build_range(*parts: object) -> range:
    made = range(*(require(part, int) for part in parts))
    if not -_MAX_RANGE <= made.start <= _MAX_RANGE or len(made) > _MAX_RANGE:
        raise WireError("a range that is too long")
    return made


_TYPES: Final[dict[str, type]] = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for kind in (
        *(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset),
        *(range, object, type, type(None), Fraction, Decimal, np.ndarray),
        *(ArithmeticError, AssertionError, AttributeError, Exception, IndexError, KeyError),
        *(LookupError, NameError, NotImplementedError, OSError, OverflowError, RuntimeError),
        *(StopIteration, TypeError, ValueError, ZeroDivisionError),
        *(np.dtype(code).type for code in "?bhilqBHILQefdgFDG"),
    )
}


def _view(name: str, kind: type, build_view: Callable[..., object]) -> None:
    register(kind, Record(name, tuple, build_view))


register(set, Record("set", _take_set, lambda *items: set(require_keys(items)), _replace_set))
register(frozenset, Record("frozenset", _take_set, lambda *items: frozenset(require_keys(items))))
register(range, Record("range", lambda v: (v.start, v.stop, v.step), _build_range))
register(
    slice,
    Record(
        "slice",
        lambda v: (v.start, v.stop, v.step),
        lambda *p: slice(*(require(part, int, type(None)) for part in p)),
    ),
)
register(
    dt.date,
    Record("date", lambda v: (v.toordinal(),), lambda n: dt.date.fromordinal(require(n, int))),
)
register(dt.datetime, Record("datetime", _take_datetime, _build_datetime))
register(dt.time, Record("time", _take_time, _build_time))
register(
    dt.timedelta,
    Record(
        "timedelta",
        lambda v: (v.days, v.seconds, v.microseconds),
        lambda *p: dt.timedelta(*(require(part, int) for part in p)),
    ),
)
register(dt.timezone, Record("timezone", lambda v: (v.utcoffset(None),), lambda d: _zone((d,))))
register(
    Fraction,
    Record(
        "Fraction",
        lambda v: (v.numerator, v.denominator),
        lambda *p: Fraction(*(require(part, int) for part in p)),
    ),
)
register(Decimal, Record("Decimal", lambda v: (str(v),), _build_decimal))
register(uuid.UUID, Record("UUID", lambda v: (v.hex,), lambda text: uuid.UUID(require(text, str))))
register(
    bytearray,
    Record(
        "bytearray",
        lambda v: (bytes(v),),
        lambda data: bytearray(require(data, bytes)),
        _replace_bytes,
    ),
)
register(deque, Record("deque", lambda v: (v.maxlen, *v), _build_deque, _replace_deque))
register(
    OrderedDict,
    Record("OrderedDict", _take_mapping, lambda *p: OrderedDict(_pairs(p)), _replace_mapping),
)
register(
    Counter, Record("Counter", _take_mapping, lambda *p: Counter(dict(_pairs(p))), _replace_mapping)
)
register(
    SimpleNamespace,
    Record("SimpleNamespace", _take_namespace, _build_namespace, _replace_namespace),
)
register(type, Record("type", _take_type, _build_type))
register(np.ndarray, Record("objects", _take_objects, build_objects, replace_objects))
register(EllipsisType, Record("Ellipsis", lambda _: (), lambda: ...))
register(NotImplementedType, Record("NotImplemented", lambda _: (), lambda: NotImplemented))
_view("dict_keys", type({}.keys()), lambda *items: dict.fromkeys(require_keys(items)).keys())
_view("dict_values", type({}.values()), lambda *items: dict(enumerate(items)).values())
_view("dict_items", type({}.items()), lambda *items: dict(require(i, tuple) for i in items).items())
for _dtype in {type(np.dtype(code)) for code in "?bhilqBHILQefdgFDGOUSMm"}:
    register(_dtype, Record("dtype", lambda v: (v.str,), arrays.parse_dtype))
