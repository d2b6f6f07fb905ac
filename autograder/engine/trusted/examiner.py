"""Running test cells against a student who is somewhere else.

A test cell runs here, in the trusted process, with globals of its own. A name that it uses and
does not define is the student's: a function becomes a proxy whose calls cross the trust line as
plain data, a plain value comes over as a copy, anything else as a handle that may be passed back.

Each test cell starts with no names. One that leaned on an import of an earlier test cell would
work for the author, whose cells all ran, and fail a student who runs cells one by one.
"""

from __future__ import annotations

import builtins
import warnings
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import EngineError, StudentError, raised
from autograder.engine.trusted.replies import CallReply, read_call_reply
from autograder.engine.trusted.sanitizer import clean_line
from autograder.engine.trusted.session import Session
from autograder.engine.trusted.student_call import StudentCall
from autograder.engine.trusted.test_cell import ShowOutputs, TestCell
from autograder.models import Verdict
from utils.checking.calls import RemoteFunction, deep_copy

_ABSENT = object()
_ROOM = 64 * 2**20  # bytes of answers that are kept for naming mistakes
_FIXED = (type(None), bool, int, float, complex, str, bytes, np.generic)


class Examiner:
    """Runs the test cells of one submission.

    Args:
        session: The student's side.

    Attributes:
        calls: Every call of a student's function so far, in order.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deadline = Deadline(session.limits)
        self._lines: set[tuple[int, str]] = set()
        self.calls: list[StudentCall] = []
        self._room = _ROOM

    def saw(self, source: str) -> None:
        """Be told the text of a student's cell: where a function stopped must stand in one."""
        self._lines.update((n, line.strip()) for n, line in enumerate(source.split("\n"), 1))

    def run(self, source: str, count: int) -> list[Output]:
        """Run one test cell; its outputs.

        numpy's legacy random state is the student's before the cell and the cell's after it: in
        a notebook there is one stream. This process gets its own back.

        Raises:
            EngineError: If the engine broke, or the cell passes what cannot cross.
        """
        cell = TestCell(source, count)
        ours = random_state.current()
        random_state.restore(self._session.random_state)
        try:
            with self._deadline.watched():
                return cell.run(Namespace(self, cell.replay))
        finally:
            self._session.random_state = random_state.current()
            random_state.restore(ours)

    def fetch(self, name: str, replay: ShowOutputs) -> object:
        """The student's global ``name``.

        Raises:
            KeyError: If there is none.
            StudentError: If the student's process does not say.
        """

        def resolve(handle: wire.Handle) -> object:
            return self._stand_in(handle, name, replay)

        with self._deadline.held():
            found, lowered = self._session.get(name)
            if not found:
                raise KeyError(name)
            try:
                return wire.Decoder(resolve=resolve).build(lowered)
            except wire.WireError as error:
                raise self._session.lied(str(error)) from None

    def call(
        self,
        function: StudentFunction,
        args: tuple[object, ...],
        keywords: dict[str, object],
        *,
        copies: bool = False,
    ) -> object:
        """Call a student's function; what ``StudentFunction`` does.

        Args:
            function: The function.
            args: Positional arguments.
            keywords: Keyword arguments.
            copies: Whether what is done to the arguments over there stays there, as though the
                function had been given copies.

        Raises:
            StudentError: If it raised, or there is no answer.
            EngineError: If an argument cannot cross.
        """
        state = random_state.current()
        request = _request(function, (args, keywords), state)
        objects: list[object] = []

        def as_it_was(value: object) -> wire.Handle:
            if not isinstance(value, StudentFunction | Opaque):
                raise _cannot_cross(value)
            objects.append(value)
            return value.handle

        encoder = wire.Encoder(keep=as_it_was, copies=copies)
        lowered = self._lower(encoder, request)
        tag, _, *arguments, _ = lowered
        call = StudentCall(function.__name__, wire.pack([tag, *arguments]), state)
        self.calls.append(call)

        def payload() -> Any:
            nonlocal encoder, lowered
            if objects:  # which the child may know by other numbers, if it is a new one
                encoder = wire.Encoder(keep=self._pass, copies=copies)
                lowered = self._lower(encoder, request)
            return lowered

        try:
            with self._deadline.held():
                answer = self._session.call(function.__name__, payload)
                asked = _Asked(function, (args, keywords), state, encoder.mutables, copies)
                result, reply = self._read(answer, asked, call)
        except StudentError as error:
            call.error = error
            raise
        return self._conclude(call, result, reply, function)

    def _read(
        self, answer: list[Any], asked: _Asked, call: StudentCall
    ) -> tuple[object, CallReply]:
        function = asked.function

        def resolve(handle: wire.Handle) -> object:
            return self._stand_in(handle, "", function.replay)

        match answer:
            case ["answered", lowered, list(changed), rest]:
                try:
                    call.answer = self._remember(wire.pack(lowered))
                    call.changed = self._remember(wire.pack(changed))
                    decoder = wire.Decoder(asked.mutables, resolve)
                    result = decoder.build(lowered)
                    if asked.copies and (changed or decoder.refers):  # to parts of the copies
                        asked = asked.with_copies()
                        decoder = wire.Decoder(asked.mutables, resolve)
                        result = decoder.build(lowered)
                    for number, content in changed:
                        decoder.update(number, content)
                    if changed:  # what was small before may hold what has grown
                        wire.measure(result, wire.CAPS)
                        wire.measure(asked.arguments, wire.CAPS)
                    return result, read_call_reply(decoder.build(rest), self._session.output_room)
                except (wire.WireError, ValueError, TypeError) as error:
                    raise self._session.lied(str(error)) from None
            case ["too_large", str(reason)]:
                raise StudentError(
                    Verdict.OUTPUT_TOO_LARGE,
                    f"What `{function.__name__}` returned cannot be looked at: {reason[:300]}.",
                )
            case ["failed", str(name)]:
                raise StudentError(
                    Verdict.OUT_OF_MEMORY, f"`{function.__name__}` ended with a {name[:100]}."
                )
        raise self._session.lied("it says nothing about the call")

    def _conclude(
        self, call: StudentCall, result: object, reply: CallReply, function: StudentFunction
    ) -> object:
        """Let this process look as it would had the function run in it."""
        random_state.restore(reply.random_state)
        function.replay(reply.outputs)
        for category, text, line in reply.warnings:
            warnings.warn_explicit(text, category, "<student>", line)
        if reply.failure is None:
            return result
        said = [text for _, text, _ in reply.warnings]
        failure = reply.failure
        if (failure.line_number, failure.line) not in self._lines:
            # no line of the notebook: the child can call anything one, a hidden input for example
            failure = replace(failure, line_number=None, line="")
        call.error = raised(call.function, failure, said)
        raise call.error

    def _remember(self, answer: bytes) -> bytes | None:
        """What is kept of a call: all, unless a function returns megabytes again and again."""
        self._room -= len(answer)
        return answer if self._room >= 0 else None

    def _lower(self, encoder: wire.Encoder, value: object) -> Any:
        try:
            return encoder.lower(value)
        except wire.TooLargeError as error:
            raise StudentError(
                Verdict.OUTPUT_TOO_LARGE, f"The arguments are too large to be passed: {error}."
            ) from None

    def _pass(self, value: object) -> wire.Handle:
        """The handle of an object that is the student's; of nothing else."""
        if isinstance(value, StudentFunction) and value.named:
            value = self.fetch(value.name, value.replay)
        if not isinstance(value, StudentFunction | Opaque):
            raise _cannot_cross(value)
        if value.generation != self._session.generation:
            raise StudentError(
                Verdict.RAISED,
                "What an earlier call returned was lost when the notebook's process ended.",
            )
        return value.handle

    def _stand_in(self, handle: wire.Handle, name: str, replay: ShowOutputs) -> object:
        generation = self._session.generation
        if handle.callable:
            return StudentFunction(self, handle, generation, name, replay)
        return Opaque(handle, generation)


class Namespace(dict[str, Any]):
    """Globals of a test cell; the names it does not define are the student's.

    Python looks a global up in the builtins only after this, so builtins are left to it: they are
    the trusted ones, whatever the student has called ``sum``.
    """

    def __init__(self, examiner: Examiner, replay: ShowOutputs) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self._examiner = examiner
        self._replay = replay
        self._fetched: dict[str, object] = {}

    def __missing__(self, name: str) -> object:
        if name in self._fetched:
            return self._fetched[name]
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        value = self._examiner.fetch(name, self._replay)
        if not isinstance(value, _FIXED):  # what the cell changes in a list stays changed for it
            self._fetched[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return self.get(name, _ABSENT) is not _ABSENT

    def get(self, name: Any, default: Any = None) -> Any:
        """The value of ``name``, the student's if need be: for ``globals().get``."""
        try:
            return self[name]
        except KeyError:
            return default


class StudentFunction(RemoteFunction):
    """A function, or anything else that can be called, in the student's process.

    Attributes:
        handle: What it is called on the wire, in its child.
        generation: Which child that is.
        name: The student's global it was found under; empty, if it was returned by a call.
        replay: Shows what it prints.
    """

    def __init__(
        self,
        examiner: Examiner,
        handle: wire.Handle,
        generation: int,
        name: str,
        replay: ShowOutputs,
    ) -> None:
        self._examiner = examiner
        self.handle = handle
        self.generation = generation
        self.name = name
        self.replay = replay
        self.__name__ = self.__qualname__ = name or clean_line(handle.type_name)

    @property
    def named(self) -> bool:
        """Whether it can be found again in a new child."""
        return bool(self.name)

    def __call__(self, *args: object, **keywords: object) -> object:
        """Call it, there."""
        return self._examiner.call(self, args, keywords)

    def call_on_copies(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> object:
        """Call it, there; what it does to its arguments is not done to these."""
        return self._examiner.call(self, args, keywords, copies=True)

    def __deepcopy__(self, _: object) -> Self:
        return self  # the function itself stays where it is

    def __repr__(self) -> str:
        return f"<the notebook's {self.__name__}>"


class Opaque:
    """An object in the student's process that is not plain data. It can only be passed back.

    Attributes:
        handle: What it is called on the wire, in its child.
        generation: Which child that is.
    """

    __hash__ = None  # type: ignore[assignment]  # it equals nothing, not even itself

    def __init__(self, handle: wire.Handle, generation: int) -> None:
        self.handle = handle
        self.generation = generation

    @property
    def type_name(self) -> str:
        """What the student's process calls its type."""
        return clean_line(self.handle.type_name)

    def __eq__(self, other: object) -> bool:
        return False

    def __deepcopy__(self, _: object) -> Self:
        return self  # the object itself stays where it is

    def __array__(self, *_: object, **__: object) -> Any:
        raise TypeError(f"{self!r} is not an array")

    def __repr__(self) -> str:
        return f"<an object of type {self.type_name}>"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a call was made with, as the answer refers to it.

    Attributes:
        function: What was called.
        arguments: Positional and keyword arguments.
        state: numpy's random state, which went with them.
        mutables: The parts that the other end knows by number.
        copies: Whether the function got copies: the answer's references are to parts of those.
    """

    function: StudentFunction
    arguments: tuple[tuple[object, ...], dict[str, object]]
    state: random_state.RandomState | None
    mutables: list[wire.Mutable]
    copies: bool

    def with_copies(self) -> Self:
        """The same with the copies in the arguments' place. Seldom are they needed."""

        def handle(value: Any) -> wire.Handle:
            return value.handle  # type: ignore[no-any-return]  # it crossed before

        arguments = deep_copy(self.arguments)
        encoder = wire.Encoder(keep=handle)
        encoder.lower(_request(self.function, arguments, self.state))
        return replace(self, arguments=arguments, mutables=encoder.mutables)


def _request(
    function: StudentFunction,
    arguments: tuple[tuple[object, ...], dict[str, object]],
    state: random_state.RandomState | None,
) -> tuple[object, ...]:
    return (function.name or function, *arguments, state)


def _cannot_cross(value: object) -> EngineError:
    return EngineError(
        f"The test cell passes a {type(value).__name__} to a student's function. Only plain values "
        "(numbers, text, lists, tuples, dicts, arrays) and the student's own objects can be passed."
    )
