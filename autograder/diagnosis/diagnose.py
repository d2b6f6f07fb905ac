"""Find out which known mistake a wrong answer contains, or which slip.

A mistake is recognized by what it does: each variant of the solution with a known mistake in it is
given the recorded calls of the student's function, with the same arguments and the same random
state. A mistake is named only if it explains every call and no other known mistake does. If none
does, the slips that rules make of the solution's lines are tried (``slip_search``), and pairs of
both; if those say nothing either, the check's own message stays. A right answer costs nothing.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from autograder.course.assignment_toml import Limits
from autograder.course.layout import Assignment
from autograder.diagnosis.diagnosis_process import explain_elsewhere
from autograder.diagnosis.explanation import Explanation
from autograder.diagnosis.mistakes import AcceptedForm, Mistake, MistakeBank, load_bank
from autograder.diagnosis.recorded_calls import CallTrace, RecordedCall
from autograder.diagnosis.replay import Replay, isolated
from autograder.diagnosis.slip_search import SlipSearch
from autograder.diagnosis.solution import Solution, Variant, load_solution
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.student_call import StudentCall
from autograder.errors import CourseError
from autograder.lru_cache import LRUCache, digest
from autograder.models import CellResult, CheckResult, Verdict

_DIAGNOSED_VERDICTS = (Verdict.WRONG, Verdict.RAISED)
# The variants are the instructor's code, but their arguments may be a student's.
_LIMITS = Limits(cell_seconds=2.0, memory_mb=256)
# Students make the same mistakes: explanations by a digest of all that a diagnosis depends on.
_DIAGNOSIS_BYTES = 512
_DIAGNOSES: LRUCache[tuple[Explanation | None]] = LRUCache(4096 * _DIAGNOSIS_BYTES)
# A count, not a time, so that the same answer gets the same diagnosis on every machine.
_MAX_VARIANTS = 500


_Search = Callable[
    [str, CallTrace, Sequence[int], AbstractSet[str]], Explanation | None
]  # in the calls of a function, with the functions that are right


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

    def explain(self, function: str, calls: Sequence[RecordedCall]) -> Explanation | None:
        """The mistakes or slips that explain the calls; None if that is not clear.

        Args:
            function: The exercise whose checks failed. If it did the right thing with what it was
                given, another function that the checks called is to blame.
            calls: All calls that the test cell made.
        """
        key = self._cache_key(function, calls)
        known = _DIAGNOSES.get(key) if key else None
        if known is None:
            trace = CallTrace(calls, self._bank.free)
            known = (self._explain(function, trace),)
            if key and trace.repeatable:
                _DIAGNOSES.put(key, known, _DIAGNOSIS_BYTES)
        return known[0]

    def explain_calls(self, function: str, calls: Sequence[StudentCall]) -> tuple[str, ...]:
        """The name of what ``explain`` finds, and what the student is told of it.

        Empty if it finds nothing, or what was returned is too large or too strange for it: a
        diagnosis never costs a grade.
        """
        try:
            with Deadline(_LIMITS).watched():
                recorded = [RecordedCall.from_engine(call) for call in calls]
                explanation = self.explain(function, recorded)
        except Exception:  # noqa: BLE001  values of any kind are compared there
            return ()
        return explanation.told(function) if explanation else ()

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
            (mistake.id, mistake.function, mistake.replace, sorted(mistake.texts()))
            for mistake in self._bank.mistakes.values()
        ]
        forms = [(form.id, form.function, form.replace) for form in self._bank.accepted]
        free = {name: list(positions) for name, positions in self._bank.free.items()}
        return digest(self._solution.digest, ascii((mistakes, forms, free)).encode())

    def _explain(self, function: str, trace: CallTrace) -> Explanation | None:
        if trace.too_large:
            return None
        with isolated():
            solution = Replay(trace, self._solution.variant())
            explanation = self._search_functions(function, trace, solution, self._simple)
            # Where the solution changes its arguments in place, a student may work on copies.
            if explanation is None:
                changed = [solution.changed_arguments(index) for index in range(len(trace.calls))]
                if trace.ignore(changed):
                    explanation = self._search_functions(function, trace, solution, self._simple)
            return explanation or self._search_functions(function, trace, solution, self._composed)

    def _search_functions(
        self, function: str, trace: CallTrace, solution: Replay, search: _Search
    ) -> Explanation | None:
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
            explanation = search(name, trace, wrong[name], right)
            # A function that the exercise calls is to blame if its mistake explains everything.
            if explanation is not None and (
                name == function or self._explains_all(explanation, trace, wrong)
            ):
                return explanation
        return None

    def _explains_all(
        self, explanation: Explanation, trace: CallTrace, wrong: Mapping[str, Sequence[int]]
    ) -> bool:
        mistakes = [part for part in explanation.parts if isinstance(part, Mistake)]
        if len(mistakes) < len(explanation.parts):
            return False  # a slip in another function is told where that function is checked
        replay = Replay(trace, self._solution.variant(mistakes))
        return all(replay.matches(index) for indices in wrong.values() for index in indices)

    def _simple(
        self, function: str, trace: CallTrace, indices: Sequence[int], right: AbstractSet[str]
    ) -> Explanation | None:
        """What explains these calls of a function, one thing before two."""
        mistakes, slips = self._candidates(function, trace, indices, right)
        fitting = self._known(mistakes, 1, trace, indices)
        for form in () if fitting else self._bank.accepted:
            in_form = [mistake for mistake in mistakes if mistake.function == form.function]
            fitting += self._known(in_form, 1, trace, indices, form)
        if len({mistake.id for (mistake,) in fitting}) == 1:
            return Explanation(fitting[0])
        explanation = slips.one_slip() if slips.is_worthwhile else None
        if explanation is not None or fitting:
            return explanation
        pairs = self._known(mistakes, 2, trace, indices)
        return Explanation(pairs[0]) if len(pairs) == 1 else None

    def _composed(
        self, function: str, trace: CallTrace, indices: Sequence[int], right: AbstractSet[str]
    ) -> Explanation | None:
        """What explains only the outputs that are wrong, or two things at once."""
        _, slips = self._candidates(function, trace, indices, right)
        if not slips.is_worthwhile:
            return None
        return slips.one_for_what_is_wrong() or slips.two_at_once()

    def _candidates(
        self, function: str, trace: CallTrace, indices: Sequence[int], right: AbstractSet[str]
    ) -> tuple[list[Mistake], SlipSearch]:
        """The known mistakes and the slips that may be in a function, or in those that it calls."""
        used = self._solution.used_by(function) - right
        mistakes = sorted(
            (mistake for mistake in self._bank.mistakes.values() if mistake.function in used),
            key=lambda mistake: mistake.function != function,
        )
        functions = sorted(used, key=lambda name: name != function)
        return mistakes, SlipSearch(functions, trace, indices, self._solution, mistakes)

    def _known(
        self,
        candidates: Sequence[Mistake],
        count: int,
        trace: CallTrace,
        indices: Sequence[int],
        form: AcceptedForm | None = None,
    ) -> list[tuple[Mistake, ...]]:
        """Every combination of so many known mistakes that explains the calls."""
        variants = itertools.islice(self._variants(candidates, count, form), _MAX_VARIANTS)
        explanations = []
        for mistakes, variant in variants:
            replay = Replay(trace, variant)
            if all(replay.matches(index) for index in indices):
                explanations.append(mistakes)
        return explanations

    def _variants(
        self, candidates: Sequence[Mistake], count: int, form: AcceptedForm | None
    ) -> Iterator[tuple[tuple[Mistake, ...], Variant]]:
        for mistakes in itertools.combinations(candidates, count):
            # Two mistakes may replace the same line. And a bank that no longer fits its notebook,
            # which `check` reports to the author, must not cost a student the grade.
            with contextlib.suppress(CourseError):
                forms = () if form is None else (form,)
                yield mistakes, self._solution.variant((*forms, *mistakes))


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
    told = explain_elsewhere(diagnoser, function, calls)
    if not told:
        return result
    name, message = told
    checks = tuple(_with_mistake(check, name, message) for check in result.checks)
    return replace(result, checks=checks)


def _with_mistake(check: CheckResult, name: str, message: str) -> CheckResult:
    if check.verdict not in _DIAGNOSED_VERDICTS:
        return check
    return replace(check, message=message, mistake=name)
