"""Whether a function refers to a name: itself, or in a function that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    waiting, seen = [function], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        for found in _names(current.__code__):
            value = current.__globals__.get(found)
            if name in (found, getattr(value, "__name__", "")):
                return True
            if isinstance(value, FunctionType) and value.__globals__ is current.__globals__:
                waiting.append(value)
    return False


def _names(code: CodeType) -> Iterator[str]:
    """The global names of a function, with those of functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
