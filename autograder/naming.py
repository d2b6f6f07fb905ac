"""Which known mistake a wrong answer is.

A wrong function is known by what it did: on each recorded call a variant of the solution, with the
mistake in it, is given the same arguments and the same random state. A mistake is named only if it
explains every call, and is the only one that does; otherwise nothing is said. Two mistakes in one
answer are looked for as well. Nothing of this is done for a right answer.
"""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from autograder.course import Assignment
from autograder.engine import randomstate
from autograder.engine.calls import Call as EngineCall
from autograder.errors import CourseError
from autograder.mistakes import Bank, Mistake, load_bank
from autograder.outcome import CellResult, CheckResult, Verdict
from autograder.solution import Names, Solution
from utils.calls import Call
from utils.compare import same
from utils.hints import told

_NAMED = (Verdict.WRONG, Verdict.RAISED)
_MOST = 300  # a count, not a time: the same answer is named alike on every machine


class Observed(Protocol):
    """One call of a student's function, as naming looks at it."""

    @property
    def function(self) -> str:
        """Its name."""
        ...

    @property
    def random_state(self) -> Any:
        """Numpy's legacy random state before the call."""
        ...

    def arguments(self) -> Any:
        """Positional and keyword arguments before the call; own ones each time."""
        ...

    def outcome(self) -> Outcome:
        """What came of it."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What a call did, as far as it can be told from outside.

    Attributes:
        answer: What it returned.
        arguments: Its arguments afterwards.
        error: Name and text of what it raised instead of returning.
    """

    answer: Any
    arguments: Any
    error: tuple[str, str] | None = None

    def is_like(self, other: Outcome, free: Sequence[int]) -> bool:
        """Whether a student could not tell the two apart."""
        if self.error or other.error:
            return self.error == other.error
        return same(_without(self.answer, free), _without(other.answer, free)) and same(
            self.arguments, other.arguments
        )


class OfTheEngine:
    """A call that the engine recorded."""

    def __init__(self, call: EngineCall) -> None:
        self._call = call
        self.function = call.function
        self.random_state = call.random_state

    def arguments(self) -> Any:
        """As they were before the call."""
        return self._call.arguments()

    def outcome(self) -> Outcome:
        """What came of it; a call without an answer is like no other."""
        error = self._call.error
        if error is not None:
            return Outcome(None, None, (error.ename, error.evalue))
        try:
            return Outcome(self._call.result(), self._call.arguments_after())
        except LookupError:
            return Outcome(None, None, ("no answer", ""))


class OfACheck:
    """A call that a check recorded in this process."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.function = call.function
        self.random_state = call.random_state

    def arguments(self) -> Any:
        """As they were before the call."""
        return copy.deepcopy(self._call.before)

    def outcome(self) -> Outcome:
        """What came of it."""
        error = self._call.error
        if error is not None:
            return Outcome(None, None, (type(error).__name__, str(error)))
        return Outcome(self._call.answer, self._call.after)


class Namer:
    """Names the mistakes of one assignment.

    Args:
        bank: The mistakes.
        solution: What they are made in.
    """

    def __init__(self, bank: Bank, solution: Solution) -> None:
        self._bank = bank
        self._solution = solution

    @classmethod
    def of(cls, assignment: Assignment) -> Namer:
        """The namer of an assignment, from its files."""
        return cls(load_bank(assignment), Solution.of(assignment))

    def explain(self, function: str, calls: Sequence[Observed]) -> tuple[Mistake, ...]:
        """The mistakes (one or two) that explain the calls; none if that is not clear.

        Args:
            function: The exercise whose checks failed. If it did what it should with what it was
                given, the blame is with another function that the checks called.
            calls: All that the test cell made.
        """
        called = dict.fromkeys([function, *(call.function for call in calls)])
        for name in called:
            own = [call for call in calls if call.function == name]
            if own and name in self._solution.exercises:
                seen = [(call, call.outcome()) for call in own]
                if not self._explains(self._solution.names(), seen):
                    return self._search(name, seen)
        return ()

    def _search(self, function: str, seen: Sequence[Seen]) -> tuple[Mistake, ...]:
        used = self._solution.used_by(function)
        known = sorted(
            (one for one in self._bank.mistakes.values() if one.function in used),
            key=lambda one: one.function != function,
        )
        for together in (1, 2):  # two at once, only where none alone explains the calls
            variants = itertools.islice(self._variants(known, together), _MOST)
            found = [made for made, names in variants if self._explains(names, seen)]
            if found:
                return found[0] if len(found) == 1 else ()
        return ()

    def _variants(
        self, known: Sequence[Mistake], together: int
    ) -> Iterator[tuple[tuple[Mistake, ...], Names]]:
        for made in itertools.combinations(known, together):
            # Two may replace the same line. And a bank that is behind its notebook, which `check`
            # tells the author, must not cost a student the grade.
            with contextlib.suppress(CourseError):
                yield made, self._solution.with_mistakes(made)

    def _explains(self, names: Names, seen: Iterable[Seen]) -> bool:
        return all(
            _run(names, call).is_like(outcome, self._bank.free.get(call.function, ()))
            for call, outcome in seen
        )


def name_mistakes(
    result: CellResult, function: str, calls: Sequence[EngineCall], namer: Namer
) -> CellResult:
    """The result of a test cell with the mistake's message in place of "wrong values"."""
    if not any(check.verdict in _NAMED for check in result.checks):
        return result
    mistakes = namer.explain(function, [OfTheEngine(call) for call in calls])
    if not mistakes:
        return result
    texts = [{"title": one.title, "message": one.message} for one in mistakes]
    name, message = told([one.id for one in mistakes], texts)
    return replace(result, checks=tuple(_named(check, name, message) for check in result.checks))


def _named(check: CheckResult, name: str, message: str) -> CheckResult:
    if check.verdict not in _NAMED:
        return check
    return replace(check, message=message, mistake=name)


def _run(names: Names, call: Observed) -> Outcome:
    """What a variant of the solution does on one call."""
    args, keywords = arguments = call.arguments()
    ours = randomstate.current()
    randomstate.restore(call.random_state)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            answer = names.function(call.function)(*args, **keywords)
        return Outcome(answer, arguments)
    except Exception as error:  # noqa: BLE001  the mistake may be one that raises
        return Outcome(None, None, (type(error).__name__, str(error)))
    finally:
        randomstate.restore(ours)


def _without(answer: Any, free: Sequence[int]) -> Any:
    """An answer without the places that are the student's own affair."""
    if not free or not isinstance(answer, (tuple, list)):
        return answer
    return [part for place, part in enumerate(answer) if place not in free]


Seen = tuple[Observed, Outcome]
