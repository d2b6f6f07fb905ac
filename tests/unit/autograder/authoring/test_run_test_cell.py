"""Running a test cell on the solution and its variants, for the author."""

from __future__ import annotations

import os
from typing import NoReturn

import numpy as np
import pytest

from autograder.authoring import run_test_cell as run_test_cell_module
from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.layout import Course
from autograder.course.notebook import test_cells as cells_with_tests
from autograder.diagnosis.solution import Solution, load_solution
from tests.support.cells import REPOSITORY
from tests.support.mistake_bank import TEST, assignment, bank
from utils.checks import Check


@pytest.fixture
def solution():
    """The solution of a small exercise."""
    return Solution(assignment())


def test_the_solution_gets_all_points(solution):
    """The calls that each check made are recorded."""
    run = run_test_cell(TEST, solution.fresh_globals(), "seed")
    assert run.points == 10
    assert run.functions == ("centred",)
    assert {name: len(calls) for name, calls in run.calls.items()} == {"printed": 1, "scaled": 1}
    assert len(run.all_calls) == 2


def test_a_mistake_loses_points(solution):
    """Only those of the checks that notice it."""
    namespace = solution.globals_with_mistakes([bank().mistakes["unscaled"]])
    assert run_test_cell(TEST, namespace, "seed").points == 4


def test_fresh_inputs_come_from_the_seed(solution):
    """Another seed gives other inputs; the same one the same."""
    first, again, other = (
        run_test_cell(TEST, solution.fresh_globals(), seed).calls["scaled"][0].before[0][0]
        for seed in ("a", "a", "b")
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_our_own_state_is_left_alone(solution):
    """Neither the environment nor the random state changes."""
    np.random.seed(3)
    before, variables = np.random.get_state()[1].copy(), dict(os.environ)
    run_test_cell(TEST + "\nnp.random.rand()", solution.fresh_globals(), "seed")
    assert np.array_equal(np.random.get_state()[1], before)
    assert dict(os.environ) == variables


@pytest.mark.parametrize("cell", ["raise ValueError", "raise SystemExit", "exercise = 3"])
def test_a_cell_without_an_exercise(solution, cell):
    """A cell that fails before its checks, or has none, gives no points."""
    assert run_test_cell(cell, solution.fresh_globals(), "").points == 0


def test_an_endless_variant_is_stopped(solution, monkeypatch):
    """It keeps the points of the checks before."""
    monkeypatch.setattr(run_test_cell_module, "TIME_LIMIT_SECONDS", 0.2)
    endless = solution.exercises["centred"].text.replace("/ scale", "/ wait(scale)")
    namespace = solution.fresh_globals({"centred": endless})
    namespace["wait"] = lambda scale: scale if scale == 1 else wait_forever()
    assert run_test_cell(TEST, namespace, "").points == 4


def wait_forever():
    """Until a signal comes."""
    while True:
        pass


BUILDING_ON_OTHERS = ("batchnorm", "gradient_checking", "optimization", "regularization")


@pytest.mark.parametrize("name", BUILDING_ON_OTHERS)
def test_right_work_is_compared_with_the_right_values_alone(monkeypatch, name):
    """What follows from a student's other functions is asked only where an answer is not right."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("another function was asked")

    monkeypatch.setattr(Check, "as_checked", refuse)
    built = Course(REPOSITORY).assignment(name)
    solution = load_solution(built)
    cells = [cell for cell in cells_with_tests(built.notebook) if "as_checked" in cell.source]
    assert cells
    for cell in cells:
        run = run_test_cell(cell.source, solution.fresh_globals(), "a seed")
        assert run.report is not None
        assert [line.name for line in run.report.lines if not line.right] == []
