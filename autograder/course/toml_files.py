"""Read a TOML file into a typed record; whatever is wrong with it is one sentence.

msgspec compares the file with the record, strictly: no value is turned into another type, and no
key is ignored. The sentence names the file, the entry and the field, as in
``assignments/x/mistakes.toml, mistake 'zeros': unknown key 'messages'. Did you mean 'message'?``
"""

from __future__ import annotations

import difflib
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec import inspect

from autograder.errors import CourseError

Record = TypeVar("Record")

# As msgspec writes where an error is: `$.mistake[3].replace[0]`, `$.answers[...]`.
_PATH_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING_KEY = re.compile(r"Object missing required field `(.*)`")
_MAX_SHOWN = 40  # characters of a value

Step = str | int


def read_toml(path: Path, record: type[Record], root: Path, **fields: object) -> Record:
    """The record that a TOML file holds.

    Args:
        path: The file.
        record: A ``msgspec.Struct``.
        root: The course folder; sentences name the file as it is called from there.
        fields: Fields of the record that are not the file's to set.

    Raises:
        CourseError: If the file cannot be read, is not TOML, or does not fit the record.
    """
    name = shown_path(path, root)
    data = _parse(path, name)
    for key in fields.keys() & data.keys():
        _refuse(name, data, (), _unknown_key(record, (), key, fields))
    try:
        return msgspec.convert({**data, **fields}, record)
    except msgspec.ValidationError as error:
        message, steps = _located(error, {**data, **fields}, record)
        _refuse(name, data, steps, _problem(message, steps, data, record, fields))


def shown_path(path: Path, root: Path) -> str:
    """What a sentence calls a file: its path in the course, which is the same in a worker."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def suggestion(name: str, known: Sequence[str], otherwise: str = "") -> str:
    """The end of a sentence on an unknown name: which known name may be meant."""
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else otherwise


def _parse(path: Path, name: str) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        return tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise CourseError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CourseError(f"{name} is not UTF-8 text: line {line}. Save it as UTF-8.") from error
    except ValueError as error:  # also of a number with too many digits
        raise CourseError(f"{name} is not valid TOML: {error}. Fix that line.") from error
    except RecursionError as error:
        raise CourseError(f"{name} is not valid TOML: it is nested too deeply.") from error


def _refuse(name: str, data: dict[str, Any], steps: Sequence[Step], problem: str) -> NoReturn:
    entry = _entry(data, steps)
    raise CourseError(f"{name}{f', {entry}' if entry else ''}: {problem}") from None


def _entry(data: dict[str, Any], steps: Sequence[Step]) -> str:
    """What a sentence calls the entry of an array of tables that an error is in."""
    if len(steps) < 2 or not isinstance(steps[1], int):
        return ""
    entry = _value_at(data, steps[:2])
    if not isinstance(entry, dict):
        return ""
    number = f"number {steps[1] + 1}"
    identifier = entry.get("id")
    return f"{steps[0]} {repr(identifier) if isinstance(identifier, str) else number}"


def _located(
    error: msgspec.ValidationError, data: dict[str, Any], record: type[Any]
) -> tuple[str, list[Step]]:
    """The message of an error, and the keys and indices that lead to where it is."""
    message, _, path = str(error).rpartition(" - at `$")
    if not message:
        return str(error), []
    steps: list[Step] = []
    for key, index in _PATH_STEP.findall(path):
        if index == "...":  # msgspec does not say at which key of a table
            steps.append(_faulty_key(error, data, steps, record))
        else:
            steps.append(key or int(index))
    try:
        _value_at(data, steps)
    except (LookupError, TypeError):  # an unknown key that looks like a path
        return str(error), []
    return message, steps


def _faulty_key(
    error: msgspec.ValidationError, data: dict[str, Any], steps: Sequence[Step], record: type[Any]
) -> str:
    """The key of a table whose value gives the error: with it alone the error is the same."""
    table = _value_at(data, steps)
    entries: dict[str, Any] = dict(table)
    try:
        for key, value in entries.items():
            table.clear()
            table[key] = value
            try:
                msgspec.convert(data, record)
            except msgspec.ValidationError as again:
                if str(again) == str(error):
                    return key
    finally:
        table.clear()
        table.update(entries)
    raise error


def _problem(
    message: str,
    steps: Sequence[Step],
    data: dict[str, Any],
    record: type[Any],
    fields: dict[str, object],
) -> str:
    """What is wrong, in a sentence without the file and the entry."""
    if match := _UNKNOWN_KEY.fullmatch(message):
        return _unknown_key(record, steps, match[1], fields)
    if match := _MISSING_KEY.fullmatch(message):
        return f"{_field([*steps, match[1]])!r} is missing."
    if message.startswith(("Expected", "Invalid")):
        expected = _expectation(_type_at(record, steps))
        found = _description(_value_at(data, steps))
        return f"{_field(steps)!r} must be {expected}, not {found}."
    if message == "Number out of range":
        return "a number is too large."  # msgspec does not say which
    return message  # a record's own, from its __post_init__


def _unknown_key(
    record: type[Any], steps: Sequence[Step], key: str, fields: dict[str, object]
) -> str:
    kind = _type_at(record, steps)
    assert isinstance(kind, inspect.StructType)
    names = [member.encode_name for member in kind.fields if member.encode_name not in fields]
    unknown, *known = (_field([*steps, name]) for name in (key, *names))
    hint = suggestion(unknown, known, f" Known keys are {', '.join(known)}.")
    return f"unknown key {unknown!r}.{hint}"


def _field(steps: Sequence[Step]) -> str:
    """A field as TOML writes it; in an array of tables, from the entry on."""
    if len(steps) > 2 and isinstance(steps[1], int) and isinstance(steps[2], str):
        steps = steps[2:]
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps]
    return "".join(parts).removeprefix(".")


def _value_at(data: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        data = data[step]
    return data


def _type_at(record: type[Any], steps: Sequence[Step]) -> inspect.Type:
    """What the record wants at a place of the file."""
    kind = _only(inspect.type_info(record))
    for step in steps:
        match kind:
            case inspect.StructType(fields=members):
                kind = next(member.type for member in members if member.encode_name == step)
            case inspect.DictType(value_type=inner):
                kind = inner
            case inspect.TupleType(item_types=items):
                kind = items[int(step)]
            case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
                kind = inner
        kind = _only(kind)
    return kind


def _only(kind: inspect.Type) -> inspect.Type:
    """A type without the None that an absent field has: TOML has no null."""
    if isinstance(kind, inspect.UnionType):
        return next(one for one in kind.types if not isinstance(one, inspect.NoneType))
    return kind


def _expectation(kind: inspect.Type) -> str:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            return noun + _bounds(kind)
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(sorted(map(repr, values)))}"
        case inspect.StrType(min_length=least):
            return "text that is not empty" if least else "text"
        case inspect.TupleType(item_types=items):
            return f"an array of {len(items)} values"
        case inspect.ListType(min_length=least) | inspect.VarTupleType(min_length=least):
            return "an array that is not empty" if least else "an array"
    return "a table"


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.gt is not None:
        low = f" above {kind.gt:g}"
    elif kind.ge is not None:
        low = f" of at least {kind.ge:g}"
    else:
        low = ""
    high = f" and at most {kind.le}" if kind.le not in {None, sys.float_info.max} else ""
    return low + high


def _description(value: Any) -> str:
    """A value of a TOML file, in few words."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return _shortened(str(value))
        case str():
            return f"the text {_shortened(value)!r}"
        case list():
            return f"an array of {len(value)}" if value else "an empty array"
        case dict():
            return "a table"
    return f"the date {value}"


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
