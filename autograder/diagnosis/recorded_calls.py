"""Calls of a student's function as naming looks at them.

What one exercise returns may be given to the next: a cache. Its layout is the student's own, so a
variant of the solution could not read it. A scene knows which argument is such a part of an earlier
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograder.diagnosis.fingerprint import fingerprint, may_be_equal
from autograder.engine.protocol import wire
from autograder.engine.trusted.student_call import StudentCall as EngineCall
from autograder.lru_cache import LRUCache, digest, size_in_bytes
from utils.checking.calls import Call
from utils.checking.compare import same

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
Place = int | str

_MOST_PARTS = 5000  # far more than any exercise's; a student's answer may have half a million

# The inputs of recorded calls: for the most part the same for a whole class.
_INPUTS: LRUCache[Arguments] = LRUCache(4 * 2**20)


@dataclass(frozen=True)
class CallOutcome:
    """What a call did, as far as it can be told from outside.

    Attributes:
        answer: What it returned.
        after: Its arguments afterwards.
        error: Name and text of what it raised instead of returning.
        lasting: Whether the same call would do it again.
    """

    answer: Any = None
    after: Arguments = ((), {})
    error: tuple[str, str] | None = None
    lasting: bool = True


class RecordedCall:
    """One call. What is not asked for is not built.

    Args:
        function: Its name.
        state: numpy's legacy random state before the call.
        before: Gives its arguments before the call. Nobody may change them.
        outcome: Gives what came of it.
        given: Digest of all that the call was given; None if that cannot be told.
        done: Digest of all that came of it, given that; None if that cannot be told.
        size: Of its arguments, in bytes; 0 if that is not known.
    """

    def __init__(
        self,
        function: str,
        state: Any,
        before: Callable[[], Arguments],
        outcome: Callable[[], CallOutcome],
        *,
        given: bytes | None = None,
        done: bytes | None = None,
        size: int = 0,
    ) -> None:
        self.function = function
        self.state = state
        self.given = given
        self.done = done
        self.size = size
        self._before = before
        self._outcome = outcome

    @cached_property
    def before(self) -> Arguments:
        """Its arguments before the call."""
        found = _INPUTS.get(self.given) if self.given else None
        if found is None:
            found = self._before()
            if self.given:
                _INPUTS.put(self.given, found, size_in_bytes(found))
        return found

    @cached_property
    def outcome(self) -> CallOutcome:
        """What came of it."""
        return self._outcome()

    @cached_property
    def fingerprint(self) -> Any:
        """Its answer in a few numbers."""
        return fingerprint(self.outcome.answer)

    @classmethod
    def by_engine(cls, call: EngineCall) -> RecordedCall:
        """A call that the engine recorded; one without an answer is like no other."""
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
            given=_given(call.function, call.question, call.random_state),
            done=digest(ascii(error).encode(), *parts),
            size=len(call.question),
        )

    @classmethod
    def by_check(cls, call: Call) -> RecordedCall:
        """A call that a check recorded in this process."""
        error = None if call.error is None else (type(call.error).__name__, str(call.error))
        outcome = CallOutcome(call.answer, call.after, error)
        try:
            question = wire.dumps(call.before)
        except wire.WireError:  # it holds objects of this process, which nobody else has
            given = None
        else:
            given = _given(call.function, question, call.random_state)
        return cls(
            call.function, call.random_state, lambda: call.before, lambda: outcome, given=given
        )


def _given(function: str, question: bytes, state: Any) -> bytes | None:
    """Digest of what a call was given; None if what is drawn in it cannot be told from that."""
    if state is None:
        return None
    name, key, *more = state
    return digest(function.encode(), question, f"{name} {more}".encode(), key.tobytes())


class CallTrace:
    """All calls that one test cell made, in order.

    Args:
        calls: The calls.
        free: By function, the places of what it returns that are the student's own affair.

    Attributes:
        links: For each call, which arguments are a part of an earlier one's answer: of which, and
            which part.
        given: For each call, digest of all that a variant is given in it; None if that cannot be
            told.
        lasting: Whether all that variants did here they would do again.
    """

    def __init__(self, calls: Sequence[RecordedCall], free: Mapping[str, Sequence[int]]) -> None:
        self.calls = calls
        self.free = free
        self.lasting = True
        self.links = [dict(self._links(number)) for number in range(len(calls))]
        self.ignored: list[set[Place]] = [set(links) for links in self.links]
        self.given: list[bytes | None] = []
        for number in range(len(calls)):
            self.given.append(self._given(number))

    def ignore(self, changed: Sequence[Collection[Place]]) -> bool:
        """From now on ignore these arguments of each call; whether there are any."""
        for ignored, places in zip(self.ignored, changed, strict=True):
            ignored.update(places)
        return any(changed)

    def seen(self, number: int) -> tuple[Any, ...] | None:
        """All that a call is compared by, beside the variant; None if that cannot be told."""
        call = self.calls[number]
        if call.given is None or call.done is None:
            return None
        free = tuple(self.free.get(call.function, ()))
        return call.given, call.done, free, frozenset(self.ignored[number])

    @property
    def too_large(self) -> bool:
        """Whether a call was given what no exercise is given, but what a student made up."""
        return any(
            _parts(value) > _MOST_PARTS
            for call, links in zip(self.calls, self.links, strict=True)
            for place, value in each_argument(call.before)
            if place not in links
        )

    def _links(self, number: int) -> Iterator[tuple[Place, tuple[int, int]]]:
        earlier_ones = [one for one in range(number) if self.free.get(self.calls[one].function)]
        if not earlier_ones:
            return
        for place, value in each_argument(self.calls[number].before):
            if isinstance(value, (int, float, np.ndarray)) or value is None:
                continue  # plain numbers a variant can read, wherever they come from
            rough = fingerprint(value)
            for earlier in reversed(earlier_ones):
                call = self.calls[earlier]
                answer = call.outcome.answer
                if not isinstance(answer, (tuple, list)):
                    continue
                for part in self.free[call.function]:
                    if (
                        part < len(answer)
                        and may_be_equal(rough, call.fingerprint[part])
                        and same(value, answer[part])
                    ):
                        yield place, (earlier, part)

    def _given(self, number: int) -> bytes | None:
        call, links = self.calls[number], self.links[number]
        if not links:
            return call.given
        # In a link's place a variant gets its own: what came of the earlier call for it.
        parts = []
        for place, (earlier, part) in links.items():
            before = self.given[earlier]
            if before is None:
                return None
            parts += [ascii((place, part)).encode(), before]
        others = [
            (place, value) for place, value in each_argument(call.before) if place not in links
        ]
        try:
            question = digest(b"linked", wire.dumps(others), *parts)
        except wire.WireError:
            return None
        return _given(call.function, question, call.state)


def each_argument(arguments: Arguments) -> Iterator[tuple[Place, Any]]:
    """The arguments of a call, by place or name."""
    yield from enumerate(arguments[0])
    yield from arguments[1].items()


def _parts(value: Any) -> int:
    """How many values there are in a value; of an array, one."""
    if isinstance(value, Mapping):
        return 1 + sum(_parts(part) for part in value.values())
    if isinstance(value, (tuple, list)):
        return 1 + sum(_parts(part) for part in value)
    return 1
