"""Measure on slips, mistakes made by rule, what students are told and whether they see it at once.

The slips are those of the diagnosis (``diagnosis.slips``), a sample of them for each exercise. The
known mistakes prove the bank; these are mistakes that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.authoring.run_test_cell import CellRun, run_test_cell
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.recorded_calls import CallTrace, RecordedCall
from autograder.diagnosis.replay import Replay, isolated
from autograder.diagnosis.slip_search import is_likely
from autograder.diagnosis.slips import Slip
from autograder.diagnosis.solution import Solution
from autograder.models import Verdict
from utils.messages import get_message

SAMPLE = 20  # slips of an exercise, at most
_PARTS = ("right_values_one", "right_values_many", "right_shape_one", "right_shape_many")


@dataclass(frozen=True)
class SlipResult:
    """What became of one slip that loses points.

    Attributes:
        slip: The slip.
        seen: Whether a visible check notices it.
        named: Whether the student is told what is wrong.
        located: Whether the student is told where: a line, or which of the results are right.
    """

    slip: Slip
    seen: bool
    named: bool
    located: bool


def try_slips(
    function: str, source: str, solution: Solution, diagnoser: Diagnoser, seed: str
) -> Iterator[SlipResult]:
    """Put a sample of an exercise's slips through its test cell; those that lose points.

    Args:
        function: The exercise's function.
        source: The text of its test cell.
        solution: The assignment's solution.
        diagnoser: The assignment's.
        seed: The course's secret seed.
    """
    edited = solution.edited(function)
    slips = likely_slips(function, source, solution, seed)
    for slip in slips[:: -(-len(slips) // SAMPLE) or 1]:
        names = solution.edited_variant(edited, slip.edits).fresh_globals()
        run = run_test_cell(source, names, seed)
        wrong = [line for line in run.report.lines if not line.right] if run.report else []
        if not wrong:
            continue
        explanation = diagnoser.explain(function, _calls(run))
        yield SlipResult(
            slip,
            seen=any(not line.hidden for line in wrong),
            named=explanation is not None and explanation.names_something,
            located=explanation is not None
            or any(line.verdict == Verdict.RAISED or _says_where(line.message) for line in wrong),
        )


def likely_slips(function: str, source: str, solution: Solution, seed: str) -> list[Slip]:
    """The slips of a function whose variables could be taken for one another."""
    run = run_test_cell(source, solution.fresh_globals(), seed)
    trace = CallTrace(_calls(run), {})
    own = [index for index, call in enumerate(trace.calls) if call.function == function]
    edited = solution.edited(function)
    if not own:
        return edited.slips
    with isolated():
        facts = Replay(trace, solution.variant()).observe(own[0])
    return [slip for slip in edited.slips if is_likely(slip, edited, facts)]


def _calls(run: CellRun) -> list[RecordedCall]:
    return [RecordedCall.from_check(call) for call in run.all_calls]


def _says_where(message: str) -> bool:
    """Whether a check's message says which parts of a result are right."""
    return any(get_message(key, names="").strip() in message for key in _PARTS)
