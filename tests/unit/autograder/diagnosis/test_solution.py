"""The solution's functions, as they are and with mistakes in them."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.diagnosis.solution import Solution
from autograder.errors import CourseError
from tests.support.mistake_bank import MISTAKES, assignment, mistake

X = np.arange(6.0).reshape(3, 2)


@pytest.fixture
def solution():
    """Of a small exercise."""
    return Solution(assignment())


def test_functions_find_what_they_use(solution):
    """Imports, values and other functions of the notebook; experiments are not run."""
    names = solution.names()
    assert names.function("helper")(1) == 4
    assert names.function("centred")(X)[0].tolist() == [[-2, -2], [0, 0], [2, 2]]
    with pytest.raises(KeyError):
        names["never"]


def test_only_solution_cells_hold_exercises(solution):
    """And only the lines between the markers are a student's."""
    assert set(solution.exercises) == {"centred", "helper", "noisy"}
    region = solution.exercises["centred"]
    lines = [region.text.split("\n")[number - 1].strip() for number in sorted(region.lines)]
    assert lines == ["mean = np.mean(x, axis=0)", "out = (x - mean) / scale"]
    assert not solution.exercises["helper"].lines


def test_each_set_of_names_is_its_own(solution):
    """What one variant does to its globals, no other sees."""
    first, second = solution.names(), solution.names()
    first["OFFSET"] = 100
    assert (first.function("helper")(1), second.function("helper")(1)) == (101, 4)


def test_mistakes_are_put_in(solution):
    """One, and two at once."""
    plus, unscaled = (one for one in MISTAKES if one.id in ("plus", "unscaled"))
    wrong = solution.with_mistakes([plus]).function("centred")(X, 2.0)[0]
    assert np.allclose(wrong, (X + X.mean(axis=0)) / 2)
    wrong = solution.with_mistakes([plus, unscaled]).function("centred")(X, 2.0)[0]
    assert np.allclose(wrong, X + X.mean(axis=0))


def test_a_function_brings_what_it_uses(solution):
    """A mistake in ``centred`` shows in ``noisy``."""
    assert solution.used_by("noisy") == {"noisy", "centred"}
    names = solution.with_mistakes([one for one in MISTAKES if one.id == "plus"])
    np.random.seed(1)
    wrong = names.function("noisy")(X)
    np.random.seed(1)
    assert np.allclose(wrong, X + X.mean(axis=0) + np.random.rand(3, 2))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (mistake("a", ("no such text", "x")), "stands 0 times in its function"),
        (mistake("a", ("mean", "x")), "stands 6 times in its function"),
        (mistake("a", ("x", "y"), function="other"), "which no solution cell defines"),
    ],
)
def test_a_mistake_that_does_not_fit(solution, entry, words):
    """Is told with its id."""
    with pytest.raises(CourseError, match="'a'.*" + words):
        solution.with_mistakes([entry])
