"""Calls of a student's function as naming looks at them, and what variants do on the same calls.

What one exercise returns may be given to the next: a cache. Its layout is the student's own, so a
variant of the solution could not read it. Where an argument is such a part of an earlier answer,
the variant gets what it returned itself in that place.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.engine import randomstate
from autograder.engine.calls import Call as EngineCall
from autograder.engine.errors import StudentError
from autograder.solution import Names
from utils.calls import Call, copied
from utils.compare import same

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
Place = int | str

_MOST_PARTS = 5000  # far more than any exercise's; a student's answer may have half a million


@dataclass(frozen=True)
class Outcome:
    """What a call did, as far as it can be told from outside.

    Attributes:
        answer: What it returned.
        after: Its arguments afterwards.
        error: Name and text of what it raised instead of returning.
    """

    answer: Any = None
    after: Arguments = ((), {})
    error: tuple[str, str] | None = None


@dataclass(frozen=True)
class Observed:
    """One call.

    Attributes:
        function: Its name.
        before: Its arguments before the call.
        state: numpy's legacy random state before the call.
        outcome: What came of it.
    """

    function: str
    before: Arguments
    state: Any
    outcome: Outcome

    @classmethod
    def by_engine(cls, call: EngineCall) -> Observed:
        """A call that the engine recorded; one without an answer is like no other."""
        if call.error is not None:
            outcome = Outcome(error=(call.error.ename, call.error.evalue))
        else:
            try:
                outcome = Outcome(call.result(), call.arguments_after())
            except LookupError:
                outcome = Outcome(error=("no answer", ""))
        return cls(call.function, call.arguments(), call.random_state, outcome)

    @classmethod
    def by_check(cls, call: Call) -> Observed:
        """A call that a check recorded in this process."""
        error = None if call.error is None else (type(call.error).__name__, str(call.error))
        return cls(
            call.function, call.before, call.random_state, Outcome(call.answer, call.after, error)
        )


class Scene:
    """All calls that one test cell made, in order.

    Args:
        calls: The calls.
        free: By function, the places of what it returns that are the student's own affair.
    """

    def __init__(self, calls: Sequence[Observed], free: Mapping[str, Sequence[int]]) -> None:
        self.calls = calls
        self.free = free
        self.links = [dict(self._links(number)) for number in range(len(calls))]
        self.ignored: list[set[Place]] = [set(links) for links in self.links]

    def learn(self, right: Replay) -> bool:
        """From now on ignore the arguments that the solution itself changes; whether it does."""
        changed = [right.changes(number) for number in range(len(self.calls))]
        for ignored, places in zip(self.ignored, changed, strict=True):
            ignored.update(places)
        return any(changed)

    @property
    def too_large(self) -> bool:
        """Whether a call was given what no exercise is given, but what a student made up."""
        return any(
            _parts(value) > _MOST_PARTS
            for call, links in zip(self.calls, self.links, strict=True)
            for place, value in _each(call.before)
            if place not in links
        )

    def _links(self, number: int) -> Iterator[tuple[Place, tuple[int, int]]]:
        """Which arguments are a part of an earlier call's answer: of which, and which part."""
        for place, value in _each(self.calls[number].before):
            if isinstance(value, (int, float, np.ndarray)) or value is None:
                continue  # plain numbers a variant can read, wherever they come from
            for earlier in reversed(range(number)):
                call = self.calls[earlier]
                answer = call.outcome.answer
                for part in self.free.get(call.function, ()):
                    if isinstance(answer, (tuple, list)) and part < len(answer):  # noqa: SIM102
                        if same(value, answer[part]):
                            yield place, (earlier, part)


class Replay:
    """What one variant of the solution does on the calls of a scene; each is made at most once.

    Args:
        scene: The calls.
        names: The variant.
    """

    def __init__(self, scene: Scene, names: Names) -> None:
        self._scene = scene
        self._names = names
        self._outcomes: dict[int, Outcome] = {}

    def is_like(self, number: int) -> bool:
        """Whether the variant does on a call what the student's function did."""
        call, mine = self._scene.calls[number], self._outcome(number)
        seen = call.outcome
        if seen.error or mine.error:
            return seen.error == mine.error
        free, ignored = self._scene.free.get(call.function, ()), self._scene.ignored[number]
        return same(_without(seen.answer, free), _without(mine.answer, free)) and same(
            [value for place, value in _each(seen.after) if place not in ignored],
            [value for place, value in _each(mine.after) if place not in ignored],
        )

    def changes(self, number: int) -> set[Place]:
        """The arguments of a call that the variant changes in place."""
        before = dict(_each(self._scene.calls[number].before))
        after = dict(_each(self._outcome(number).after))
        return {place for place in before.keys() & after if not same(after[place], before[place])}

    def _outcome(self, number: int) -> Outcome:
        if number not in self._outcomes:
            self._outcomes[number] = self._call(number)
        return self._outcomes[number]

    def _call(self, number: int) -> Outcome:
        call = self._scene.calls[number]
        args, keywords = copied(call.before)
        args = list(args)
        for place, (earlier, part) in self._scene.links[number].items():
            before = self._outcome(earlier)
            if before.error:
                return Outcome(error=("no answer", ""))
            own = copied(before.answer[part])
            if isinstance(place, int):
                args[place] = own
            else:
                keywords[place] = own
        randomstate.restore(call.state)
        try:
            answer = self._names.function(call.function)(*args, **keywords)
        except StudentError:
            raise  # the time for all of this is over
        except Exception as error:  # noqa: BLE001  the mistake may be one that raises
            return Outcome(error=(type(error).__name__, str(error)))
        return Outcome(answer, (tuple(args), keywords))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """While variants run: no warnings, nothing printed, and our own random state comes back."""
    ours = randomstate.current()
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        randomstate.restore(ours)


def _each(arguments: Arguments) -> Iterator[tuple[Place, Any]]:
    yield from enumerate(arguments[0])
    yield from arguments[1].items()


def _without(answer: Any, free: Sequence[int]) -> Any:
    """An answer without the places that are the student's own affair."""
    if not free or not isinstance(answer, (tuple, list)):
        return answer
    return [part for place, part in enumerate(answer) if place not in free]


def _parts(value: Any) -> int:
    """How many values there are in a value; of an array, one."""
    if isinstance(value, Mapping):
        return 1 + sum(_parts(part) for part in value.values())
    if isinstance(value, (tuple, list)):
        return 1 + sum(_parts(part) for part in value)
    return 1
