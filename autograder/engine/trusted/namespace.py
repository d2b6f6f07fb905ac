"""The globals of a test cell: names that it does not define are the student's."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

_MISSING = object()
_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, np.generic)


class Namespace(dict[str, Any]):
    """Globals that look up missing names with the student.

    Python looks a global up here before it looks in the builtins, so the builtins are left to it:
    they are the trusted ones, whatever the student has called ``sum``.

    Args:
        fetch: Gives the student's global of a name; raises KeyError if there is none.
    """

    def __init__(self, fetch: Callable[[str], object]) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self._fetch = fetch
        self._fetched: dict[str, object] = {}

    def __missing__(self, name: str) -> object:
        if name in self._fetched:
            return self._fetched[name]
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        value = self._fetch(name)
        if not isinstance(value, _IMMUTABLE):  # so that a list keeps what the cell changes in it
            self._fetched[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return self.get(name, _MISSING) is not _MISSING

    def get(self, name: Any, default: Any = None) -> Any:
        """The value of ``name``, if need be the student's: for ``globals().get``."""
        try:
            return self[name]
        except KeyError:
            return default
