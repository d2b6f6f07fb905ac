"""What a test cell has in place of functions and objects that stay in the student's process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

from autograder.engine.protocol import wire
from autograder.engine.trusted.mentioned_names import mentions
from autograder.engine.trusted.sanitizer import clean_line
from autograder.engine.trusted.test_cell import ShowOutputs
from utils.checking.calls import RemoteFunction


class Caller(Protocol):
    """Calls a student's functions in the student's process; an ``Examiner``."""

    def call(
        self,
        function: StudentFunction,
        args: tuple[object, ...],
        keywords: dict[str, object],
        *,
        copies: bool = False,
    ) -> object:
        """Call a function as it is now."""
        ...

    def call_as_checked(
        self, name: str, args: tuple[object, ...], keywords: dict[str, object]
    ) -> object:
        """Call a function as it was when it was itself checked."""
        ...


class StudentFunction(RemoteFunction):
    """A function, or anything else that can be called, in the student's process.

    Args:
        caller: Calls it there.
        handle: Its number and type in its child.
        process: Which child that is.
        name: The student's global that it was found under; empty if a call returned it.
        show_outputs: Shows what it prints and displays.
        cells: The text of the student's cells.
    """

    def __init__(
        self,
        caller: Caller,
        handle: wire.Handle,
        process: int,
        name: str,
        show_outputs: ShowOutputs,
        cells: Sequence[str] = (),
    ) -> None:
        self._caller = caller
        self.handle = handle
        self.process = process
        self.name = name
        self.show_outputs = show_outputs
        self._cells = cells
        self.__name__ = self.__qualname__ = name or clean_line(handle.type_name)

    def __call__(self, *args: object, **keywords: object) -> object:
        """Call it in the student's process."""
        return self._caller.call(self, args, keywords)

    def call_on_copies(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> object:
        """Call it in the student's process with copies, so that these arguments stay unchanged."""
        return self._caller.call(self, args, keywords, copies=True)

    def call_as_checked(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> object:
        """Call it, with copies, as it was when it was itself checked."""
        return self._caller.call_as_checked(self.name, args, keywords)

    def mentions(self, name: str) -> bool:
        """Tell whether its code, or that of a function it refers to, has this name in it."""
        return mentions(self._cells, self.name, name)

    def __deepcopy__(self, _: object) -> Self:
        return self  # the function itself stays in the student's process

    def __repr__(self) -> str:
        return f"<the notebook's {self.__name__}>"


class OpaqueObject:
    """An object in the student's process that is not plain data. It can only be passed back.

    Args:
        handle: Its number and type in its child.
        process: Which child that is.
    """

    __hash__ = None  # type: ignore[assignment]  # it equals nothing, not even itself

    def __init__(self, handle: wire.Handle, process: int) -> None:
        self.handle = handle
        self.process = process

    @property
    def type_name(self) -> str:
        """What the student's process says its type is."""
        return clean_line(self.handle.type_name)

    def __eq__(self, other: object) -> bool:
        return False

    def __deepcopy__(self, _: object) -> Self:
        return self  # the object itself stays in the student's process

    def __array__(self, *_: object, **__: object) -> Any:
        raise TypeError(f"{self!r} is not an array")

    def __repr__(self) -> str:
        return f"<an object of type {self.type_name}>"
