"""The deep network of the batch normalization experiments."""

import numpy as np
import pytest

from tests.support.solutions import solution_namespace
from utils.datasets import load_digits
from utils.deepnet import DeepNet, train, train_all
from utils.gradients import numerical_gradient


@pytest.fixture(scope="module")
def batch_norm():
    """The solution's batch normalization, as an experiment passes it."""
    solution = solution_namespace("batchnorm")
    return solution["batchnorm_forward"], solution["batchnorm_backward_alt"]


@pytest.mark.parametrize(
    ("normalized", "residual"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_gradients_are_the_slopes_of_the_loss(batch_norm, normalized, residual):
    """With and without normalization, in place of its input or beside it: the measured slope."""
    stream = np.random.RandomState(0)
    X, y = stream.randn(7, 4), stream.randint(0, 3, 7)
    layers_dims = [4, 5, 5, 5, 3] if residual else [4, 6, 5, 3]
    net = DeepNet(layers_dims, 0.6, batch_norm if normalized else None, residual=residual)
    _, grads = net.loss(X, y)
    assert set(grads) == set(net.parameters)
    for name, value in list(net.parameters.items()):

        def loss_at(moved, name=name, value=value):
            net.parameters[name] = moved
            loss, _ = net.loss(X, y)
            net.parameters[name] = value
            return loss

        slope = numerical_gradient(loss_at, value, h=1e-5)
        np.testing.assert_allclose(grads[name], slope, rtol=1e-5, atol=1e-8)


def test_a_residual_layer_adds_what_it_makes_to_what_it_is_given():
    """Layers whose weights are zero let everything pass, but those that change the width."""
    net = DeepNet([2, 3, 3, 3, 2], 1.0, residual=True)
    for layer in (2, 3):
        net.parameters[f"W{layer}"][:] = 0
    X = np.array([[1.0, -2.0], [0.5, 3.0]])
    first = np.maximum(0, X @ net.parameters["W1"])
    np.testing.assert_array_equal(net.scores(X), first @ net.parameters["W4"])


def test_training_learns_and_is_reproducible(batch_norm):
    """A few epochs with batch norm read most digits; the same seed gives the same run."""
    digits = load_digits(300, 100)
    runs = [
        train(DeepNet([64, 30, 30, 10], 0.05, batch_norm), digits, epochs=6, batch_size=25)
        for _ in range(2)
    ]
    assert runs[0].losses == runs[1].losses
    assert len(runs[0].losses) == 6 * 12
    assert len(runs[0].val) == 6
    assert runs[0].val[-1] > 0.8


def test_a_batch_that_is_not_full_is_left_out(batch_norm):
    """100 examples in batches of 30 are three steps; each run has its own settings."""
    digits = load_digits(100, 20)
    runs = {"plain": DeepNet([64, 8, 10], 0.1)}
    runs["normalized"] = DeepNet([64, 8, 10], 0.1, batch_norm), {"batch_size": 30}
    histories = train_all(runs, digits, epochs=2)
    assert len(histories["plain"].losses) == 4
    assert len(histories["normalized"].losses) == 6


def test_a_run_may_have_its_own_number_of_steps():
    """It stops there, in the middle of an epoch too, and its last accuracy is of that moment."""
    digits = load_digits(100, 20)
    net = DeepNet([64, 8, 10], 0.1)
    runs = {"few": (net, {"batch_size": 10, "steps": 25}), "whole": DeepNet([64, 8, 10], 0.1)}
    histories = train_all(runs, digits, epochs=3, progress=False)
    assert len(histories["few"].losses) == 25
    assert len(histories["few"].val) == 3  # after 10, 20 and 25 steps
    assert histories["few"].val[-1] == net.accuracy(digits.X_val, digits.y_val)
    assert len(histories["whole"].losses) == 6
