"""What student code has in place of functions and objects that stay with the tests.

Each use is a question to the other end, which answers with plain data, and only as far as the
test's own classes allow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Called with a number and what is asked; returns the answer or raises.
Ask = Callable[[int, str, tuple[Any, ...], dict[str, Any]], Any]


class TestObject:
    """An object of a test's."""

    __test__ = False  # not a test class for pytest

    def __init__(self, number: int, name: str, ask: Ask) -> None:
        self.__dict__.update(_number=number, _name=name, _ask=ask)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask(self._number, "getattr", (name,), {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask(self._number, "setattr", (name, value), {})

    def __getitem__(self, key: Any) -> Any:
        return self._ask(self._number, "getitem", (key,), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        self._ask(self._number, "setitem", (key, value), {})

    def __len__(self) -> Any:
        return self._ask(self._number, "len", (), {})

    def __contains__(self, item: Any) -> Any:
        return self._ask(self._number, "contains", (item,), {})

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self._name} of the test>"


class TestFunction(TestObject):
    """A function, class or other callable of a test's."""

    def __init__(self, number: int, name: str, ask: Ask) -> None:
        super().__init__(number, name, ask)
        self.__dict__["__name__"] = name

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call it where it is."""
        return self._ask(self._number, "call", args, keywords)
