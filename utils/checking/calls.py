"""How a check calls a student's function: with copies of the arguments, recording each call.

The function gets copies because it might change its arguments, and with them the values that the
check compares with: one that empties its inputs could be "right" about nothing. A check that is
about just that, whether the arguments are left alone, hands over the arguments themselves.

A function in another process (``RemoteFunction``) works on copies in any case, and its calls are
recorded by the code that forwards them.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np


class RemoteFunction:
    """A stand-in for a function of the student that runs in another process.

    No function of the student can be an instance of this class: where it is used, the student's
    code runs only in the other process.
    """

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function. Arguments that it changes in place are changed here too."""
        raise NotImplementedError

    def call_on_copies(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call the function. The arguments here stay as they are, whatever it does to them."""
        raise NotImplementedError

    def call_as_checked(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call the function, on copies, as it was when its own test cell checked it."""
        raise NotImplementedError

    def mentions(self, name: str) -> bool:
        """Tell whether its code, or that of a function it refers to, has this name in it."""
        raise NotImplementedError


@dataclass
class Call:
    """One call of a student's function.

    Attributes:
        function: The function's name.
        before: Positional and keyword arguments before the call.
        after: The same arguments after the call.
        answer: What the function returned, copied right after the call.
        error: The exception that it raised, if any.
        random_state: NumPy's legacy random state before the call.
    """

    function: str
    before: tuple[tuple[Any, ...], dict[str, Any]]
    after: tuple[tuple[Any, ...], dict[str, Any]]
    answer: Any = None
    error: BaseException | None = None
    random_state: Any = None


class RecordedFunction:
    """What replaces a student's function while a check runs: it calls it and records the call.

    When one function of the student calls another, the inner call is neither recorded nor given
    copies: the code runs as it does outside of a check.

    Args:
        name: What the exercise calls the function.
        function: The function itself.
        calls: The list to which each call is appended.
        copies: Whether the function gets copies of its arguments.
    """

    _running: ClassVar[bool] = False

    def __init__(
        self, name: str, function: Callable[..., Any], calls: list[Call], *, copies: bool
    ) -> None:
        self._name = self.__name__ = name
        self._function = function
        self._calls = calls
        self._copies = copies

    @property
    def function(self) -> Callable[..., Any]:
        """The student's own function."""
        return self._function

    def as_checked(self, *args: Any, **keywords: Any) -> Any:
        """Call the function as it was when its own test cell checked it.

        Only where the student's code runs in another process is that told from the function as it
        is now.
        """
        if isinstance(self._function, RemoteFunction):
            return self._function.call_as_checked(args, keywords)
        return self(*args, **keywords)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function."""
        function = self._function
        if isinstance(function, RemoteFunction):
            if self._copies:
                return function.call_on_copies(args, keywords)
            return function(*args, **keywords)
        if RecordedFunction._running:
            return function(*args, **keywords)
        arguments = (args, keywords)
        before = deep_copy(arguments)
        passed = deep_copy(arguments) if self._copies else arguments
        call = Call(self._name, before, passed, random_state=np.random.get_state())
        self._calls.append(call)
        RecordedFunction._running = True
        try:
            result = function(*passed[0], **passed[1])
        except BaseException as error:
            call.error = error
            call.after = deep_copy(passed)
            raise
        finally:
            RecordedFunction._running = False
        call.answer, call.after = deep_copy((result, passed))
        return result


_NOT_STORED = object()


@contextlib.contextmanager
def recording(
    namespace: dict[str, Any], functions: Iterable[str], calls: list[Call], *, copies: bool
) -> Iterator[None]:
    """While the context lasts, replace functions by ones that record each call.

    Args:
        namespace: The names that a check can use, with the student's functions among them. Names
            that are missing, or hold no function, are left alone.
        functions: The names of the functions.
        calls: The list to which each call is appended.
        copies: Whether the functions get copies of their arguments.
    """
    originals: dict[str, Any] = {}
    for name in functions:
        try:
            function = namespace[name]
        except (KeyError, NameError):
            continue  # a check that calls it will say so
        if callable(function):
            # dict's own method: the engine's namespace also finds names outside the dict
            stored = dict.__contains__(namespace, name)
            originals[name] = function if stored else _NOT_STORED
            namespace[name] = RecordedFunction(name, function, calls, copies=copies)
    try:
        yield
    finally:
        for name, function in originals.items():
            if function is _NOT_STORED:
                del namespace[name]
            else:
                namespace[name] = function


def deep_copy(value: Any) -> Any:
    """Return a deep copy, or the value itself if it cannot be copied (a student's object, say)."""
    try:
        return _copy(value, {})
    except Exception:  # noqa: BLE001  a student's object may raise anything
        return value


_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    """Do what ``copy.deepcopy`` does, in a fraction of the time for the types of the exercises.

    ``memo`` maps the id of each object copied so far to its copy and to the object itself, which
    is kept so that no other object can get its id.
    """
    type_ = type(value)
    if type_ in _ATOMS:
        return value
    if id(value) in memo:
        return memo[id(value)][0]
    copied: Any
    if type_ is np.ndarray and value.dtype != object:
        copied = value.copy(order="K")
    elif type_ is list:
        copied = []
        memo[id(value)] = copied, value
        copied.extend([_copy(part, memo) for part in value])
        return copied
    elif type_ is dict:
        copied = {}
        memo[id(value)] = copied, value
        for key, part in value.items():
            copied[key] = _copy(part, memo)
        return copied
    elif type_ is tuple:
        copied = tuple([_copy(part, memo) for part in value])
    else:
        copied = copy.deepcopy(value)
    memo[id(value)] = copied, value
    return copied
