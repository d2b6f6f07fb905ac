"""The sentences that tell a slip: they are true, and they never give the answer away."""

from __future__ import annotations

import ast
import re

import pytest

from autograder.authoring.run_test_cell import run_test_cell
from autograder.authoring.slip_strength import likely_slips
from autograder.course.layout import Course
from autograder.course.notebook import test_cells as cells_with_tests
from autograder.course.stubs import clear_regions
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.explanation import Explanation, SlipSummary, common_part
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.slips import Place, Slip
from autograder.diagnosis.solution import load_solution
from tests.support.solutions import ROOT
from utils.messages import load_messages

ASSIGNMENTS = sorted(Course(ROOT).names())
ONE, TWO, HIDDEN = Place("dW1"), Place("dW2"), Place()


def slip(kind, *places, name="", function="f"):
    """A slip of that kind in these lines."""
    return Slip(kind, function, places, frozenset({1}), name)


@pytest.mark.parametrize(
    ("slips", "clause"),
    [
        ([slip("factor", ONE)], "a factor is missing in the line of `dW1`"),
        ([slip("factor", ONE, TWO)], "a factor is missing in the lines of `dW1` and `dW2`"),
        (
            [slip("factor", ONE), slip("factor", TWO)],
            "a factor is missing in the line of `dW1` or in the line of `dW2`",
        ),
        (
            [slip("factor", ONE), slip("sign", ONE)],
            "one thing is not as it should be in the line of `dW1`",
        ),
        (
            [slip("sign", Place("dxc", 2))],
            "a sign is the other way round in the second line of `dxc`",
        ),
        (
            [slip("variable", ONE, name="dZ2")],
            "`dZ2` stands where another variable belongs in the line of `dW1`",
        ),
        (
            [slip("variable", ONE, name="dZ2"), slip("variable", ONE, name="dA2")],
            "a variable stands where another variable belongs in the line of `dW1`",
        ),
        ([slip("factor", HIDDEN)], "a factor is missing"),
    ],
)
def test_what_slips_have_in_common(slips, clause):
    """The kind, the place, or both; of several places all are said."""
    assert common_part(slips).clause() == clause


def test_the_sentence_says_which_function():
    """The exercise returned what the slip gives; the slip may be in a function that it calls."""
    explanation = Explanation((SlipSummary((slip("factor", ONE),)),))
    assert explanation.sentence("f").startswith("f returns exactly what comes out if a factor is")
    elsewhere = explanation.sentence("g")
    assert elsewhere.startswith("g returns exactly what comes out if a factor is missing in")
    assert "the line of `dW1` of `f`." in elsewhere
    partly = Explanation(explanation.parts, "wrong").sentence("f")
    assert "The rest is right." in partly


@pytest.mark.parametrize(
    "slips",
    [
        [slip("factor", HIDDEN), slip("sign", HIDDEN)],
        [slip("factor", HIDDEN), slip("factor", ONE)],
        [slip("factor", Place(f"dW{n}")) for n in range(4)],
        [slip("factor", ONE), slip("factor", ONE, function="g")],
    ],
)
def test_nothing_in_common(slips):
    """Neither is said: one of them would be a guess."""
    assert common_part(slips) is None


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_sentence_gives_the_answer(assignment):
    """It names what the stub shows, and nothing that stands to the right of an equals sign."""
    solution = load_solution(Course(ROOT).assignment(assignment))
    for function, region in solution.exercises.items():
        stub = clear_regions(region.text)[0]
        values = [
            ast.unparse(node.value)
            for node in ast.walk(ast.parse(region.text))
            if isinstance(node, ast.Assign) and node.lineno in region.lines
        ]
        for made in solution.edited(function).slips:
            clause = SlipSummary((made,)).clause()
            assert all(name in stub for name in re.findall(r"`(.*?)`", clause)), clause
            rest = re.sub(r"`.*?`", "", clause)
            assert not any(value in rest for value in values if len(value) > 3), clause


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_kind_has_a_sentence(assignment):
    """Whatever slip is found can be told."""
    solution = load_solution(Course(ROOT).assignment(assignment))
    kinds = {s.kind for name in solution.exercises for s in solution.edited(name).slips}
    assert {f"slip_{kind}" for kind in kinds} <= set(load_messages("en"))


@pytest.mark.parametrize("assignment", ["optimization", "regularization", "batchnorm"])
def test_a_claim_holds(assignment):
    """Each slip that explains a mutant fails the checks that the mutant fails, and no other.

    With the slip undone nothing is wrong, since that is the solution.
    """
    made = Course(ROOT).assignment(assignment)
    solution, diagnoser = load_solution(made), Diagnoser.for_assignment(made)
    checked = 0
    for cell in cells_with_tests(made.notebook):
        function = run_test_cell(cell.source, solution.fresh_globals(), "s").functions[0]
        edited = solution.edited(function)

        def run(edits, edited=edited, source=cell.source):
            return run_test_cell(
                source, solution.edited_variant(edited, edits).fresh_globals(), "s"
            )

        for mutant in likely_slips(function, cell.source, solution, "s")[7::101]:
            result = run(mutant.edits)
            failed = [line.name for line in result.report.lines if not line.right]
            calls = [RecordedCall.from_check(call) for call in result.all_calls]
            explanation = diagnoser.explain(function, calls) if failed else None
            if explanation is None or explanation.scope == "wrong" or len(explanation.parts) > 1:
                continue
            for found in getattr(explanation.parts[0], "slips", ()):
                again = [line.name for line in run(found.edits).report.lines if not line.right]
                assert again == failed, (mutant, found)
                checked += 1
    assert checked > 3
