"""Training in mini-batches: what is called with what, and which costs are recorded."""

import numpy as np
import pytest

from utils import training
from utils.networks import (
    compute_cost,
    forward_propagation,
    initialize_parameters,
    update_parameters,
)
from utils.stubs import UnfilledStubError

X = np.random.RandomState(1).randn(2, 10)
Y = (X[:1] > 0).astype(int)
START = initialize_parameters([2, 4, 3, 1])


def halves(X, Y, _):
    """Make two batches, in the order of the data."""
    return [(X[:, :6], Y[:, :6]), (X[:, 6:], Y[:, 6:])]


def step(parameters, grads, _):
    """Take a step of plain gradient descent."""
    return update_parameters(parameters, grads, 0.3)


def test_one_batch_is_gradient_descent():
    """With all examples in one batch the result is that of ``train``."""
    ours = training.train_in_batches(
        X, Y, START, batches=lambda X, Y, _: [(X, Y)], step=step, num_epochs=7, record_every=1
    )
    theirs = training.train(X, Y, START, learning_rate=0.3, num_iterations=7, record_every=1)
    np.testing.assert_allclose(ours.costs, theirs.costs, rtol=1e-12)
    for name, value in theirs.parameters.items():
        np.testing.assert_allclose(ours.parameters[name], value, rtol=1e-12)


def test_each_epoch_has_its_seed_and_each_batch_its_step():
    """Seeds count up from ``seed + 1``; each batch gets the number of its epoch."""
    seeds, epochs = [], []

    def batches(X, Y, seed):
        seeds.append(seed)
        return halves(X, Y, seed)

    def counting(parameters, grads, epoch):
        epochs.append(epoch)
        return step(parameters, grads, epoch)

    training.train_in_batches(X, Y, START, batches=batches, step=counting, num_epochs=3, seed=10)
    assert seeds == [11, 12, 13]
    assert epochs == [0, 0, 1, 1, 2, 2]


def test_the_cost_is_of_the_last_batch_or_of_all():
    """By default of the last batch, before its step; with ``whole`` of all examples, after it."""
    settings = {"batches": halves, "step": step, "num_epochs": 1, "record_every": 1}
    _, (of_batch,) = training.train_in_batches(X, Y, START, **settings)
    parameters, (of_all,) = training.train_in_batches(X, Y, START, **settings, whole=True)
    assert of_all == compute_cost(forward_propagation(X, parameters)[0], Y)
    first = training.train_in_batches(
        X, Y, START, batches=lambda X, Y, _: halves(X, Y, 0)[:1], step=step, num_epochs=1
    )
    A3, _ = forward_propagation(X[:, 6:], first.parameters)
    assert of_batch == compute_cost(A3, Y[:, 6:])


def test_a_step_in_place_does_not_change_the_start():
    """The step gets copies of the parameters to start from."""

    def in_place(parameters, grads, _):
        for name, value in parameters.items():
            np.subtract(value, 0.3 * grads["d" + name], out=value)
        return parameters

    before = {name: value.copy() for name, value in START.items()}
    training.train_in_batches(X, Y, START, batches=halves, step=in_place, num_epochs=2)
    for name, value in before.items():
        np.testing.assert_array_equal(START[name], value)


def test_an_unfilled_stub_gives_a_sentence():
    """Mini-batches of None, as a stub makes them, do not end in a long traceback."""
    with pytest.raises(UnfilledStubError):
        training.train_in_batches(
            X, Y, START, batches=lambda *_: [(None, None)], step=step, num_epochs=2
        )


def test_no_batches_at_all_give_a_sentence():
    """An empty list, as a stub returns it, is no finished training."""
    with pytest.raises(UnfilledStubError, match="no mini-batches"):
        training.train_in_batches(
            X, Y, START, batches=lambda *_: [], step=step, num_epochs=2, whole=True
        )
