"""What a student is told is true: sentences on wrong answers, proven without what made them.

The wrong answers are made by rule and taken from the banks. A sentence that names a cause is
proven by making the cause: the same comes out in every call, and without one of two causes it does
not. A sentence of a comparison is proven by the two values that were compared.
"""

from __future__ import annotations

import ast
import random
import re
from collections import Counter

import numpy as np
import pytest

from autograder.authoring.run_test_cell import run_test_cell
from autograder.authoring.slip_strength import likely_slips
from autograder.course import notebook as notebooks
from autograder.course.layout import Course
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.mistakes import Mistake, load_bank
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import load_solution
from tests.support.solutions import ROOT
from utils.checking import check as checking

NAMES = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/mistakes.toml"))
SEED = "true sentences"
UNBOUNDED = ("random_mini_batches",)  # a wrong number of batches may take minutes, and all memory
_AT = re.compile(
    r"^(.+?) is wrong: at index \[([\d, ]+)\] it should be (\S+), but it is (\S+?)\.( |$)"
)
_NUMBER = re.compile(r"^(.+?) should be (\S+), but it is (\S+?)\.( |$)")
_FACTOR = re.compile(r"(Every value|It) is ([\d.e+]+) times too (large|small)\.")
_RIGHT = re.compile(r"[.?] ([^.?]+?) (?:is|are) right\.")


def answers(name, share):
    """Wrong answers to the exercises of an assignment: ``(function, test cell, globals)``."""
    assignment = Course(ROOT).assignment(name)
    solution, bank = load_solution(assignment), load_bank(assignment)
    for cell in notebooks.test_cells(assignment.notebook):
        functions = run_test_cell(cell.source, solution.fresh_globals(), SEED).functions
        if not functions or functions[0] not in solution.exercises:
            continue
        if functions[0] in UNBOUNDED:
            continue
        function, chosen = functions[0], random.Random(f"{name} {functions[0]}")  # noqa: S311  a sample
        edited = solution.edited(function)
        slips = likely_slips(function, cell.source, solution, SEED)
        for slip in chosen.sample(slips, min(share, len(slips))):
            yield function, cell.source, solution.edited_variant(edited, slip.edits).fresh_globals()
        mistakes = bank.of(function)
        for mistake in chosen.sample(mistakes, min(share, len(mistakes))):
            yield function, cell.source, solution.globals_with_mistakes([mistake])


def check_sentences(monkeypatch, name, share):
    """Prove each sentence on the answers; returns how many of each kind there were."""
    compared = []
    original = checking.difference

    def difference(what, got, expected, **options):
        message = original(what, got, expected, **options)
        if message:
            compared.append((message, what, got, expected))
        return message

    monkeypatch.setattr(checking, "difference", difference)
    assignment = Course(ROOT).assignment(name)
    diagnoser, solution = Diagnoser.for_assignment(assignment), load_solution(assignment)
    free = load_bank(assignment).free
    proven = Counter()
    for function, source, names in answers(name, share):
        compared.clear()
        run = run_test_cell(source, names, SEED)
        if run.report is None or run.report.all_right:
            continue
        for message, what, got, expected in compared:
            proven.update(prove_comparison(message, what, got, expected))
        calls = list(run.all_calls)
        explanation = diagnoser.explain(function, [RecordedCall.from_check(c) for c in calls])
        if explanation and explanation.scope == "all":
            proven["cause"] += prove_cause(explanation, solution, source, calls, free)
    return proven


def prove_comparison(message, what, got, expected):
    """What a comparison's message says of two values is so."""
    if match := _AT.match(message):
        value, right = part(match[1], what, got), part(match[1], what, expected)
        index = tuple(ast.literal_eval(f"({match[2]},)"))
        assert value[index] == pytest.approx(float(match[4]), rel=1e-6), message
        assert right[index] == pytest.approx(float(match[3]), rel=1e-6), message
        assert value[index] != right[index]
        yield "position"
    elif (match := _NUMBER.match(message)) and re.fullmatch(r"[-\d.e+]+", match[3]):
        for number, value in ((match[3], got), (match[2], expected)):
            assert float(part(match[1], what, value)) == pytest.approx(float(number), rel=1e-6)
        yield "number"
    if match := _FACTOR.search(message):
        name = re.split(r" (?:is wrong|should be|has)", message)[0]
        value, right = np.asarray(part(name, what, got)), np.asarray(part(name, what, expected))
        assert (value.size > 1) == (match[1] == "Every value") or np.count_nonzero(right) == 1
        factor = float(match[2]) if match[3] == "large" else 1 / float(match[2])
        np.testing.assert_allclose(value, factor * right, rtol=1e-3, atol=1e-5)
        yield "factor"
    for match in _RIGHT.finditer(message):
        for name in re.split(r", | and ", match[1]):
            if not re.match(r"\d+ more$|The ", name):
                np.testing.assert_allclose(
                    np.asarray(part(name, what, got), float),
                    np.asarray(part(name, what, expected), float),
                    rtol=1e-4,
                    atol=1e-5,
                    err_msg=message,
                )
                yield "right part"


def part(name, what, value):
    """The part of a compared value that a message names."""
    if name == what:
        return value
    name = name.removesuffix(f" of {what}")
    if match := re.fullmatch(re.escape(what) + r"\[(\d+)\]", name):
        return value[int(match[1])]
    return value[name]


def prove_cause(explanation, solution, source, calls, free):
    """Made in the solution, the cause does the same in every call; one of two alone does not."""
    if len(explanation.parts) == 1:
        sets = [explanation.parts]
    else:
        sets = [explanation.parts, *((one,) for one in explanation.parts)]
    for number, parts in enumerate(sets):
        names = with_causes(solution, parts)
        if names is None:
            return 0
        own = list(run_test_cell(source, names, SEED).all_calls)
        equal = len(own) == len(calls) and all(
            same_outcome(one, other, free) for one, other in zip(own, calls, strict=True)
        )
        assert equal == (number == 0), explanation.ids
    return 1


def with_causes(solution, parts):
    """The solution with these mistakes or slips in it; None if a test cannot put them together."""
    if all(isinstance(one, Mistake) for one in parts):
        return solution.globals_with_mistakes(parts)
    if any(isinstance(one, Mistake) for one in parts):
        return None
    edits = frozenset().union(*(one.slips[0].edits for one in parts))
    edited = solution.edited(parts[0].function)
    if not all(number < len(edited.edits) for number in edits):
        return None
    return solution.edited_variant(edited, edits).fresh_globals()


def same_outcome(first, second, free):
    """Whether two calls returned or raised the same; a cache is the student's own affair."""
    if first.error or second.error:
        return type(first.error) is type(second.error)
    answers = []
    for call in (first, second):
        places = free.get(call.function, ())
        answer = call.answer
        if isinstance(answer, tuple):
            answer = tuple(part for place, part in enumerate(answer) if place not in places)
        answers.append(flat(answer))
    return answers[0] == pytest.approx(answers[1], rel=1e-5, nan_ok=True)


def flat(value):
    """All numbers in an answer, in order."""
    if isinstance(value, dict):
        return [number for key in sorted(value, key=str) for number in flat(value[key])]
    if isinstance(value, (tuple, list)):
        return [number for one in value for number in flat(one)]
    if isinstance(value, (int, float, np.number, np.ndarray)):
        return np.asarray(value, float).ravel().tolist()
    return []


@pytest.mark.parametrize(
    ("message", "got"),
    [
        ("W is wrong: at index [1] it should be 3, but it is 4.", [2.0, 5.0]),
        ("W is wrong: at index [0] it should be 1, but it is 3.", [2.0, 3.0]),
        ("W has wrong values. Every value is 2 times too large.", [2.0, 5.0]),
        ("b is wrong. W is right.", [2.0, 3.0]),
    ],
)
def test_an_untrue_sentence_is_noticed(message, got):
    """Each kind of proof fails where the sentence is not so."""
    with pytest.raises(AssertionError):
        list(
            prove_comparison(message, "all", {"W": np.array(got)}, {"W": np.array([2.0, 3.0]) / 2})
        )


def test_a_sample_of_sentences(monkeypatch):
    """Positions, numbers, factors, parts that are right; causes, and both of two."""
    proven = check_sentences(monkeypatch, "regularization", 1)
    assert proven["cause"] >= 2
    assert proven.total() > proven["cause"]


@pytest.mark.long  # the test cells of hundreds of wrong answers
@pytest.mark.parametrize("name", NAMES)
def test_many_sentences(monkeypatch, name):
    """The same of many answers to every exercise."""
    assert check_sentences(monkeypatch, name, 15)["cause"] >= 20
