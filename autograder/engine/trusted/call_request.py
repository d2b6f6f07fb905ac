"""The records of one request to the student's process, and the errors of what is not requested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted.errors import CannotAskError, StudentError
from autograder.models import Verdict
from utils.checking.calls import deep_copy
from utils.messages import get_message

Arguments = tuple[tuple[object, ...], dict[str, object]]


class AskingCell(Protocol):
    """What runs test cells, as the calls that they make see it; what ``Examiner`` is."""

    def show(self, outputs: list[Output]) -> None:
        """Show what student code printed and displayed."""
        ...

    def find_class(self, name: str) -> type | None:
        """The instructor's own class of a name, if there is one."""
        ...

    def forward_globals(self) -> None:
        """Give the student's process the globals that tests have set and its code reads."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for.

    Attributes:
        target: A student's global, a function, or an operation.
        label: What sentences call it.
        name: The student's global that it belongs to; empty if there is none.
        made_by_test: Whether objects that come back were made by the test, by their class.
    """

    target: object
    label: str
    name: str
    made_by_test: bool = False


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What a call was made with, as the answer refers to it.

    Attributes:
        target: What was called.
        arguments: Positional and keyword arguments.
        state: numpy's random state, which went with them.
        mutables: The parts that the other end knows by number.
        copies: Whether the function got copies: the answer's references are to parts of those.
    """

    target: Target
    arguments: Arguments
    state: random_state.RandomState | None
    mutables: list[wire.Mutable]
    copies: bool

    def with_copies(self, to_handle: Callable[[Any], wire.Handle]) -> Self:
        """The same request with copies of the arguments, which few answers need."""
        arguments = deep_copy(self.arguments)
        encoder = wire.Encoder(to_handle=to_handle)
        encoder.encode((self.target.target, *arguments, self.state))
        return replace(self, arguments=arguments, mutables=encoder.mutables)


def parse_question(decoded: Any) -> tuple[int, str, tuple[Any, ...], dict[str, Any], Any]:
    """The parts of a question: a number, what is asked, arguments, and a random state.

    Raises:
        WireError: If it is none.
    """
    match decoded:
        case (number, what, args, keywords, state) if (
            type(number) is int
            and type(what) is str
            and type(args) is tuple
            and type(keywords) is dict
            and all(type(name) is str for name in keywords)
        ):
            return number, what, args, keywords, state
    raise wire.WireError("a question of another form")


def encode(encoder: wire.Encoder, value: object) -> Any:
    """What crosses of a value.

    Raises:
        StudentError: If it is too large.
    """
    try:
        return encoder.encode(value)
    except wire.TooLargeError as error:
        raise StudentError(
            Verdict.OUTPUT_TOO_LARGE, get_message("arguments_too_large", reason=error)
        ) from None


def refusal(sentence: str) -> StudentError:
    """The error for what a student's object is not asked; a TypeError, too."""
    kind = type("TypeError", (StudentError, TypeError), {})
    return kind(Verdict.WRONG, sentence, ename="TypeError", evalue=sentence)  # type: ignore[no-any-return]


def builtin_name(kind: type) -> str:
    """The name of the builtin exception that an exception is one of."""
    return next((one.__name__ for one in kind.__mro__ if one.__module__ == "builtins"), "Exception")


def cannot_cross(value: object) -> CannotAskError:
    """The error for an argument that is neither data, nor the student's, nor the test's own."""
    return CannotAskError(
        f"The test cell passes a {type(value).__name__} to a student's function. Only plain values "
        "(numbers, text, containers, arrays, frames), the student's own objects, and functions and "
        "objects of classes that the notebook itself defines can be passed."
    )
