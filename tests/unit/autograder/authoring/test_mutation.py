"""Mutants: small changes to the lines that a student writes."""

from __future__ import annotations

import ast

import pytest

from autograder.authoring.mutation import mutants
from autograder.diagnosis.student_region import StudentRegion

HEAD = "def f(x, y):\n    a = x + 1\n    ### START CODE HERE ###\n"
FOOT = "\n    ### END CODE HERE ###\n    return a * 2\n"


def mutated(*lines):
    """The changed line of each mutant of these lines."""
    text = HEAD + "\n".join("    " + line for line in lines) + FOOT
    return {mutant.label.split(" -> ")[1] for mutant in mutants(StudentRegion.parse(text))}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a = x + y", {"a = x - y", "pass"}),
        ("a = x @ y", {"a = x * y", "pass"}),
        ("a = x < y", {"a = x <= y", "a = x > y", "pass"}),
        ("a = -x", {"a = x", "pass"}),
        ("a = x * 2", {"a = x / 2", "a = x * 3", "a = x * 0", "pass"}),
        ("a = x.T", {"a = x", "pass"}),
        ("a = np.sqrt(x)", {"a = x", "pass"}),
        (
            "a = np.sum(x, axis=0)",
            {"a = np.sum(x)", "a = np.sum(x, axis=1)", "pass"},
        ),
        (
            "a = np.sum(x, keepdims=True)",
            {"a = np.sum(x)", "a = np.sum(x, keepdims=False)", "pass"},
        ),
        ("a = x[y:]", {"a = x[:]", "pass"}),
        ("a += y", {"a -= y", "pass"}),
        ("a = x if y else a", {"a = x", "a = a", "pass"}),
        ("a = x and y", {"a = x or y", "pass"}),
    ],
)
def test_one_statement(line, expected):
    """Every possible change to one statement is made, each once."""
    assert mutated(line) == expected


def test_only_the_students_lines():
    """Lines outside the markers are given, and stay as they are."""
    region = StudentRegion.parse(HEAD + "    a = x + y" + FOOT)
    for mutant in mutants(region):
        assert "a = x + 1" in mutant.text
        assert "return a * 2" in mutant.text
        assert mutant.text != ast.unparse(ast.parse(region.text))


def test_a_block_and_what_is_in_it():
    """A loop is left out as a whole; its lines are changed one by one."""
    changes = mutated("for i in range(3):", "    a = a + i")
    assert {"pass", "a = a - i", "for i in range(4):", "for i in 3:"} <= changes


def test_a_condition_is_negated():
    """The block under it stays."""
    assert "if not x:" in mutated("if x:", "    a = y")


def test_no_lines_no_mutants():
    """A function that is given as a whole has no mutants."""
    assert not list(mutants(StudentRegion.parse("def f(x):\n    return x + 1")))
