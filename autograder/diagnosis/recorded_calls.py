"""The calls of a student's functions that a test cell made, as the diagnosis compares them.

What one exercise returns may be passed to the next one: a cache. Its layout is up to the student,
so a variant of the solution could not read it. A ``CallTrace`` knows which arguments are such parts
of an earlier answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograder.diagnosis.fingerprint import fingerprint, may_be_equal
from autograder.engine.protocol import wire
from autograder.engine.trusted.student_call import StudentCall
from autograder.lru_cache import LRUCache, digest, size_in_bytes
from utils.checking.calls import Call
from utils.checking.compare import same
from utils.checking.exceptions import comparable_error

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
ArgumentKey = int | str  # the position of a positional argument, the name of a keyword argument

_MAX_PARTS = 5000  # far more than any exercise needs; a student's answer may have half a million

# Arguments of recorded calls: mostly the same for a whole class.
_ARGUMENTS: LRUCache[Arguments] = LRUCache(4 * 2**20)


@dataclass(frozen=True)
class CallOutcome:
    """What a call did, as far as its caller can see.

    Attributes:
        answer: What it returned.
        after: Its arguments after the call.
        error: Name and text of the exception, if it raised one.
        repeatable: Whether the same call would have the same outcome again.
    """

    answer: Any = None
    after: Arguments = ((), {})
    error: tuple[str, str] | None = None
    repeatable: bool = True


def same_error(first: tuple[str, str] | None, second: tuple[str, str] | None) -> bool:
    """Whether two calls raised the same exception, or both raised none."""
    if first and second:
        return comparable_error(*first) == comparable_error(*second)
    return first == second


class RecordedCall:
    """One call of a student's function. Arguments and outcome are only built when needed.

    Args:
        function: The function's name.
        random_state: numpy's legacy random state before the call.
        before: Returns the arguments as they were before the call. Nobody may change them.
        outcome: Returns what the call did.
        input_digest: Digest of everything the call was given; None if that cannot be determined.
        outcome_digest: Digest of everything the call did; None if that cannot be determined.
        size: Size of its arguments in bytes; 0 if unknown.
    """

    def __init__(
        self,
        function: str,
        random_state: Any,
        before: Callable[[], Arguments],
        outcome: Callable[[], CallOutcome],
        *,
        input_digest: bytes | None = None,
        outcome_digest: bytes | None = None,
        size: int = 0,
    ) -> None:
        self.function = function
        self.random_state = random_state
        self.input_digest = input_digest
        self.outcome_digest = outcome_digest
        self.size = size
        self._before = before
        self._outcome = outcome

    @cached_property
    def before(self) -> Arguments:
        """Its arguments before the call."""
        arguments = _ARGUMENTS.get(self.input_digest) if self.input_digest else None
        if arguments is None:
            arguments = self._before()
            if self.input_digest:
                _ARGUMENTS.put(self.input_digest, arguments, size_in_bytes(arguments))
        return arguments

    @cached_property
    def outcome(self) -> CallOutcome:
        """What the call did."""
        return self._outcome()

    @cached_property
    def fingerprint(self) -> Any:
        """The fingerprint of its answer."""
        return fingerprint(self.outcome.answer)

    @classmethod
    def from_engine(cls, call: StudentCall) -> RecordedCall:
        """A call that the engine recorded; one that has no answer matches no other call."""
        error = None
        if call.error is not None:
            error = call.error.ename, call.error.evalue
        elif call.answer is None or call.changed is None:
            error = "no answer", ""

        def outcome() -> CallOutcome:
            return CallOutcome(error=error) if error else CallOutcome(*call.outcome())

        parts = [] if error else [call.answer or b"", call.changed or b""]
        return cls(
            call.function,
            call.random_state,
            call.arguments,
            outcome,
            input_digest=_input_digest(call.function, call.question, call.random_state),
            outcome_digest=digest(ascii(error).encode(), *parts),
            size=len(call.question),
        )

    @classmethod
    def from_check(cls, call: Call) -> RecordedCall:
        """A call that a check recorded in this process."""
        error = None if call.error is None else (type(call.error).__name__, str(call.error))
        outcome = CallOutcome(call.answer, call.after, error)
        try:
            arguments = wire.dumps(call.before)
        except wire.WireError:  # they hold objects that exist in this process only
            input_digest = None
        else:
            input_digest = _input_digest(call.function, arguments, call.random_state)
        return cls(
            call.function,
            call.random_state,
            lambda: call.before,
            lambda: outcome,
            input_digest=input_digest,
        )


class CallTrace:
    """All calls that one test cell made, in order.

    Args:
        calls: The calls.
        free: By function, the positions in what it returns whose content is up to the student.

    Attributes:
        links: For each call, the arguments that are part of an earlier answer, each with the index
            of the earlier call and the position in its answer.
        ignored: For each call, the arguments that are not compared after the call.
        input_digests: For each call, the digest of everything a variant is given in it; None if
            that cannot be determined.
        repeatable: Whether everything that variants did here would happen again.
    """

    def __init__(self, calls: Sequence[RecordedCall], free: Mapping[str, Sequence[int]]) -> None:
        self.calls = calls
        self.free = free
        self.repeatable = True
        self.links = [dict(self._links(index)) for index in range(len(calls))]
        self.ignored: list[set[ArgumentKey]] = [set(links) for links in self.links]
        self.input_digests: list[bytes | None] = []
        for index in range(len(calls)):
            self.input_digests.append(self._input_digest(index))

    def ignore(self, arguments: Sequence[Collection[ArgumentKey]]) -> bool:
        """From now on ignore these arguments of each call; return whether there are any."""
        for ignored, keys in zip(self.ignored, arguments, strict=True):
            ignored.update(keys)
        return any(arguments)

    def comparison_key(self, index: int) -> tuple[Any, ...] | None:
        """Everything that a comparison with this call depends on, apart from the variant.

        None if that cannot be determined.
        """
        call = self.calls[index]
        if call.input_digest is None or call.outcome_digest is None:
            return None
        free = tuple(self.free.get(call.function, ()))
        return call.input_digest, call.outcome_digest, free, frozenset(self.ignored[index])

    @property
    def too_large(self) -> bool:
        """Whether a call was given far more values than any exercise's input has.

        Such an argument was made up by the student.
        """
        return any(
            _part_count(value) > _MAX_PARTS
            for call, links in zip(self.calls, self.links, strict=True)
            for key, value in each_argument(call.before)
            if key not in links
        )

    def _links(self, index: int) -> Iterator[tuple[ArgumentKey, tuple[int, int]]]:
        sources = [
            earlier for earlier in range(index) if self.free.get(self.calls[earlier].function)
        ]
        if not sources:
            return
        for key, value in each_argument(self.calls[index].before):
            if isinstance(value, (int, float, np.ndarray)) or value is None:
                continue  # a variant can read plain numbers, wherever they come from
            value_fingerprint = fingerprint(value)
            for earlier in reversed(sources):
                call = self.calls[earlier]
                answer = call.outcome.answer
                if not isinstance(answer, (tuple, list)):
                    continue
                for position in self.free[call.function]:
                    if (
                        position < len(answer)
                        and may_be_equal(value_fingerprint, call.fingerprint[position])
                        and same(value, answer[position])
                    ):
                        yield key, (earlier, position)

    def _input_digest(self, index: int) -> bytes | None:
        call, links = self.calls[index], self.links[index]
        if not links:
            return call.input_digest
        # For a linked argument a variant is given its own answer to the earlier call.
        parts = []
        for key, (earlier, position) in links.items():
            earlier_digest = self.input_digests[earlier]
            if earlier_digest is None:
                return None
            parts += [ascii((key, position)).encode(), earlier_digest]
        others = [(key, value) for key, value in each_argument(call.before) if key not in links]
        try:
            arguments = digest(b"linked", wire.dumps(others), *parts)
        except wire.WireError:
            return None
        return _input_digest(call.function, arguments, call.random_state)


def each_argument(arguments: Arguments) -> Iterator[tuple[ArgumentKey, Any]]:
    """The arguments of a call, each with its position or name."""
    yield from enumerate(arguments[0])
    yield from arguments[1].items()


def _input_digest(function: str, arguments: bytes, random_state: Any) -> bytes | None:
    """Digest of everything a call was given; None if the random state is not known."""
    if random_state is None:
        return None
    name, key, *more = random_state
    return digest(function.encode(), arguments, f"{name} {more}".encode(), key.tobytes())


def _part_count(value: Any) -> int:
    """How many values a nested value consists of; an array counts as one."""
    if isinstance(value, Mapping):
        return 1 + sum(_part_count(part) for part in value.values())
    if isinstance(value, (tuple, list)):
        return 1 + sum(_part_count(part) for part in value)
    return 1
