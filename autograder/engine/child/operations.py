"""What a test may do with an object that stays here, besides calling it."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import operator
from collections.abc import Callable
from typing import Any

_BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"),
    *("lshift", "rshift", "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow"),
    *("imatmul", "iand", "ior", "ixor"),
)
_UNARY = ("neg", "pos", "invert", "abs", "index")


def _next(iterator: Any) -> tuple[bool, Any]:
    """Whether there is another item, and the item."""
    for item in iterator:
        return True, item
    return False, None


def _fields(value: Any) -> tuple[Any, ...] | None:
    """What a data class or a member of an enumeration is equal by; None for anything else."""
    kind = type(value)
    if isinstance(value, enum.Enum):
        return ("enum", value.name)
    if dataclasses.is_dataclass(value) and kind.__dataclass_params__.eq:
        return (
            "data",
            *(getattr(value, one.name) for one in dataclasses.fields(kind) if one.compare),
        )
    return None


def _exit(manager: Any) -> Any:
    return type(manager).__exit__(manager, None, None, None)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "len": len,
    "iter": iter,
    "next": _next,
    "str": str,
    "repr": repr,
    "format": format,
    "dir": dir,
    "float": float,
    "int": int,
    "complex": complex,
    "round": round,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "fields": _fields,
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": _exit,
    **{name: getattr(operator, name) for name in (*_BINARY, *_UNARY)},
}


def find_by_name(name: str, namespace: dict[str, Any]) -> Any:
    """A function, class or module of a library, or of the notebook itself, by its name."""
    module, _, path = name.partition(":")
    if module == "__main__":
        return namespace[path]
    found: Any = importlib.import_module(module)
    for part in filter(None, path.split(".")):
        found = getattr(found, part)
    return found
