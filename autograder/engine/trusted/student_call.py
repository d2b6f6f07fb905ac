"""What is remembered of each call, so that a wrong answer can be named afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.engine.protocol import wire
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.errors import StudentError


@dataclass
class StudentCall:
    """One call of a student's function.

    Kept as it went over the wire: neither the function nor the test cell can change it later, and
    nothing is built that nobody asks for. For objects that stayed with the student there is text.

    Attributes:
        function: Its name.
        question: The packed arguments as they were before the call.
        random_state: numpy's legacy state before the call.
        answer: The packed result; None, if the call gave none or more than is kept.
        changed: What the function left in arguments that it changed: packed, by the number of
            the argument on the wire.
        error: Why it gave none, or what it raised.
    """

    function: str
    question: bytes
    random_state: RandomState | None
    answer: bytes | None = None
    changed: bytes | None = None
    error: StudentError | None = None

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments, as they were before the call."""
        args, keywords = wire.Decoder(resolve=_in_words).build(wire.unpack(self.question))
        return args, keywords

    def result(self) -> Any:
        """What the call returned.

        Raises:
            LookupError: If it returned nothing, because it raised or was stopped.
        """
        return self.outcome()[0]

    def arguments_after(self) -> Any:
        """Positional and keyword arguments, as the function left them.

        Raises:
            LookupError: If that is not known, because the call has no result.
        """
        return self.outcome()[1]

    def outcome(self) -> tuple[Any, Any]:
        """The result and the arguments afterwards: they may share parts.

        Raises:
            LookupError: If the call has no result.
        """
        if self.answer is None or self.changed is None or self.error is not None:
            raise LookupError(f"the call of {self.function} has no result")
        decoder, arguments = self._decoder()
        result = decoder.build(wire.unpack(self.answer))
        for number, content in wire.unpack(self.changed):
            decoder.update(number, content)
        return result, arguments

    def _decoder(self) -> tuple[wire.Decoder, Any]:
        """A decoder that knows the call's arguments by number, and they."""
        decoder = wire.Decoder(resolve=_in_words)
        # The child met the request's mutables in this order: these, then the random state's.
        arguments = decoder.build(wire.unpack(self.question))
        if self.random_state is not None:
            decoder.mutables.append(self.random_state[1])
        return decoder, arguments


def _in_words(handle: wire.Handle) -> str:
    """What stands for an object that stayed with the student: the same object, the same words."""
    return f"<object {handle.number}>"
