"""What the batch normalization notebook says of its pictures and tables, trained again."""

import numpy as np
import pytest

from tests.support.solutions import solution_namespace
from utils.cases import batchnorm as cases
from utils.datasets import load_digits
from utils.deepnet import DeepNet, train_all

LAYERS = [64, 100, 100, 100, 100, 100, 10]
STARTS = (231, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def digits():
    """The notebook's digits."""
    return load_digits()


@pytest.fixture(scope="module")
def kinds():
    """The three kinds of network, with the solutions' functions."""
    notebook = solution_namespace("batchnorm")
    return {
        "plain": None,
        "batch": (notebook["batchnorm_forward"], notebook["batchnorm_backward_alt"]),
        "layer": (notebook["layernorm_forward"], notebook["layernorm_backward"]),
    }


def reached(digits, runs):
    """The validation accuracy of each run at its end."""
    return {name: run.val[-1] for name, run in train_all(runs, digits, progress=False).items()}


def gradient_sizes(net, digits):
    """The root mean square of each layer's gradient of the weights."""
    _, grads = net.loss(digits.X_train, digits.y_train)
    return np.array([np.sqrt(np.mean(grads[f"W{layer}"] ** 2)) for layer in range(1, 7)])


def test_small_weights_lose_no_information_but_the_gradient(digits):
    """Layer 5 holds the same numbers, scaled; gradients are 20,000 times smaller."""
    small, right, large = (DeepNet(LAYERS, scale) for scale in (0.02, 0.14, 0.5))
    values = [net.preactivations(digits.X_train)[4] for net in (small, right)]
    np.testing.assert_allclose(values[0], values[1] * (0.02 / 0.14) ** 5, rtol=1e-9, atol=1e-18)
    sizes = [gradient_sizes(net, digits) for net in (small, right, large)]
    assert 1e4 < (sizes[1] / sizes[0]).min() < (sizes[1] / sizes[0]).max() < 4e4
    assert sizes[2].max() / sizes[0].min() > 1e7


def test_batch_norm_keeps_values_and_gradients_at_one_size(digits, kinds):
    """For all three scales: values within 1 %, gradients within a factor of 10."""
    nets = [DeepNet(LAYERS, scale, kinds["batch"]) for scale in (0.02, 0.14, 0.5)]
    for net in nets:
        stds = [values.std() for values in net.preactivations(digits.X_train)]
        np.testing.assert_allclose(stds, 1, atol=0.01)
    sizes = np.array([gradient_sizes(net, digits) for net in nets])
    assert sizes.max() / sizes.min() < 10


def test_the_running_variance_settles_low():
    """The variances of batches of 20 are 19/20 of the whole on average, within 2 %."""
    batches = list(cases.network_outputs(150, N=20))
    whole = np.concatenate(batches).var(axis=0)[0]
    mean = np.mean([batch.var(axis=0)[0] for batch in batches])
    assert mean / whole == pytest.approx(19 / 20, abs=0.02)


def test_layer_norm_has_a_blind_spot(digits, kinds):
    """Of two features only the order is left, and a bright picture becomes a dark one."""
    forward, _ = kinds["layer"]
    out, _ = forward(np.array([[1.0, 9.0], [-5.0, 40.0]]), np.ones(2), np.zeros(2), {})
    np.testing.assert_allclose(out, [[-1, 1], [-1, 1]], atol=1e-4)
    dark = digits.X_train[:1] + digits.mean
    first, second = (forward(x, np.ones(64), np.zeros(64), {})[0] for x in (dark, 2 * dark + 0.5))
    np.testing.assert_allclose(first, second, atol=1e-3)


@pytest.mark.long
def test_five_starts(digits, kinds):
    """The plain net ends anywhere below 80 %, the normalized ones between 95 and 98 %."""
    ends = reached(
        digits,
        {
            (kind, start): DeepNet(LAYERS, 0.02, normalize, seed=start)
            for kind, normalize in kinds.items()
            for start in STARTS
        },
    )
    plain = [ends["plain", start] for start in STARTS]
    assert min(plain) < 0.5
    assert 0.7 < max(plain) < 0.8
    normalized = [ends[kind, start] for kind in ("batch", "layer") for start in STARTS]
    assert min(normalized) >= 0.95
    assert max(normalized) <= 0.98


@pytest.mark.long
def test_scales_of_the_first_weights(digits, kinds):
    """A narrow window for plain; batch norm wins on the left, layer norm on the right."""
    scales = (1e-6, 1e-4, 1e-2, 0.1, 0.3, 1.0)
    for start in (231, 1, 2):
        ends = reached(
            digits,
            {
                (kind, scale): DeepNet(LAYERS, scale, normalize, seed=start)
                for kind, normalize in kinds.items()
                for scale in scales
            },
        )
        assert ends["plain", 0.1] > 0.95
        assert max(ends["plain", scale] for scale in (1e-6, 1e-4, 1e-2)) < 0.4
        assert min(ends["batch", scale] for scale in (1e-4, 1e-2, 0.1)) > 0.95
        assert ends["batch", 1e-4] > ends["layer", 1e-4] + 0.1
        assert max(ends["batch", 1e-6], ends["layer", 1e-6]) < 0.9
        for scale in (0.3, 1.0):
            assert ends["layer", scale] > ends["batch", scale] > ends["plain", scale]
        assert max(ends[kind, 1.0] for kind in kinds) < 0.85


@pytest.mark.long
def test_batches_of_equal_steps(digits, kinds):
    """With 200 steps batch norm is no worse from 5 digits on; at 2 it gets half as far."""
    ends = reached(
        digits,
        {
            (kind, size, start): (
                DeepNet(LAYERS, 0.02, kinds[kind], seed=start),
                {"batch_size": size, "steps": 200},
            )
            for kind in ("batch", "layer")
            for size in (2, 5, 10, 50)
            for start in STARTS
        },
    )
    mean = {
        (kind, size): np.mean([ends[kind, size, start] for start in STARTS])
        for kind in ("batch", "layer")
        for size in (2, 5, 10, 50)
    }
    for size in (5, 10, 50):
        assert mean["batch", size] > mean["layer", size] - 0.02
    assert mean["batch", 2] < 0.6 * mean["layer", 2]
    for kind in ("batch", "layer"):
        assert mean[kind, 2] < mean[kind, 5] < mean[kind, 10] < mean[kind, 50]


@pytest.mark.long
def test_residual_connections(digits):
    """From each of five starts over 94 %; W1's gradient a thousand times that of the plain net."""
    runs = {start: DeepNet(LAYERS, 0.02, seed=start, residual=True) for start in STARTS}
    sizes = {start: gradient_sizes(net, digits)[0] for start, net in runs.items()}
    for start in STARTS:
        plain = gradient_sizes(DeepNet(LAYERS, 0.02, seed=start), digits)[0]
        assert sizes[start] > 1000 * plain
    assert min(reached(digits, runs).values()) > 0.94
