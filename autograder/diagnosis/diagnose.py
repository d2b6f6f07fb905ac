"""Which known mistake a wrong answer is.

A wrong function is known by what it did: on each recorded call a variant of the solution, with the
mistake in it, is given the same arguments and the same random state. A mistake is named only if it
explains every call, and is the only one that does; otherwise nothing is said. Two mistakes in one
answer are looked for as well. Nothing of this is done for a right answer.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from autograder.course.layout import Assignment, Limits
from autograder.diagnosis.mistakes import Mistake, MistakeBank, load_bank
from autograder.diagnosis.recorded_calls import CallTrace, RecordedCall
from autograder.diagnosis.replay import Replay, isolated
from autograder.diagnosis.solution import Solution, Variant
from autograder.engine.protocol.arrays import WireError
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.student_call import StudentCall
from autograder.errors import CourseError
from autograder.lru_cache import LRUCache, digest
from autograder.models import CellResult, CheckResult, Verdict
from utils.checking.hints import hint_sentence

_NAMED = (Verdict.WRONG, Verdict.RAISED)
# Variants are ours, but what they are given may be a student's.
_LIMITS = Limits(cell_seconds=2.0, memory_mb=256)
# Students make the same mistakes: ids by all that an explanation hangs on.
_A_NAME = 512
_EXPLAINED: LRUCache[tuple[str, ...]] = LRUCache(4096 * _A_NAME)
_MOST = 500  # a count, not a time: the same answer is named alike on every machine


class Diagnoser:
    """Names the mistakes of one assignment.

    Args:
        bank: The mistakes.
        solution: What they are made in.
    """

    def __init__(self, bank: MistakeBank, solution: Solution) -> None:
        self._bank = bank
        self._solution = solution

    @classmethod
    def of(cls, assignment: Assignment) -> Diagnoser:
        """The namer of an assignment, from its files."""
        return cls(load_bank(assignment), Solution.of(assignment))

    def explain(self, function: str, calls: Sequence[RecordedCall]) -> tuple[Mistake, ...]:
        """The mistakes (one or two) that explain the calls; none if that is not clear.

        Args:
            function: The exercise whose checks failed. If it did what it should with what it was
                given, the blame is with another function that the checks called.
            calls: All that the test cell made.
        """
        key = self._key(function, calls)
        known = _EXPLAINED.get(key) if key else None
        if known is None:
            scene = CallTrace(calls, self._bank.free)
            known = tuple(one.id for one in self._explain(function, scene))
            if key and scene.lasting:
                _EXPLAINED.put(key, known, _A_NAME)
        return tuple(self._bank.mistakes[name] for name in known)

    def _key(self, function: str, calls: Sequence[RecordedCall]) -> bytes | None:
        """What an explanation hangs on; None if that cannot be told."""
        parts = []
        for call in calls:
            if call.given is None or call.done is None:
                return None
            parts += [call.given, call.done]
        return digest(self._digest, function.encode(), *parts)

    @cached_property
    def _digest(self) -> bytes:
        """What tells this bank and this solution from others."""
        known = [(one.id, one.function, one.replace) for one in self._bank.mistakes.values()]
        free = {name: list(places) for name, places in self._bank.free.items()}
        return digest(self._solution.digest, ascii((known, free)).encode())

    def _explain(self, function: str, scene: CallTrace) -> tuple[Mistake, ...]:
        if scene.too_large:
            return ()
        with isolated():
            right = Replay(scene, self._solution.variant())
            blamed = self._blame(function, scene, right)
            # Where the solution changes its arguments in place, a student may work on copies.
            if not blamed:
                changed = [right.changes(number) for number in range(len(scene.calls))]
                if scene.ignore(changed):
                    blamed = self._blame(function, scene, right)
            return blamed

    def _blame(self, function: str, scene: CallTrace, right: Replay) -> tuple[Mistake, ...]:
        seen: dict[str, list[int]] = {}
        for number, call in enumerate(scene.calls):
            if call.function in self._solution.exercises:
                seen.setdefault(call.function, []).append(number)
        wrong: dict[str, list[int]] = {}
        for name, numbers in seen.items():
            # Most variants are told apart by one call that went wrong: a small one, if there is.
            numbers.sort(key=lambda number: (bool(scene.links[number]), scene.calls[number].size))
            first = next((number for number in numbers if not right.is_like(number)), None)
            if first is not None:
                wrong[name] = [first, *(number for number in numbers if number != first)]
        innocent = set(seen) - set(wrong)
        for name in sorted(wrong, key=lambda name: name == function):
            blamed = self._search(name, scene, wrong[name], innocent)
            # A function that the exercise builds on is to blame if that makes all of it clear.
            if blamed and (name == function or self._explain_all(blamed, scene, wrong)):
                return blamed
        return ()

    def _explain_all(
        self, blamed: Sequence[Mistake], scene: CallTrace, wrong: Mapping[str, Sequence[int]]
    ) -> bool:
        replay = Replay(scene, self._solution.variant(blamed))
        return all(replay.is_like(number) for numbers in wrong.values() for number in numbers)

    def _search(
        self, function: str, scene: CallTrace, numbers: Sequence[int], innocent: AbstractSet[str]
    ) -> tuple[Mistake, ...]:
        used = self._solution.used_by(function) - innocent
        known = sorted(
            (one for one in self._bank.mistakes.values() if one.function in used),
            key=lambda one: one.function != function,
        )
        for together in (1, 2):  # two at once, only where none alone explains the calls
            found = []
            for made, variant in itertools.islice(self._variants(known, together), _MOST):
                replay = Replay(scene, variant)
                if all(replay.is_like(number) for number in numbers):
                    found.append(made)
            if found:
                return found[0] if len(found) == 1 else ()
        return ()

    def _variants(
        self, known: Sequence[Mistake], together: int
    ) -> Iterator[tuple[tuple[Mistake, ...], Variant]]:
        for made in itertools.combinations(known, together):
            # Two may replace the same line. And a bank that is behind its notebook, which `check`
            # tells the author, must not cost a student the grade.
            with contextlib.suppress(CourseError):
                yield made, self._solution.variant(made)


def diagnose(
    result: CellResult, function: str, calls: Sequence[StudentCall], namer: Diagnoser
) -> CellResult:
    """The result of a test cell with the mistake's message in place of "wrong values"."""
    if not any(check.verdict in _NAMED for check in result.checks):
        return result
    try:
        with Deadline(_LIMITS).watched():
            mistakes = namer.explain(function, [RecordedCall.by_engine(call) for call in calls])
    except (StudentError, WireError, MemoryError):
        return result  # what was returned is too much to look at: nothing is known of it
    if not mistakes:
        return result
    name, message = hint_sentence(
        [one.id for one in mistakes], [one.told() for one in mistakes], function
    )
    return replace(result, checks=tuple(_named(check, name, message) for check in result.checks))


def _named(check: CheckResult, name: str, message: str) -> CheckResult:
    if check.verdict not in _NAMED:
        return check
    return replace(check, message=message, mistake=name)
