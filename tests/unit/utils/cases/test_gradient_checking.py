"""The gradient-checking notebook: printed figures, planted bugs, errors over epsilon."""

import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from autograder.course.stubs import clear_regions
from tests.support.solutions import solution_namespace, text_master
from utils.cases import gradient_checking as cases
from utils.gradients import dictionary_to_vector, gradients_to_vector, vector_to_dictionary
from utils.networks import forward_propagation

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


@pytest.fixture(scope="module")
def released():
    """The function to be repaired, as students get it."""
    cells = text_master("gradient_checking").cells
    roles = {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}
    return clear_regions(roles["gc-repair"].source)[0]


def test_the_given_function_has_the_two_bugs_and_the_solution_has_none(notebook, released):
    """What is given is wrong in dW2 and db1, by what part 4 shows; the solution is right."""
    X, Y, parameters = cases.network()
    _, cache = notebook["forward_propagation_n"](X, Y, parameters)
    given = dict(notebook)
    exec(released, given)  # noqa: S102  our own text
    given, repaired = (ns["backward_propagation_n"](X, Y, cache) for ns in (given, notebook))
    for name in WEIGHTS_AND_BIASES:
        np.testing.assert_allclose(given[name], cases.gradients("both")[name], rtol=1e-12)
        np.testing.assert_allclose(repaired[name], cases.gradients()[name], rtol=1e-12)


def test_the_release_has_the_bugs_and_not_the_fixes(released):
    """The two wrong lines are in the release, the right ones are nowhere in it."""
    cells = [c for c in text_master("gradient_checking").cells if c.cell_type == "code"]
    public = "\n".join(clear_regions(cell.source)[0] for cell in cells)
    for wrong, right in (("dW2 = 2 / m", "dW2 = 1 / m"), ("db1 = 4 / m", "db1 = 1 / m")):
        assert released.count(wrong) == public.count(wrong) == 1
        assert right not in public


def test_the_named_factors_are_those_of_the_bugs(notebook):
    """The answer of exercise 5 is what was planted."""
    assert notebook["name_the_bugs"]() == cases.BUGS["both"]


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


def softplus_error(epsilon, *, two_sided=True):
    """The relative error of part 2's measured slope."""
    J, slope = (lambda t: np.log1p(np.exp(-t))), -1 / (1 + np.exp(0.5))
    below = 0.5 - epsilon if two_sided else 0.5
    return abs((J(0.5 + epsilon) - J(below)) / (0.5 + epsilon - below) / slope - 1)


def test_claims_of_part_2():
    """Ten times smaller is 100 (or 10) times more exact; the best epsilon is near 1e-5."""
    assert softplus_error(1e-2) / softplus_error(1e-3) == pytest.approx(100, rel=0.01)
    one_sided = [softplus_error(epsilon, two_sided=False) for epsilon in (1e-2, 1e-3)]
    assert one_sided[0] / one_sided[1] == pytest.approx(10, rel=0.01)
    errors = [softplus_error(epsilon) for epsilon in 10.0 ** -np.arange(1, 13)]
    assert int(np.argmin(errors)) + 1 in (5, 6)
    above, below = (np.log1p(np.exp(-t)) for t in (0.5 - 1e-7, 0.5 + 1e-7))
    assert f"{below:.15f} {above:.15f}" == "0.474076946426041 0.474077021934175"


def test_claims_of_the_noise(notebook):
    """The cost is wrong by 2e-14, the slopes that depend on it by 1.5e-7 each."""
    X, Y, parameters = cases.network()
    theta, _ = dictionary_to_vector(parameters)
    errors = []
    for seed in range(300):
        moved = theta + 1e-7 * np.random.RandomState(seed).randn(47, 1)
        cost, cache = notebook["forward_propagation_n"](X, Y, vector_to_dictionary(moved))
        errors.append(cost - np.mean(np.logaddexp(0, np.where(Y == 1, -cache[8], cache[8]))))
    assert np.std(errors) == pytest.approx(2e-14, rel=0.15)
    slopes = notebook["slopes_by_entry"](parameters, X, Y, epsilon=1e-7)
    wrong, right = gradients_to_vector(slopes), gradients_to_vector(cases.gradients())
    noise = np.std((wrong - right)[right != 0])
    assert noise == pytest.approx(np.sqrt(2) * np.std(errors) / 2e-7, rel=0.3)
    assert forward_propagation(X, parameters)[0][0, 2] == pytest.approx(0.99887, abs=5e-6)


def test_claims_of_the_kink(notebook):
    """From 0.1 to 0.01 the difference falls over a hundredfold: a ReLU switches at 0.1."""
    X, Y, parameters = cases.network()
    gradients, theta = cases.gradients(), dictionary_to_vector(parameters)[0]
    differences = {
        epsilon: notebook["gradient_check_n"](parameters, gradients, X, Y, epsilon)
        for epsilon in (0.1, 0.01, 0.001)
    }
    assert differences[0.1] / differences[0.01] > 1000
    assert differences[0.01] / differences[0.001] == pytest.approx(100, rel=0.01)

    def switched_on(step):
        _, cache = forward_propagation(X, vector_to_dictionary(theta + step))
        return (cache[0] > 0).tobytes() + (cache[4] > 0).tobytes()

    steps = np.eye(47)[:, :, None]
    for epsilon, switches in ((0.1, True), (0.01, False)):
        states = {switched_on(sign * epsilon * step) for step in steps for sign in (-1, 1)}
        assert (len(states) > 1) == switches


def test_claims_of_the_gap(notebook):
    """Of 100 networks two have a dead layer; all others are told right from wrong by far."""
    dead, right, wrong = [], [], []
    for seed in range(100):
        X, Y, parameters = cases.another_network(seed)
        grads = cases.gradients_of(X, Y, parameters)
        check = notebook["gradient_check_n"]
        right.append(check(parameters, grads, X, Y))
        spoiled = [{**grads, "db2": 1.01 * grads["db2"]}, {**grads, "dW2": 2 * grads["dW2"]}]
        differences = [check(parameters, each, X, Y) for each in spoiled]
        if not forward_propagation(X, parameters)[1][5].any():
            dead += differences
        else:
            wrong += differences
    assert max(*right, *dead) < 2e-7 / 5
    assert len(dead) == 2 * 2
    assert min(wrong) > 100 * 2e-7


def test_claims_of_what_cannot_be_seen(notebook):
    """Two units of layer 2 are off in our network; whatever their factor, nothing shows."""
    X, Y, parameters = cases.network()
    assert (forward_propagation(X, parameters)[1][5] > 0).tolist() == [[False] * 3] * 2 + [
        [True] * 3
    ]
    right = cases.gradients()
    unseen = {**right, "dW2": right["dW2"] * [[100], [100], [1]]}
    differences = [notebook["gradient_check_n"](parameters, g, X, Y) for g in (right, unseen)]
    assert differences[0] == differences[1]


def test_claims_of_random_entries(notebook):
    """The bug in dW2 shows in 4 of 15 entries, so four random ones miss it in 24 % of all cases."""
    X, Y, parameters = cases.network()
    errors = notebook["errors_by_entry"](parameters, cases.gradients("both"), X, Y)
    assert int(np.sum(errors["dW2"] > 1e-3)) == 4
    assert round(math.comb(11, 4) / math.comb(15, 4), 2) == 0.24


def test_claims_of_the_complex_step(notebook):
    """The same truncation error at 1e-2 and 1e-3; then thirteen digits, and they stay."""
    X, Y, parameters = cases.network()
    right = gradients_to_vector(cases.gradients())

    def difference(h):
        slopes = notebook["complex_step_n"](X, Y, parameters, h)
        norms = np.linalg.norm(right) + np.linalg.norm(slopes)
        return np.linalg.norm(right - slopes) / norms

    for h in (1e-2, 1e-3):
        real = notebook["gradient_check_n"](parameters, cases.gradients(), X, Y, h)
        assert difference(h) == pytest.approx(real, rel=0.01)
    assert max(difference(10.0**-k) for k in range(6, 13)) < 1e-13
