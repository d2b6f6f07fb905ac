"""Find out which known mistake a wrong answer contains.

A mistake is recognized by what it does: each variant of the solution with a known mistake in it is
given the recorded calls of the student's function, with the same arguments and the same random
state. A mistake is named only if it explains every call and no other known mistake does; otherwise
the check's own message stays. Pairs of mistakes are tried as well. A right answer costs nothing.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from autograder.course.assignment_toml import Limits
from autograder.course.layout import Assignment
from autograder.diagnosis.diagnosis_process import explain_elsewhere
from autograder.diagnosis.mistakes import Mistake, MistakeBank, load_bank
from autograder.diagnosis.recorded_calls import CallTrace, RecordedCall
from autograder.diagnosis.replay import Replay, isolated
from autograder.diagnosis.solution import Solution, Variant, load_solution
from autograder.engine.protocol.arrays import WireError
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.student_call import StudentCall
from autograder.errors import CourseError
from autograder.lru_cache import LRUCache, digest
from autograder.models import CellResult, CheckResult, Verdict
from utils.checking.hints import hint_sentence

_DIAGNOSED_VERDICTS = (Verdict.WRONG, Verdict.RAISED)
# The variants are the instructor's code, but their arguments may be a student's.
_LIMITS = Limits(cell_seconds=2.0, memory_mb=256)
# Students make the same mistakes: ids by a digest of everything that a diagnosis depends on.
_DIAGNOSIS_BYTES = 512
_DIAGNOSES: LRUCache[tuple[str, ...]] = LRUCache(4096 * _DIAGNOSIS_BYTES)
# A count, not a time, so that the same answer gets the same diagnosis on every machine.
_MAX_VARIANTS = 500


class Diagnoser:
    """Recognizes the known mistakes of one assignment.

    Args:
        bank: The known mistakes.
        solution: The solution that they are put into.
    """

    def __init__(self, bank: MistakeBank, solution: Solution) -> None:
        self._bank = bank
        self._solution = solution

    @classmethod
    def for_assignment(cls, assignment: Assignment) -> Diagnoser:
        """The diagnoser with an assignment's mistakes and solution."""
        return cls(load_bank(assignment), load_solution(assignment))

    def explain(self, function: str, calls: Sequence[RecordedCall]) -> tuple[Mistake, ...]:
        """The one or two mistakes that explain the calls; none if that is not clear.

        Args:
            function: The exercise whose checks failed. If it did the right thing with what it was
                given, another function that the checks called is to blame.
            calls: All calls that the test cell made.
        """
        key = self._cache_key(function, calls)
        ids = _DIAGNOSES.get(key) if key else None
        if ids is None:
            trace = CallTrace(calls, self._bank.free)
            ids = tuple(mistake.id for mistake in self._explain(function, trace))
            if key and trace.repeatable:
                _DIAGNOSES.put(key, ids, _DIAGNOSIS_BYTES)
        return tuple(self._bank.mistakes[name] for name in ids)

    def explain_calls(self, function: str, calls: Sequence[StudentCall]) -> tuple[str, ...]:
        """The ids of what ``explain`` finds; empty if what was returned is too large for it."""
        try:
            with Deadline(_LIMITS).watched():
                recorded = [RecordedCall.from_engine(call) for call in calls]
                return tuple(mistake.id for mistake in self.explain(function, recorded))
        except (StudentError, WireError, MemoryError):
            return ()

    def mistakes(self, ids: Sequence[str]) -> list[Mistake]:
        """The mistakes with these ids."""
        return [self._bank.mistakes[name] for name in ids]

    def _cache_key(self, function: str, calls: Sequence[RecordedCall]) -> bytes | None:
        """Digest of everything the diagnosis depends on; None if that cannot be determined."""
        parts = []
        for call in calls:
            if call.input_digest is None or call.outcome_digest is None:
                return None
            parts += [call.input_digest, call.outcome_digest]
        return digest(self.digest, function.encode(), *parts)

    @cached_property
    def digest(self) -> bytes:
        """Digest of the bank and the solution."""
        mistakes = [
            (mistake.id, mistake.function, mistake.replace)
            for mistake in self._bank.mistakes.values()
        ]
        free = {name: list(positions) for name, positions in self._bank.free.items()}
        return digest(self._solution.digest, ascii((mistakes, free)).encode())

    def _explain(self, function: str, trace: CallTrace) -> tuple[Mistake, ...]:
        if trace.too_large:
            return ()
        with isolated():
            solution = Replay(trace, self._solution.variant())
            mistakes = self._search_functions(function, trace, solution)
            # Where the solution changes its arguments in place, a student may work on copies.
            if not mistakes:
                changed = [solution.changed_arguments(index) for index in range(len(trace.calls))]
                if trace.ignore(changed):
                    mistakes = self._search_functions(function, trace, solution)
            return mistakes

    def _search_functions(
        self, function: str, trace: CallTrace, solution: Replay
    ) -> tuple[Mistake, ...]:
        """Search for mistakes in each function that did something else than the solution."""
        called: dict[str, list[int]] = {}
        for index, call in enumerate(trace.calls):
            if call.function in self._solution.exercises:
                called.setdefault(call.function, []).append(index)
        wrong: dict[str, list[int]] = {}
        for name, indices in called.items():
            # Most variants are ruled out by a single wrong call: preferably a small one.
            indices.sort(key=lambda index: (bool(trace.links[index]), trace.calls[index].size))
            first = next((index for index in indices if not solution.matches(index)), None)
            if first is not None:
                wrong[name] = [first, *(index for index in indices if index != first)]
        right = set(called) - set(wrong)
        for name in sorted(wrong, key=lambda name: name == function):
            if name != function and any(solution.leaves_out(index) for index in called[name]):
                continue  # no known mistake explains that a cache is missing
            mistakes = self._search(name, trace, wrong[name], right)
            # A function that the exercise calls is to blame if its mistake explains everything.
            if mistakes and (name == function or self._explain_all(mistakes, trace, wrong)):
                return mistakes
        return ()

    def _explain_all(
        self, mistakes: Sequence[Mistake], trace: CallTrace, wrong: Mapping[str, Sequence[int]]
    ) -> bool:
        replay = Replay(trace, self._solution.variant(mistakes))
        return all(replay.matches(index) for indices in wrong.values() for index in indices)

    def _search(
        self, function: str, trace: CallTrace, indices: Sequence[int], right: AbstractSet[str]
    ) -> tuple[Mistake, ...]:
        """The mistakes that explain these calls of a function, if there is just one explanation."""
        used = self._solution.used_by(function) - right
        candidates = sorted(
            (mistake for mistake in self._bank.mistakes.values() if mistake.function in used),
            key=lambda mistake: mistake.function != function,
        )
        for count in (1, 2):  # pairs only if no single mistake explains the calls
            explanations = []
            variants = itertools.islice(self._variants(candidates, count), _MAX_VARIANTS)
            for mistakes, variant in variants:
                replay = Replay(trace, variant)
                if all(replay.matches(index) for index in indices):
                    explanations.append(mistakes)
            if explanations:
                return explanations[0] if len(explanations) == 1 else ()
        return ()

    def _variants(
        self, candidates: Sequence[Mistake], count: int
    ) -> Iterator[tuple[tuple[Mistake, ...], Variant]]:
        for mistakes in itertools.combinations(candidates, count):
            # Two mistakes may replace the same line. And a bank that no longer fits its notebook,
            # which `check` reports to the author, must not cost a student the grade.
            with contextlib.suppress(CourseError):
                yield mistakes, self._solution.variant(mistakes)


def diagnose(
    result: CellResult, function: str, calls: Sequence[StudentCall], diagnoser: Diagnoser
) -> CellResult:
    """The result of a test cell, its failed checks with the message of the mistake, if known.

    Args:
        result: What the test cell's report says.
        function: The exercise's function.
        calls: All calls of the student's functions that the test cell made.
        diagnoser: The assignment's.
    """
    if not any(check.verdict in _DIAGNOSED_VERDICTS for check in result.checks):
        return result
    mistakes = diagnoser.mistakes(explain_elsewhere(diagnoser, function, calls))
    if not mistakes:
        return result
    name, message = hint_sentence(
        [mistake.id for mistake in mistakes],
        [mistake.to_hint() for mistake in mistakes],
        function,
    )
    checks = tuple(_with_mistake(check, name, message) for check in result.checks)
    return replace(result, checks=checks)


def _with_mistake(check: CheckResult, name: str, message: str) -> CheckResult:
    if check.verdict not in _DIAGNOSED_VERDICTS:
        return check
    return replace(check, message=message, mistake=name)
