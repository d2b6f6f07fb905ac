"""The printed figures of batch normalization come out of the notebook's solution."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from tests.support.solutions import solution_namespace
from utils.cases import batchnorm as cases
from utils.datasets import load_digits
from utils.deepnet import DeepNet, train
from utils.gradients import eval_numerical_gradient_array, relative_error


@pytest.fixture(scope="module")
def solution():
    """What the notebook's solutions define."""
    return solution_namespace("batchnorm")


def slopes_by_complex_step(forward, x, gamma, beta, dout):
    """The gradients of ``sum(forward * dout)``, exact to rounding: no difference is taken."""
    found = []
    for place in range(3):
        values = [x, gamma, beta]
        slope = np.empty_like(values[place])
        for i in np.ndindex(slope.shape):
            moved = [np.array(value, dtype=complex) for value in values]
            moved[place][i] += 1e-30j
            slope[i] = np.sum(forward(*moved) * dout).imag / 1e-30
        found.append(slope)
    return dict(zip(("dx", "dgamma", "dbeta"), found, strict=True))


def normalized(axis, eps):
    """Normalization as the formula has it, for complex numbers too."""

    def forward(x, gamma, beta):
        centred = x - x.sum(axis=axis, keepdims=True) / x.shape[axis]
        var = (centred * centred).sum(axis=axis, keepdims=True) / x.shape[axis]
        return gamma * centred / np.sqrt(var + eps) + beta

    return forward


def test_network_output_has_the_printed_means_and_stds():
    """Seed 231; X, W1, W2; relu(X W1) W2: what the published table calls "before"."""
    a = cases.network_output()
    before = [-2.3814598, -13.18038246, 1.91780462], [27.18502186, 34.21455511, 37.68611762]
    np.testing.assert_allclose(a.mean(axis=0), before[0], rtol=0, atol=5.1e-9)
    np.testing.assert_allclose(a.std(axis=0), before[1], rtol=0, atol=5.1e-9)


def test_four_examples_have_the_printed_row_means():
    """The published "before" of layer normalization: 4 examples, means along each row."""
    printed = [-59.06673243, -47.60782686, -43.31137368, -26.40991744]
    means = cases.network_output(N=4).mean(axis=1)
    np.testing.assert_allclose(means, printed, rtol=0, atol=5.1e-9)


def test_training_gives_the_printed_statistics(solution):
    """Means about 1e-17 and stds about 1; with gamma 1, 2, 3 and beta 11, 12, 13 just these."""
    forward, a = solution["batchnorm_forward"], cases.network_output()
    out, _ = forward(a, np.ones(3), np.zeros(3), {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=1e-7)
    gamma, beta = np.array([1.0, 2, 3]), np.array([11.0, 12, 13])
    out, _ = forward(a, gamma, beta, {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=0), beta, atol=1e-13)
    np.testing.assert_allclose(out.std(axis=0), gamma, atol=1e-7)


def test_test_time_gives_the_printed_statistics(solution):
    """50 training passes on fresh batches, then a test pass: means and stds to 8 decimals."""
    *training, last = cases.network_outputs(51)
    bn_param = {"mode": "train"}
    for batch in training:
        solution["batchnorm_forward"](batch, np.ones(3), np.zeros(3), bn_param)
    bn_param["mode"] = "test"
    out, _ = solution["batchnorm_forward"](last, np.ones(3), np.zeros(3), bn_param)
    means, stds = [-0.03927354, -0.04349152, -0.10452688], [1.01531428, 1.01238373, 0.97819988]
    np.testing.assert_allclose(out.mean(axis=0), means, rtol=0, atol=5.1e-9)
    np.testing.assert_allclose(out.std(axis=0), stds, rtol=0, atol=5.1e-9)


@pytest.mark.parametrize("backward", ["batchnorm_backward", "batchnorm_backward_alt"])
def test_backward_has_the_printed_errors(solution, backward):
    """Against slopes measured with h = 1e-5: dx 1.70e-09, dgamma 7.4e-13, dbeta 2.9e-12."""
    x, gamma, beta, dout = cases.backward()
    forward = solution["batchnorm_forward"]
    _, cache = forward(x, gamma, beta, {"mode": "train"})

    def measured(move):
        return lambda value: forward(*move(value), {"mode": "train"})[0]

    slopes = (
        eval_numerical_gradient_array(measured(lambda v: (v, gamma, beta)), x, dout),
        eval_numerical_gradient_array(measured(lambda v: (x, v, beta)), gamma, dout),
        eval_numerical_gradient_array(measured(lambda v: (x, gamma, v)), beta, dout),
    )
    dx, dgamma, dbeta = map(relative_error, solution[backward](dout, cache), slopes)
    assert dx == pytest.approx(1.70e-9, abs=5e-12)
    assert dgamma == pytest.approx(7.4e-13, abs=5e-15)
    assert dbeta == pytest.approx(2.9e-12, abs=5e-14)


def test_the_two_backward_passes_agree_as_printed(solution):
    """On 100 x 500 values: dx within 1e-10, dgamma and dbeta without any difference."""
    x, gamma, beta, dout = cases.backward(100, 500)
    _, cache = solution["batchnorm_forward"](x, gamma, beta, {"mode": "train"})
    graph = solution["batchnorm_backward"](dout, cache)
    paper = solution["batchnorm_backward_alt"](dout, cache)
    dx, dgamma, dbeta = map(relative_error, graph, paper)
    assert dx <= 1e-10
    assert dgamma == dbeta == 0


def test_layer_norm_gives_the_printed_statistics(solution):
    """Gamma 3 and beta 5: each row has mean 5 and standard deviation 3."""
    out, _ = solution["layernorm_forward"](
        cases.network_output(N=4), np.full(3, 3.0), np.full(3, 5.0), {}
    )
    np.testing.assert_allclose(out.mean(axis=1), 5, atol=1e-13)
    np.testing.assert_allclose(out.std(axis=1), 3, atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 5), (3, 7)])
def test_layer_norm_gradients_are_measured_slopes(solution, shape):
    """Central differences of the solution's own forward pass, for dx, dgamma and dbeta."""
    x, gamma, beta, dout = cases.backward(*shape)
    forward = solution["layernorm_forward"]
    _, cache = forward(x, gamma, beta, {})
    slopes = (
        eval_numerical_gradient_array(lambda v: forward(v, gamma, beta, {})[0], x, dout),
        eval_numerical_gradient_array(lambda v: forward(x, v, beta, {})[0], gamma, dout),
        eval_numerical_gradient_array(lambda v: forward(x, gamma, v, {})[0], beta, dout),
    )
    for got, slope in zip(solution["layernorm_backward"](dout, cache), slopes, strict=True):
        np.testing.assert_allclose(got, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("table", "axis"), [("batchnorm_gradients", 0), ("layernorm_gradients", 1)]
)
def test_public_gradients_are_measured_slopes(table, axis):
    """The numbers that the visible checks compare with are complex-step slopes of the formula."""
    slopes = slopes_by_complex_step(normalized(axis, 1e-5), *cases.backward())
    for name, value in getattr(cases, table)().items():
        np.testing.assert_allclose(value, slopes[name], rtol=0, atol=5.1e-9)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    N=st.integers(1, 7),
    D=st.integers(1, 6),
    eps=st.sampled_from([1e-5, 0.3, 2.0]),
)
def test_every_gradient_is_the_slope(solution, seed, N, D, eps):
    """For any shape and eps, all three backward passes give the slopes of the formula."""
    rng = np.random.RandomState(seed)
    x, gamma, beta, dout = rng.randn(N, D), rng.randn(D), rng.randn(D), rng.randn(N, D)
    _, cache = solution["batchnorm_forward"](x, gamma, beta, {"mode": "train", "eps": eps})
    slopes = slopes_by_complex_step(normalized(0, eps), x, gamma, beta, dout)
    for backward in ("batchnorm_backward", "batchnorm_backward_alt"):
        for got, slope in zip(solution[backward](dout, cache), slopes.values(), strict=True):
            np.testing.assert_allclose(got, slope, rtol=1e-6, atol=1e-8)
    _, cache = solution["layernorm_forward"](x, gamma, beta, {"eps": eps})
    slopes = slopes_by_complex_step(normalized(1, eps), x, gamma, beta, dout)
    for got, slope in zip(
        solution["layernorm_backward"](dout, cache), slopes.values(), strict=True
    ):
        np.testing.assert_allclose(got, slope, rtol=1e-6, atol=1e-8)


DIMS = [64, *[100] * 5, 10]


def measured_run(normalize, weight_scale=0.02, batch_size=50, *, corrected=True):
    """Train the net of 5 x 100 units as the figures were measured; both accuracies at the end.

    Seed 231 draws first the weights, then each step's batch, with replacement; the digits were
    shuffled with seed 0. Adam is written out here, by the formula; or with its epsilon added to
    the root before the correction (``corrected=False``), as the authors' faster form has it
    (Kingma and Ba, 2015, end of section 2).
    """
    digits = load_digits(seed=0)
    net = DeepNet(DIMS, weight_scale, normalize)
    stream = np.random.RandomState(231)
    for fan_in, units in pairwise(DIMS):
        stream.randn(fan_in, units)
    v, s = ({name: np.zeros_like(value) for name, value in net.parameters.items()} for _ in "vs")
    with threadpool_limits(1, "blas"):
        for t in range(1, 10 * 1000 // batch_size + 1):
            rows = stream.choice(1000, batch_size)
            _, grads = net.loss(digits.X_train[rows], digits.y_train[rows])
            grown = np.sqrt(1 - 0.999**t)
            for name, grad in grads.items():
                v[name] = 0.9 * v[name] + 0.1 * grad
                s[name] = 0.999 * s[name] + 0.001 * grad**2
                root = np.sqrt(s[name]) / grown + (1e-8 if corrected else 1e-8 / grown)
                net.parameters[name] -= 1e-3 * v[name] / (1 - 0.9**t) / root
    reached = net.accuracy(digits.X_train, digits.y_train), net.accuracy(digits.X_val, digits.y_val)
    return tuple(map(float, reached))


@pytest.fixture(scope="module")
def batch_norm(solution):
    """The two functions that the notebook hands to its deep net."""
    return solution["batchnorm_forward"], solution["batchnorm_backward_alt"]


WITH_AND_WITHOUT = pytest.mark.parametrize(
    ("normalized", "reached"), [(True, (0.995, 0.96)), (False, (0.824, 0.765))]
)


@WITH_AND_WITHOUT
def test_the_deep_net_reaches_the_measured_accuracies(batch_norm, normalized, reached):
    """Training .995 and validation .96 with batch norm, .824 and .765 without."""
    assert measured_run(batch_norm if normalized else None) == reached


@WITH_AND_WITHOUT
def test_the_notebooks_own_training_reaches_them_too(batch_norm, normalized, reached):
    """What a student sees in Experiment 1 are the same four numbers."""
    net = DeepNet(DIMS, 0.02, batch_norm if normalized else None)
    run = train(net, load_digits(), progress=False)
    assert (run.train[-1], run.val[-1]) == reached


@pytest.mark.parametrize("weight_scale", [1e-3, 1e-2, 1e-1])
def test_batch_norm_is_flat_where_the_plain_net_is_dead(batch_norm, weight_scale):
    """From 1e-3 on batch norm reads the digits; the plain net guesses below 1e-2."""
    assert measured_run(batch_norm, weight_scale)[1] > 0.95
    if weight_scale < 1e-2:
        assert measured_run(None, weight_scale)[1] < 0.15


def test_fifty_a_batch_reach_the_measured_accuracies(batch_norm):
    """1.0 and .98, measured with Adam's faster form."""
    assert measured_run(batch_norm, corrected=False) == (1.0, 0.98)


@pytest.mark.long
@pytest.mark.slow
def test_two_a_batch_end_where_was_measured(batch_norm):
    """.47 and .46 are among the ends of one and the same run, each time rounded otherwise.

    5000 steps on batches of two are chaotic: the last bit of a gradient moves the end by several
    hundredths. So no digit of it can be asked for, but the figure must not stand out.
    """
    forward, backward = batch_norm

    def rounded(times):
        def nudged(dout, cache):
            dx, dgamma, dbeta = backward(dout, cache)
            return dx * (1 + times * np.finfo(float).eps), dgamma, dbeta

        return forward, nudged

    ends = np.array([measured_run(rounded(n), batch_size=2, corrected=False) for n in range(4)])
    spread = ends.std(axis=0, ddof=1)
    assert (spread > 0.01).all(), "it is not chaotic: then ask for the figure itself"
    assert (abs(ends.mean(axis=0) - (0.47, 0.46)) < 2.5 * spread).all()
