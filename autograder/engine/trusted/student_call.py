"""The record of one call of a student's function, from which a mistake is diagnosed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.engine.protocol import wire
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.errors import StudentError


@dataclass
class StudentCall:
    """One call of a student's function.

    Kept as it crossed the wire: neither the function nor the test cell can change it later, and
    values are only built when they are needed. In place of an object that stayed in the student's
    process they hold a text.

    Attributes:
        function: Its name.
        question: The packed arguments as they were before the call.
        random_state: numpy's legacy state before the call.
        answer: The packed result; None if the call gave none or more than is kept.
        changed: The new content of arguments that the function changed, packed, by their numbers
            on the wire; None like ``answer``.
        error: Why it gave no result, or what it raised.
    """

    function: str
    question: bytes
    random_state: RandomState | None
    answer: bytes | None = None
    changed: bytes | None = None
    error: StudentError | None = None

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments, as they were before the call."""
        args, keywords = wire.Decoder(from_handle=_placeholder).decode(wire.unpack(self.question))
        return args, keywords

    def outcome(self) -> tuple[Any, Any]:
        """The result, and positional and keyword arguments afterwards; they may share parts.

        Raises:
            LookupError: If the call has no result, because it raised or was stopped.
        """
        if self.answer is None or self.changed is None or self.error is not None:
            raise LookupError(f"the call of {self.function} has no result")
        decoder = wire.Decoder(from_handle=_placeholder)
        # The child met the mutable values of a request in this order: arguments, random state.
        arguments = decoder.decode(wire.unpack(self.question))
        if self.random_state is not None:
            decoder.mutables.append(self.random_state[1])
        result = decoder.decode(wire.unpack(self.answer))
        for number, content in wire.unpack(self.changed):
            decoder.update(number, content)
        return result, arguments


def _placeholder(handle: wire.Handle) -> str:
    """A text in place of an object in the student's process; equal for the same object."""
    return f"<object {handle.number}>"
