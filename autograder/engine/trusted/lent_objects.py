"""What a test passes to student code without being data: its own functions, classes and objects.

They stay in this process. Student code that calls one asks a question, and gets plain data. What
can be asked is what the test's own class offers: never an attribute with an underscore, and nothing
of a library's object, through which all of this process could be reached. What belongs to a library
itself is passed by its name, and the student's process imports it.
"""

from __future__ import annotations

import builtins
import operator
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from autograder.engine.protocol import wire

_OWN = "__main__"
_NAMED = (type, FunctionType, BuiltinFunctionType, np.ufunc, ModuleType)
# What is asked of an object with items; its class must define it.
_ITEMS: dict[str, tuple[str, Callable[..., Any]]] = {
    "getitem": ("__getitem__", operator.getitem),
    "setitem": ("__setitem__", operator.setitem),
    "contains": ("__contains__", operator.contains),
    "len": ("__len__", len),
}
_FIRST = wire.BY_NAME - 1


class LentObjects:
    """The functions and objects of the tests that student code has got."""

    def __init__(self) -> None:
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}

    def lend(self, value: object) -> wire.Handle | None:
        """The handle to send in place of a value; None if it cannot be lent."""
        name = _name_in_library(value)
        if name:
            return wire.Handle(wire.BY_NAME, name, callable(value))
        if isinstance(value, type):
            if value.__module__ != _OWN:
                return None
        elif not (_is_own(value) or callable(value)):
            return None
        number = self._numbers.get(id(value))
        if number is None:
            self._objects.append(value)
            number = self._numbers[id(value)] = _FIRST - (len(self._objects) - 1)
        shown = getattr(value, "__name__", type(value).__name__)
        return wire.Handle(number, str(shown), callable(value))

    def find(self, number: int) -> object:
        """The object that was lent under a number.

        Raises:
            wire.WireError: If there is none.
        """
        place = _FIRST - number
        if not 0 <= place < len(self._objects):
            raise wire.WireError("a handle of nothing")
        return self._objects[place]

    def use(self, number: int, what: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Do what student code asks of a lent object.

        Raises:
            wire.WireError: If honest code cannot ask that.
            Exception: What the object itself raises.
        """
        value: Any = self.find(number)
        if what == "call" and callable(value):
            return value(*args, **keywords)
        if not _is_own(value):
            raise AttributeError(f"{type(value).__name__} of the test has no such attribute here")
        if what in ("getattr", "setattr"):
            name, *rest = args
            if type(name) is not str or name.startswith("_"):
                raise AttributeError("an attribute with an underscore stays with the test")
            return getattr(value, name) if what == "getattr" else setattr(value, name, *rest)
        method, function = _ITEMS.get(what, ("", None))
        if function is None or not hasattr(type(value), method):
            raise TypeError(f"{type(value).__name__} of the test cannot do that")
        return function(value, *args)


def _is_own(value: object) -> bool:
    """Whether a value is an instance of a class that a cell of the instructor's defines."""
    kind = type(value)
    return getattr(kind, "__module__", "") == _OWN and not isinstance(value, type)


def _name_in_library(value: object) -> str:
    """``module:name`` under which the student's process finds the same; empty if there is none."""
    if isinstance(value, ModuleType):
        return f"{value.__name__}:" if _is_library(value.__name__) else ""
    if not isinstance(value, _NAMED):
        return ""
    module = getattr(value, "__module__", None) or ("numpy" if isinstance(value, np.ufunc) else "")
    path = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    if type(module) is not str or type(path) is not str or not _is_library(module):
        return ""
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return f"{module}:{path}" if found is value else ""


def _is_library(module: str) -> bool:
    """Whether a module is one that both processes load from the same files."""
    top = module.partition(".")[0]
    if top in ("autograder", _OWN):
        return False
    file = getattr(sys.modules.get(top), "__file__", None)
    roots = (sys.prefix, sys.base_prefix, *_PACKAGES)
    return top == builtins.__name__ or file is None or str(file).startswith(roots)


_PACKAGES = tuple(path for path in sys.path if path.endswith("-packages"))
