"""The gradient-checking notebook: printed figures, planted bugs, errors over epsilon."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from tests.support.solutions import solution_namespace, text_master
from utils.cases import gradient_checking as cases
from utils.gradients import dictionary_to_vector, gradients_to_vector, vector_to_dictionary

WEIGHTS_AND_BIASES = ("dW1", "db1", "dW2", "db2", "dW3", "db3")


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook defines when it is run with its solutions."""
    return solution_namespace("gradient_checking")


def test_one_parameter_gives_the_printed_figures(notebook):
    """For x = 2 and theta = 4: cost 8, derivative 2, difference 2.919335883291695e-10."""
    assert notebook["forward_propagation"](2, 4) == 8
    assert notebook["backward_propagation"](2, 4) == 2
    difference = notebook["gradient_check"](2, 4)
    assert difference == 2.919335883291695e-10  # plain products: the same on every machine
    # The figure in an old table, which no run gives, has the same seven digits.
    assert difference == pytest.approx(2.9193358103083e-10, rel=1e-7)


@pytest.mark.parametrize(("x", "theta"), [(2.0, 4.0), (-3.5, 0.25), (0.0, 1.0), (0.7, -120.0)])
def test_the_derivative_is_the_slope(notebook, x, theta):
    """For one parameter the derivative is what SciPy measures."""
    slope = approx_fprime([theta], lambda moved: notebook["forward_propagation"](x, moved[0]), 0.5)
    assert notebook["backward_propagation"](x, theta) == pytest.approx(slope[0], abs=1e-12)


@pytest.mark.parametrize(
    ("bugs", "printed", "rel"),
    [
        # rounding at epsilon 1e-7 is 3e-9 of these: more digits depend on the order of operations
        ("both", 0.2850931567761623, 1e-9),
        ("another", 0.2544229715, 3e-9),
        ("one", 0.1734419685, 3e-9),
        ("none", 1.1890913023330276e-07, 1e-2),  # noise: two or three digits are stable
    ],
)
def test_the_network_gives_the_printed_figures(notebook, bugs, printed, rel):
    """The difference with both bugs, with each of them alone, and without bugs."""
    X, Y, parameters = cases.network()
    difference = notebook["gradient_check_n"](parameters, cases.gradients(bugs), X, Y)
    assert difference == pytest.approx(printed, rel=rel)


def test_both_bugs_give_the_printed_figure_to_its_last_digit(notebook):
    """On a machine that rounds as in the published run all sixteen digits agree."""
    X, Y, parameters = cases.network()
    both, none = (
        notebook["gradient_check_n"](parameters, cases.gradients(bugs), X, Y)
        for bugs in ("both", "none")
    )
    if none != pytest.approx(1.1890913023330276e-07, rel=1e-8):
        pytest.skip("NumPy rounds differently here: the difference without bugs shows it")
    assert both == pytest.approx(0.2850931567761623, abs=2e-16)


@pytest.mark.parametrize(
    ("bugs", "printed"), [("another", "0.2544229715"), ("one", "0.1734419685")]
)
def test_one_bug_gives_all_the_stated_digits_when_the_cost_is_divided_by_m(bugs, printed):
    """Ten digits: these two were measured with sum / m, the printed ones with 1 / m * sum.

    The notebook has the second. In the tenth digit the order of the two shows.
    """
    ours = solution_namespace("gradient_checking")
    forward = ours["forward_propagation_n"]

    def divided(X, Y, parameters):
        _, cache = forward(X, Y, parameters)
        A3 = cache[9]
        return np.sum(-np.log(A3) * Y - np.log(1 - A3) * (1 - Y)) / X.shape[1], cache

    ours["forward_propagation_n"] = divided
    X, Y, parameters = cases.network()
    difference = ours["gradient_check_n"](parameters, cases.gradients(bugs), X, Y)
    assert f"{difference:.10f}" == printed


@pytest.mark.parametrize(
    ("epsilon", "expected", "half_a_place"), [(1e-5, 9e-10, 5e-11), (1e-4, 1.9e-10, 5e-12)]
)
def test_the_difference_over_epsilon(notebook, epsilon, expected, half_a_place):
    """At 1e-5 the right gradients differ by 9e-10, at 1e-4 by 1.9e-10, as published."""
    X, Y, parameters = cases.network()
    difference = notebook["gradient_check_n"](parameters, cases.gradients(), X, Y, epsilon)
    assert difference == pytest.approx(expected, abs=half_a_place)


def test_right_code_is_between_the_classic_threshold_and_ours(notebook):
    """With the classic threshold 1e-7 right gradients would be wrong, with 2e-7 they are right."""
    X, Y, parameters = cases.network()
    difference = notebook["gradient_check_n"](parameters, cases.gradients(), X, Y)
    assert 1e-7 < difference < 2e-7


def test_the_given_function_has_the_two_bugs_and_the_solution_has_none(notebook):
    """The given function is wrong in dW2 and db1, the solution in nothing."""
    X, Y, parameters = cases.network()
    _, cache = notebook["forward_propagation_n"](X, Y, parameters)
    given = notebook["backward_propagation_with_bugs"](X, Y, cache)
    repaired = notebook["backward_propagation_n"](X, Y, cache)
    for name in WEIGHTS_AND_BIASES:
        np.testing.assert_allclose(given[name], cases.gradients("both")[name], rtol=1e-12)
        np.testing.assert_allclose(repaired[name], cases.gradients()[name], rtol=1e-12)


def test_the_release_has_the_bugs_and_not_the_fixes():
    """The two wrong lines are in a given cell, the right ones only in the solution."""
    cells = text_master("gradient_checking").cells
    roles = {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}
    buggy, repair = roles["buggy-backward-n"], roles["gc-repair"]
    assert buggy.metadata.nbgrader.locked
    assert not buggy.metadata.nbgrader.solution
    for wrong, right in (("dW2 = 2 / m", "dW2 = 1 / m"), ("db1 = 4 / m", "db1 = 1 / m")):
        assert wrong in buggy.source
        assert wrong not in repair.source
        assert [cell for cell in cells if right in cell.source] == [repair]


def test_the_fixed_gradients_are_what_scipy_measures(notebook):
    """SciPy's finite differences of the cost agree with each of the 47 entries."""
    X, Y, parameters = cases.network()
    forward = notebook["forward_propagation_n"]
    theta, _ = dictionary_to_vector(parameters)
    measured = approx_fprime(
        theta.ravel(), lambda moved: forward(X, Y, vector_to_dictionary(moved))[0], 1e-8
    )
    _, cache = forward(X, Y, parameters)
    grad = gradients_to_vector(notebook["backward_propagation_n"](X, Y, cache)).ravel()
    np.testing.assert_allclose(grad, measured, atol=1e-5)


def test_complex_step_is_exact_where_differences_are_not(notebook):
    """The first thirteen digits are right, however small the step."""
    X, Y, parameters = cases.network()
    right = gradients_to_vector(cases.gradients())
    for h in (1e-20, 1e-200):
        slopes = notebook["complex_step_n"](X, Y, parameters, h)
        assert np.linalg.norm(slopes - right) < 1e-13 * np.linalg.norm(right)


def test_errors_by_entry_name_the_parameters(notebook):
    """Only the two wrong gradients have errors; with a factor k they are (k - 1) / (k + 1)."""
    X, Y, parameters = cases.network()
    errors = notebook["errors_by_entry"](parameters, cases.gradients("both"), X, Y)
    worst = {name: float(array.max()) for name, array in errors.items()}
    assert worst.pop("dW2") == pytest.approx(1 / 3, abs=1e-6)
    assert worst.pop("db1") == pytest.approx(3 / 5, abs=1e-6)
    assert max(worst.values()) < 1e-6


def test_measured_slopes_of_the_case_are_right():
    """The slopes that the visible check compares with agree with the right gradients only."""
    slopes = cases.slopes()
    for name, right in cases.gradients().items():
        np.testing.assert_allclose(slopes[name], right, atol=1e-8)
    assert not np.allclose(slopes["dW2"], cases.gradients("one")["dW2"], atol=1e-3)


def test_given_functions_do_not_change_their_arguments(notebook):
    """The forward pass and the errors by entry change no parameter."""
    X, Y, parameters = cases.network()
    before = {name: value.copy() for name, value in parameters.items()}
    notebook["errors_by_entry"](parameters, cases.gradients(), X, Y)
    for name, value in before.items():
        np.testing.assert_array_equal(parameters[name], value)
