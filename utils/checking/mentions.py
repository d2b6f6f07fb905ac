"""Whether a function refers to a name: itself, or in a function that it refers to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from utils.checking.calls import RecordedFunction, RemoteFunction


def mentions(function: Callable[..., Any], name: str) -> bool:
    """Tell whether the code of a function refers to a global name.

    It says nothing about whether that code runs. Where the code cannot be read, the answer is yes.
    """
    if isinstance(function, RecordedFunction):
        function = function.function
    if isinstance(function, RemoteFunction):
        return function.mentions(name)
    if not isinstance(function, FunctionType):
        return True
    namespace = function.__globals__
    waiting: list[Any] = [function]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if getattr(current, "__name__", "") == name or _is_unreadable(current, namespace):
            return True
        if isinstance(current, FunctionType) and name in _names(current.__code__):
            return True
        waiting += _values_in(current, namespace)
    return False


def _values_in(value: Any, namespace: dict[str, Any]) -> Iterator[Any]:
    """What a collection holds; or what the names in a function of the notebook's stand for."""
    if isinstance(value, (list, tuple, set)):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, FunctionType) and value.__globals__ is namespace:
        yield from _values_of_names(value)


def _values_of_names(function: FunctionType) -> Iterator[Any]:
    """Globals, default values, and variables of a function around this one."""
    for found in _names(function.__code__):
        if found in function.__globals__:
            yield function.__globals__[found]
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from inspect.getclosurevars(function).nonlocals.values()


def _is_unreadable(value: Any, namespace: dict[str, Any]) -> bool:
    """Whether it is a class or an object of the notebook's own that can be called."""
    if isinstance(value, FunctionType) or not callable(value):
        return False
    kind = value if isinstance(value, type) else type(value)
    return kind is partial or kind.__module__ == namespace.get("__name__")


def _names(code: CodeType) -> Iterator[str]:
    """The global names of a function, with those of functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
