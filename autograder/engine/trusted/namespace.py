"""The globals of test cells: names that the instructor did not define are the student's."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

_MISSING = object()
_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, np.generic)


class StudentGlobals(Protocol):
    """The globals in the student's process."""

    def fetch(self, name: str) -> object:
        """The value of ``name``; raises KeyError if there is none."""
        ...

    def names(self) -> list[str]:
        """All names."""
        ...

    def delete(self, name: str) -> None:
        """Delete ``name``."""
        ...


class Namespace(dict[str, Any]):
    """Globals that look up missing names with the student.

    Python looks a global up here before it looks in the builtins, so the builtins are left to it:
    they are the trusted ones, whatever the student has called ``sum``.

    Args:
        student: Gives the student's globals.
    """

    def __init__(self, student: StudentGlobals) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self._student = student
        self._assigned: dict[str, None] = {}
        self._shared: set[str] = set()
        self._fetched: dict[str, object] = {}
        self._failed: dict[str, Exception] = {}

    def begin_cell(self) -> None:
        """Forget what was fetched: the student's cells may have changed it since."""
        self._fetched.clear()

    def release(self, names: Iterable[str]) -> None:
        """Leave names to the student, whatever they have meant so far."""
        for name in names:
            self.pop(name, None)
            self._failed.pop(name, None)

    def fail(self, names: Iterable[str], error: Exception) -> None:
        """Let names have no value, because what computes it raised an error."""
        for name in names:
            self.pop(name, None)
            self._failed[name] = error

    def __setitem__(self, name: str, value: object) -> None:
        self._failed.pop(name, None)
        self._assigned[name] = None
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        """Delete a name; the student's, if it is the student's."""
        if dict.__contains__(self, name):
            self._assigned.pop(name, None)
            super().__delitem__(name)
            if name not in self._shared:
                return
        else:
            self[name]  # raises KeyError if there is none
        self._shared.discard(name)
        self._fetched.pop(name, None)
        self._student.delete(name)

    def take_assigned(self) -> list[str]:
        """The names that were set since this was called before."""
        names = list(self._assigned)
        self._assigned.clear()
        return names

    def note_shared(self, name: str) -> None:
        """Note that the student's process has the value of a name, too."""
        self._shared.add(name)

    def __missing__(self, name: str) -> object:
        if name in self._fetched:
            return self._fetched[name]
        if name in self._failed:
            raise self._failed[name]
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        value = self._student.fetch(name)
        if not isinstance(value, _IMMUTABLE):  # so that a list keeps what the cell changes in it
            self._fetched[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return self.get(name, _MISSING) is not _MISSING

    def keys(self) -> Any:
        """All names, the student's too: for ``dir()`` and ``globals().keys()``."""
        return dict.fromkeys([*super().keys(), *self._student.names()]).keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def get(self, name: Any, default: Any = None) -> Any:
        """The value of ``name``, if need be the student's: for ``globals().get``."""
        try:
            return self[name]
        except KeyError:
            return default
