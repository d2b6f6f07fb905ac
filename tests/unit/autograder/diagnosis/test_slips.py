"""Slips: mistakes that rules make out of any line of a solution."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from autograder.diagnosis.slips import EditedFunction
from autograder.diagnosis.student_region import StudentRegion
from autograder.diagnosis.switches import SWITCHES

TEXT = """
def f(x, y, n, rate=0.5):
    ### START CODE HERE ###
    {}
    ### END CODE HERE ###
    return a
"""


def function(*lines):
    """A function of which students write these lines."""
    return EditedFunction(StudentRegion.parse(TEXT.format("\n    ".join(lines))))


def edited_lines(*lines):
    """What rules make of one line, by kind."""
    made = {}
    edited = function(*lines)
    for edit in edited.edits:
        for old, new in edit.replaced:
            texts = [ast.unparse(ast.fix_missing_locations(node)) for node in (old, *new)]
            made.setdefault(edit.kind, set()).add(tuple(texts))
    return made


@pytest.mark.parametrize(
    ("line", "kind", "change"),
    [
        ("a = x * y / n", "division", ("x * y / n", "x * y")),
        ("a = x * y / n", "factor", ("x * y", "y")),
        ("a = x - y * n", "brackets", ("x - y * n", "(x - y) * n")),
        ("a = 1 - x ** n", "brackets", ("1 - x ** n", "(1 - x) ** n")),
        ("a = x / (y * n)", "brackets", ("x / (y * n)", "x / y * n")),
        ("a = np.sqrt(x + y)", "root", ("np.sqrt(x + y)", "np.sqrt(x) + y")),
        ("a = np.sqrt(x) + y", "root", ("np.sqrt(x) + y", "np.sqrt(x + y)")),
        ("a = np.var(x, axis=0)", "ddof", ("np.var(x, axis=0)", "np.var(x, axis=0, ddof=1)")),
        ("a = np.sum(x, axis=0)", "mean_or_sum", ("np.sum(x, axis=0)", "np.mean(x, axis=0)")),
        ("a = np.sum(x, axis=0)", "axis", ("np.sum(x, axis=0)", "np.sum(x, axis=1)")),
        ("a = np.sum(x, axis=0)", "all_axes", ("np.sum(x, axis=0)", "np.sum(x)")),
        ("a = x @ y.T", "order", ("x @ y.T", "y.T @ x")),
        ("a = x @ y.T", "transpose", ("y.T", "y")),
        ("a = (1 - x) * y", "complement", ("1 - x", "x")),
        ("a = np.zeros((n, 1))", "shape", ("np.zeros((n, 1))", "np.zeros((1, n))")),
        ("a = np.zeros((n, 1))", "lost_axis", ("np.zeros((n, 1))", "np.zeros(n)")),
        ("a = x ** 2", "power", ("x ** 2", "x")),
        ('a = x["db"]', "for_biases", ("'db'", "'dW'")),
        ("a = np.linalg.norm(x - y)", "each_part", None),
        ("a = x % y", "remainder", ("x % y", "x")),
        ("a = x * y", "power", ("x * y", "x ** 2 * y")),
        ("a = x - y / 2", "extra_factor", ("y / 2", "y / 2 / n")),
        ("a = x - y", "extra_factor", ("y", "y * 2")),
        ("a = x - y", "extra_factor", ("x - y", "(x - y) * 10")),
        ("a = x - y", "extra_term", ("x - y", "x - y + n")),
        ("a = x - y", "absolute", ("x - y", "np.abs(x - y)")),
        ("a = x / np.sum(y)", "divisor", ("x / np.sum(y)", "x / n")),
        ("a = x / y", "complement", ("x / y", "x / (1 - y)")),
        ("a = rate * y", "default", ("rate", "0.5")),
        ("a = f(x) if y else g(x)", "both_cases", None),
        ("a = np.std(x)", "first_entry", ("np.std(x)", "np.std(x[0])")),
        ("a = np.zeros(x.shape)", "copied", ("np.zeros(x.shape)", "x + 0")),
        ("a = x // y", "off_by_one", ("x // y", "(x + 1) // y")),
        ("a = n * x / (y + 3)", "brackets", ("n * x / (y + 3)", "n * (x / y + 3)")),
    ],
)
def test_each_rule(line, kind, change):
    """The change is made, under its kind."""
    made = edited_lines(line)
    assert kind in made
    assert change is None or change in made[kind]


def test_a_variable_of_the_same_kind():
    """Another variable that has a value at this line; not one that comes later, nor a function."""
    swapped = {new for _, new in edited_lines("b = x + n", "a = b * y", "c = a")["variable"]}
    assert {"x", "y", "n", "b"} <= swapped
    assert "c" not in swapped
    assert "np" not in swapped


def test_one_text_for_all():
    """Each edit is made when its switch is on; without any the function is the solution."""
    edited = function("b = x * 3", "a = b + y")
    results = {}
    for slip in [None, *edited.slips]:
        names = {SWITCHES: slip.edits if slip else frozenset(), "np": np}
        exec(edited.text, names)  # noqa: S102
        try:
            results.setdefault(names["f"](2.0, 5.0, 7.0), []).append(slip and slip.kind)
        except (NameError, TypeError):
            assert slip.kind in ("statement", "late", "product")
    assert results[11.0][0] is None
    assert "sign" in results[1.0]  # 6 - 5
    assert "factor" in results[7.0]  # 2 + 5
    assert "variable" in results[26.0]  # 7 * 3 + 5


LINES = (
    'v["dW"] = n * v["dW"] + (1 - n) * x["dW"]',
    'v["db"] = n * v["db"] + (1 - n) * x["db"]',
    "a = v",
)


def test_the_same_in_all_lines_of_a_kind():
    """A slip in the weights' line, in the biases', and in both."""
    slips = [slip for slip in function(*LINES).slips if slip.kind == "complement"]
    places = {tuple(place.target for place in slip.places) for slip in slips}
    assert {('v["dW"]',), ('v["db"]',), ('v["dW"]', 'v["db"]')} <= places


def test_a_default_is_named_wherever_it_stands():
    """The same default in all lines is one slip, which names no line."""
    slips = [s for s in function("b = rate * x", "a = b + y - rate").slips if s.kind == "default"]
    assert {(slip.name, len(slip.edits)) for slip in slips} == {("rate", 1), ("rate", 2)}
    assert {place.target for slip in slips for place in slip.places} == {""}


def test_a_factor_that_formulas_use_is_not_put_elsewhere():
    """Only what has no place in any formula, so that there are few."""
    made = edited_lines("b = x / n", "a = b * y")["extra_factor"]
    assert ("b * y", "b * y * rate") in made
    assert ("b * y", "b * y * n") not in made


def test_a_place_is_what_the_stub_shows():
    """Of two lines with the same target the place says which; what the stub hides has no place."""
    edited = function("b = x + y", "b = b * n", "a = [b]", "a.append(x + n)")
    places = {(place.target, place.number) for slip in edited.slips for place in slip.places}
    assert places == {("b", 1), ("b", 2), ("a", 0), ("", 0)}


def test_known_mistakes_are_edits_too():
    """A mistake of the bank can be switched on together with a slip."""
    region = StudentRegion.parse(TEXT.format("b = x * 3\n    a = b + y"))
    mistake = region.text.replace("b + y", "b + y + n")
    edited = EditedFunction(region, [mistake])
    factor = next(s for s in edited.slips if s.kind == "factor")
    names = {SWITCHES: edited.known_mistake(0) | factor.edits}
    exec(edited.text, names)  # noqa: S102
    assert names["f"](2.0, 5.0, 7.0) == 2.0 + 5.0 + 7.0
