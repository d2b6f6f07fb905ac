"""A call of a student's function as it is asked for; the answer refers to its parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from autograder.engine.protocol import wire
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.errors import EngineError
from autograder.engine.trusted.student_objects import StudentFunction
from utils.checking.calls import deep_copy

Arguments = tuple[tuple[object, ...], dict[str, object]]


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What a call was made with, as the answer refers to it.

    Attributes:
        function: What was called.
        arguments: Positional and keyword arguments.
        state: numpy's random state, which went with them.
        mutables: The parts that the other end knows by number.
        copies: Whether the function got copies: the answer's references are to parts of those.
    """

    function: StudentFunction
    arguments: Arguments
    state: RandomState | None
    mutables: list[wire.Mutable]
    copies: bool

    def with_copies(self) -> Self:
        """The same request with copies of the arguments, which few answers need."""

        def to_handle(value: Any) -> wire.Handle:
            return value.handle  # type: ignore[no-any-return]  # it crossed before

        arguments = deep_copy(self.arguments)
        encoder = wire.Encoder(to_handle=to_handle)
        encoder.encode(request_values(self.function, arguments, self.state))
        return replace(self, arguments=arguments, mutables=encoder.mutables)


def request_values(
    function: StudentFunction, arguments: Arguments, state: RandomState | None
) -> tuple[object, ...]:
    """What crosses of a call."""
    return (function.name or function, *arguments, state)


def cannot_cross(value: object) -> EngineError:
    """The error for an argument that no check may pass."""
    return EngineError(
        f"The test cell passes a {type(value).__name__} to a student's function. Only plain values "
        "(numbers, text, lists, tuples, dicts, arrays) and the student's own objects can be passed."
    )
