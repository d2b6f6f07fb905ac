"""Running a test cell on the solution, for the author."""

from __future__ import annotations

import os

import numpy as np
import pytest

from autograder.authoring import run_test_cell as run_test_cell_module
from autograder.authoring.run_test_cell import run_test_cell
from autograder.diagnosis.solution import Solution
from tests.support.mistake_bank import MISTAKES, TEST, assignment


@pytest.fixture
def solution():
    """Of a small exercise."""
    return Solution(assignment())


def test_the_solution_gets_all_points(solution):
    """And what it was called with is known, by check."""
    done = run_test_cell(TEST, solution.names(), "seed")
    assert done.points == 10
    assert done.functions == ("centred",)
    assert {name: len(calls) for name, calls in done.calls.items()} == {"printed": 1, "scaled": 1}
    assert len(done.all_calls) == 2


def test_a_mistake_loses_points(solution):
    """Those of the checks that see it."""
    (unscaled,) = [one for one in MISTAKES if one.id == "unscaled"]
    assert run_test_cell(TEST, solution.with_mistakes([unscaled]), "seed").points == 4


def test_fresh_inputs_come_from_the_seed(solution):
    """Another seed gives other inputs; the same one the same."""
    one, again, other = (
        run_test_cell(TEST, solution.names(), seed).calls["scaled"][0].before[0][0]
        for seed in ("a", "a", "b")
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_nothing_of_ours_moves(solution):
    """Neither the environment nor the random state."""
    np.random.seed(3)
    before, variables = np.random.get_state()[1].copy(), dict(os.environ)
    run_test_cell(TEST + "\nnp.random.rand()", solution.names(), "seed")
    assert np.array_equal(np.random.get_state()[1], before)
    assert dict(os.environ) == variables


@pytest.mark.parametrize("cell", ["raise ValueError", "raise SystemExit", "exercise = 3"])
def test_a_cell_that_does_not_get_to_its_checks(solution, cell):
    """Gives no points."""
    assert run_test_cell(cell, solution.names(), "").points == 0


def test_an_endless_variant_is_stopped(solution, monkeypatch):
    """It has the points of the checks before."""
    monkeypatch.setattr(run_test_cell_module, "SECONDS", 0.2)
    endless = solution.exercises["centred"].text.replace("/ scale", "/ wait(scale)")
    names = solution.names({"centred": endless})
    names["wait"] = lambda scale: scale if scale == 1 else wait_for_ever()
    assert run_test_cell(TEST, names, "").points == 4


def wait_for_ever():
    """Until a signal comes."""
    while True:
        pass
