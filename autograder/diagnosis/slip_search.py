"""Find the slips that explain a wrong answer which no known mistake explains.

What they do is compared with the recorded calls, as for the known mistakes (see ``diagnose``). The
simplest explanation comes first: one slip; one known mistake or slip that gives all outputs that
are wrong; two at once. Slips that explain an answer equally well are told by what they share.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from autograder.diagnosis.explanation import Explanation, SlipSummary, common_part
from autograder.diagnosis.mistakes import Mistake
from autograder.diagnosis.outputs import WrongOutputs
from autograder.diagnosis.recorded_calls import CallTrace
from autograder.diagnosis.replay import NUMBER, Replay, RunFacts
from autograder.diagnosis.slips import EditedFunction, Slip
from autograder.diagnosis.solution import Solution

_Edits = frozenset[int]
_Part = Mistake | Slip
# Counts, not times, so that the same answer gets the same diagnosis on every machine.
_MAX_FIRST = 6  # slips that explain a part, to which a second one is sought
_MAX_PAIRS = 600
_MAX_COST = 800_000  # of all runs of one search; one is what a call of a Python function costs
_BYTES = 4096  # that are copied and compared in the same time
_LATER = (
    *("variable", "number", "statement", "not_first_layer", "not_last_layer"),
    *("extra_factor", "extra_term", "divisor"),
)


class SlipSearch:
    """The search for slips in the calls of one function.

    Args:
        functions: Where they may be: the function itself first, then those that it calls.
        trace: The calls of a test cell.
        indices: Those of the function, one that is wrong first.
        solution: The solution.
        mistakes: The known mistakes of the functions.
    """

    def __init__(
        self,
        functions: Sequence[str],
        trace: CallTrace,
        indices: Sequence[int],
        solution: Solution,
        mistakes: Sequence[Mistake],
    ) -> None:
        self._functions = functions
        self._trace = trace
        self._indices = indices
        self._solution = solution
        self._mistakes = mistakes
        self._right = Replay(trace, solution.variant())
        self._wrong = WrongOutputs(trace, indices, self._right)
        self._seen: dict[str, RunFacts] = {}

    @property
    def is_worthwhile(self) -> bool:
        """Whether the wrong outputs tell one slip from another."""
        return self._wrong.tell_enough

    def one_slip(self) -> Explanation | None:
        """The slips that give exactly what the student's function gave."""
        for function in self._functions:
            edited = self._solution.edited(function)
            fitting = [
                slip
                for slip in self._candidates(edited)
                if self._matches(self._replay(edited, slip.edits))
            ]
            if fitting:
                return self._explanation(edited, fitting)
        return None

    def one_for_what_is_wrong(self) -> Explanation | None:
        """A known mistake, or slips, that give all wrong outputs, and others that are right."""
        fitting = [
            mistake
            for mistake in self._mistakes
            if self._explains_wrong(Replay(self._trace, self._solution.variant([mistake])))
        ]
        if fitting:
            return Explanation((fitting[0],), "wrong") if len(fitting) == 1 else None
        function = self._functions[0]
        edited = self._solution.edited(function)
        slips = [
            slip
            for slip in self._candidates(edited)
            if self._explains_wrong(self._replay(edited, slip.edits))
        ]
        return self._explanation(edited, slips, "wrong") if slips else None

    def two_at_once(self) -> Explanation | None:
        """Two slips, or a known mistake and a slip, in the function itself."""
        if not self._wrong.have_right_form:
            return None
        function = self._functions[0]
        own = [mistake for mistake in self._mistakes if mistake.function == function]
        edited = self._solution.edited(function, own)
        known = [edited.known_mistake(number) for number in range(len(own))]
        by_edits: dict[_Edits, _Part] = {s.edits: s for s in self._candidates(edited)}
        by_edits |= dict(zip(known, own, strict=True))
        pairs: list[tuple[_Edits, _Edits]] = []
        most = min(_MAX_PAIRS, self._affordable(function))
        for first, second in itertools.islice(self._pairs(edited, known, by_edits), most):
            if self._matches(self._replay(edited, first | second)):
                pairs.append((first, second))
        return _explanation_of_pairs(pairs, by_edits)

    def _candidates(self, edited: EditedFunction) -> list[Slip]:
        """The slips that are tried, those that are quick or likely first."""
        facts = self._facts(edited.name)
        slips = [slip for slip in edited.slips if is_likely(slip, edited, facts)]
        most = self._affordable(edited.name)
        if len(slips) > most:
            slips.sort(key=lambda slip: (edited.in_loop(slip), slip.kind in _LATER))
        return slips[:most]

    def _affordable(self, function: str) -> int:
        """How many variants of a function can be tried."""
        size = self._trace.calls[self._indices[0]].size
        return _MAX_COST // (self._facts(function).calls + size // _BYTES + 1)

    def _facts(self, function: str) -> RunFacts:
        """What was seen of the solution's function."""
        if function not in self._seen:
            own = [i for i in self._indices if self._trace.calls[i].function == function]
            self._seen[function] = self._right.observe(own[0]) if own else RunFacts({}, 1)
        return self._seen[function]

    def _explanation(
        self, edited: EditedFunction, slips: Sequence[Slip], scope: Literal["all", "wrong"] = "all"
    ) -> Explanation | None:
        """What the slips say that explain the calls with the fewest edits."""
        explains = self._matches if scope == "all" else self._explains_wrong
        fewest = min(len(slip.edits) for slip in slips)
        smallest = {}
        for slip in slips:
            if len(slip.edits) == fewest:
                edits = slip.edits
                for number in sorted(edits):
                    fewer = edits - {number}
                    if fewer and explains(self._replay(edited, fewer)):
                        edits = fewer
                smallest[edits] = edited.slip(slip, edits)
        simplest = list(smallest.values())
        nothing = [slip for slip in simplest if slip.kind == "statement"]
        summary = common_part(nothing or simplest)
        return Explanation((summary,), scope) if summary else None

    def _pairs(
        self,
        edited: EditedFunction,
        known: Sequence[_Edits],
        by_edits: Mapping[_Edits, _Part],
    ) -> Iterator[tuple[_Edits, _Edits]]:
        """Those that explain a part of the first call, each with every other one."""
        explained = {}
        for edits in (*known, *(e for e in by_edits if e not in known)):
            paths = self._wrong.explained_in_first_call(self._replay(edited, edits))
            if paths:
                explained[edits] = paths
        seen = set()
        best = sorted(explained, key=lambda edits: -len(explained[edits]))
        others = [*best, *(edits for edits in by_edits if edits not in explained)]
        for first in best[:_MAX_FIRST] or known:
            for second in others:
                if first != second and frozenset({first, second}) not in seen:
                    seen.add(frozenset({first, second}))
                    yield first, second

    def _replay(self, edited: EditedFunction, edits: _Edits) -> Replay:
        return Replay(self._trace, self._solution.edited_variant(edited, edits))

    def _matches(self, replay: Replay) -> bool:
        return all(replay.matches(index) for index in self._indices)

    def _explains_wrong(self, replay: Replay) -> bool:
        return self._wrong.explained_by(replay)


def _explanation_of_pairs(
    pairs: Sequence[tuple[_Edits, _Edits]], by_edits: Mapping[_Edits, _Part]
) -> Explanation | None:
    """What the pairs that explain an answer have in common: one part of all of them, or nothing."""
    for shared in pairs[0] if pairs else ():
        others = [pair[pair[0] == shared] for pair in pairs if shared in pair]
        if len(others) < len(pairs):
            continue
        part = _part([by_edits[shared]])
        other = _part([by_edits[edits] for edits in dict.fromkeys(others)])
        if part and other:
            return Explanation((part, other))
    return None


def _part(parts: Sequence[_Part]) -> Mistake | SlipSummary | None:
    """What parts have in common; None if that is nothing."""
    if len(parts) == 1 and isinstance(parts[0], Mistake):
        return parts[0]
    slips = [part for part in parts if isinstance(part, Slip)]
    return common_part(slips) if len(slips) == len(parts) else None


def is_likely(slip: Slip, edited: EditedFunction, facts: RunFacts) -> bool:
    """Whether each variable that it puts in is of the form, or of the kind, that belongs there."""
    forms = facts.forms
    if not forms:
        return True
    for number in slip.edits:
        edit = edited.edits[number]
        if edit.swapped and not _are_alike(*edit.swapped, forms):
            return False
        if edit.like and forms.get(edit.like[0]) != forms.get(edit.like[1]):
            return False
        if edit.number and forms.get(edit.number) != NUMBER:
            return False
    return True


def _are_alike(old: str, new: str, forms: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether two variables are of one form, or of one kind: W2 and W3."""
    same_kind = old.rstrip(string.digits) == new.rstrip(string.digits)
    return same_kind or forms.get(old) == forms.get(new)
