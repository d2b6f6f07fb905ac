"""How a check calls a student's function: with copies of its inputs, and remembering each call.

With copies, since a function that changes its inputs would otherwise change what the check
compares with: one that empties them could be "right" about nothing. A check that is about just
that, whether the inputs are left alone, asks for the inputs themselves.

A function that runs in another process (``RemoteFunction``) gets copies in any case, and whoever
passes its calls on remembers them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np


class RemoteFunction:
    """A function in another process: what stands for it here.

    By its type it is known, which no student's function can have: where there are such functions,
    the student's are all at the other end.
    """

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call it."""
        raise NotImplementedError

    def apart(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call it; what it does to its arguments over there is not done to these."""
        raise NotImplementedError


@dataclass
class Call:
    """One call of a student's function.

    Attributes:
        function: Its name.
        before: Positional and keyword arguments as they were before the call.
        after: The same, as the function left them.
        answer: What it returned, as it was at once after the call.
        error: What it raised, if anything.
        random_state: numpy's legacy random state before the call.
    """

    function: str
    before: tuple[tuple[Any, ...], dict[str, Any]]
    after: tuple[tuple[Any, ...], dict[str, Any]]
    answer: Any = None
    error: BaseException | None = None
    random_state: Any = None


class RecordedFunction:
    """A student's function as a check sees it.

    Where one function of the student calls another, that is their own affair: it is neither
    remembered nor handed copies, just as when the check is not looking.

    Args:
        name: What the exercise calls it.
        function: The function itself.
        calls: Where each call is remembered.
        copies: Whether the function gets copies of its inputs.
    """

    _running: ClassVar[bool] = False

    def __init__(
        self, name: str, function: Callable[..., Any], calls: list[Call], *, copies: bool
    ) -> None:
        self._name = self.__name__ = name
        self._function = function
        self._calls = calls
        self._copies = copies

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function."""
        function = self._function
        if isinstance(function, RemoteFunction):
            return function.apart(args, keywords) if self._copies else function(*args, **keywords)
        if RecordedFunction._running:
            return function(*args, **keywords)
        given = (args, keywords)
        before = deep_copy(given)
        handed = deep_copy(given) if self._copies else given
        call = Call(self._name, before, handed, random_state=np.random.get_state())
        self._calls.append(call)
        RecordedFunction._running = True
        try:
            result = function(*handed[0], **handed[1])
        except BaseException as error:
            call.error = error
            call.after = deep_copy(handed)
            raise
        finally:
            RecordedFunction._running = False
        call.answer, call.after = deep_copy((result, handed))
        return result


def deep_copy(value: Any) -> Any:
    """A deep copy; what cannot be copied (an object of the student's own, say) stays itself."""
    try:
        return _copy(value, {})
    except Exception:  # noqa: BLE001  a student's object may raise anything
        return value


def _copy(value: Any, done: dict[int, Any]) -> Any:
    """What ``copy.deepcopy`` does, in a fraction of the time for what exercises are made of."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if id(value) in done:
        return done[id(value)][0]
    made: Any
    if kind is np.ndarray and value.dtype != object:
        made = value.copy(order="K")
    elif kind is list:
        made = []
        done[id(value)] = made, value
        made.extend([_copy(part, done) for part in value])
        return made
    elif kind is dict:
        made = {}
        done[id(value)] = made, value
        for key, part in value.items():
            made[key] = _copy(part, done)
        return made
    elif kind is tuple:
        made = tuple([_copy(part, done) for part in value])
    else:
        made = copy.deepcopy(value)
    done[id(value)] = made, value  # (the original, too: an id is only its own while it lives)
    return made


_LEAVES = frozenset({type(None), bool, int, float, complex, str, bytes})
