"""The solution's functions, unchanged and with mistakes in them."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.diagnosis.solution import Solution
from autograder.errors import CourseError
from tests.support.mistake_bank import MISTAKES, assignment, bank, mistake

X = np.arange(6.0).reshape(3, 2)


@pytest.fixture
def solution():
    """The solution of a small exercise."""
    return Solution(assignment())


def test_functions_find_what_they_use(solution):
    """Imports, values and other functions of the notebook; experiments are not run."""
    namespace = solution.fresh_globals()
    assert namespace.function("helper")(1) == 4
    assert namespace.function("centred")(X)[0].tolist() == [[-2, -2], [0, 0], [2, 2]]
    with pytest.raises(KeyError):
        namespace["never"]


def test_only_solution_cells_hold_exercises(solution):
    """Only the lines between the markers are written by students."""
    assert set(solution.exercises) == {"centred", "helper", "noisy"}
    region = solution.exercises["centred"]
    lines = [region.text.split("\n")[number - 1].strip() for number in sorted(region.lines)]
    assert lines == ["mean = np.mean(x, axis=0)", "out = (x - mean) / scale"]
    assert not solution.exercises["helper"].lines


def test_globals_are_not_shared(solution):
    """A change to the globals of one variant is not visible to another."""
    first, second = solution.fresh_globals(), solution.fresh_globals()
    first["OFFSET"] = 100
    assert (first.function("helper")(1), second.function("helper")(1)) == (101, 4)


def test_mistakes_are_put_in(solution):
    """One mistake, and two at once."""
    plus, unscaled = (entry for entry in MISTAKES if entry.id in ("plus", "unscaled"))
    wrong = solution.globals_with_mistakes([plus]).function("centred")(X, 2.0)[0]
    assert np.allclose(wrong, (X + X.mean(axis=0)) / 2)
    wrong = solution.globals_with_mistakes([plus, unscaled]).function("centred")(X, 2.0)[0]
    assert np.allclose(wrong, X + X.mean(axis=0))


def test_a_function_uses_the_variants_of_others(solution):
    """A mistake in ``centred`` shows in ``noisy``."""
    assert solution.used_by("noisy") == {"noisy", "centred"}
    namespace = solution.globals_with_mistakes([bank().mistakes["plus"]])
    np.random.seed(1)
    wrong = namespace.function("noisy")(X)
    np.random.seed(1)
    assert np.allclose(wrong, X + X.mean(axis=0) + np.random.rand(3, 2))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (mistake("a", ("no such text", "x")), "occurs 0 times in its function"),
        (mistake("a", ("mean", "x")), "occurs 6 times in its function"),
        (mistake("a", ("x", "y"), function="other"), "which no solution cell defines"),
    ],
)
def test_a_mistake_that_does_not_fit(solution, entry, words):
    """The error names the mistake by its id."""
    with pytest.raises(CourseError, match="'a'.*" + words):
        solution.globals_with_mistakes([entry])
