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
    """Calls a student's function in the student's process; what ``Examiner.call`` does."""

    def __call__(
        self,
        function: StudentFunction,
        args: tuple[object, ...],
        keywords: dict[str, object],
        *,
        copies: bool = False,
    ) -> object:
        """Call it."""
        ...


class StudentFunction(RemoteFunction):
    """A function, or anything else that can be called, in the student's process.

    Args:
        call: Calls it there.
        handle: Its number and type in its child.
        generation: Which child that is.
        name: The student's global that it was found under; empty if a call returned it.
        show_outputs: Shows what it prints and displays.
        cells: The text of the student's cells.
    """

    def __init__(
        self,
        call: Caller,
        handle: wire.Handle,
        generation: int,
        name: str,
        show_outputs: ShowOutputs,
        cells: Sequence[str] = (),
    ) -> None:
        self._call = call
        self.handle = handle
        self.generation = generation
        self.name = name
        self.show_outputs = show_outputs
        self._cells = cells
        self.__name__ = self.__qualname__ = name or clean_line(handle.type_name)

    def __call__(self, *args: object, **keywords: object) -> object:
        """Call it in the student's process."""
        return self._call(self, args, keywords)

    def call_on_copies(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> object:
        """Call it in the student's process with copies, so that these arguments stay unchanged."""
        return self._call(self, args, keywords, copies=True)

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
        generation: Which child that is.
    """

    __hash__ = None  # type: ignore[assignment]  # it equals nothing, not even itself

    def __init__(self, handle: wire.Handle, generation: int) -> None:
        self.handle = handle
        self.generation = generation

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
