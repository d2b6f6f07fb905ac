"""Training in mini-batches: what is called with what, and which costs are kept."""

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
    """Two batches, in the order that the data have."""
    return [(X[:, :6], Y[:, :6]), (X[:, 6:], Y[:, 6:])]


def step(parameters, grads, _):
    """Plain gradient descent."""
    return update_parameters(parameters, grads, 0.3)


def test_one_batch_is_gradient_descent_on_the_whole():
    """With all examples in one batch it is what ``train`` does."""
    ours = training.train_in_batches(
        X, Y, START, batches=lambda X, Y, _: [(X, Y)], step=step, num_epochs=7, record_every=1
    )
    theirs = training.train(X, Y, START, learning_rate=0.3, num_iterations=7, record_every=1)
    np.testing.assert_allclose(ours.costs, theirs.costs, rtol=1e-12)
    for name, value in theirs.parameters.items():
        np.testing.assert_allclose(ours.parameters[name], value, rtol=1e-12)


def test_each_epoch_has_its_seed_and_each_batch_its_step():
    """Seeds count up from the one after ``seed``; an epoch's number comes once per batch."""
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
    """By default that of the last batch before its step, with ``whole`` that of all, after it."""
    known = {"batches": halves, "step": step, "num_epochs": 1, "record_every": 1}
    _, (of_batch,) = training.train_in_batches(X, Y, START, **known)
    parameters, (of_all,) = training.train_in_batches(X, Y, START, **known, whole=True)
    assert of_all == compute_cost(forward_propagation(X, parameters)[0], Y)
    first = training.train_in_batches(
        X, Y, START, batches=lambda X, Y, _: halves(X, Y, 0)[:1], step=step, num_epochs=1
    )
    A3, _ = forward_propagation(X[:, 6:], first.parameters)
    assert of_batch == compute_cost(A3, Y[:, 6:])


def test_the_start_is_left_alone_by_a_step_in_place():
    """A step that changes its arrays does not reach the parameters that were handed in."""

    def in_place(parameters, grads, _):
        for name, value in parameters.items():
            np.subtract(value, 0.3 * grads["d" + name], out=value)
        return parameters

    before = {name: value.copy() for name, value in START.items()}
    training.train_in_batches(X, Y, START, batches=halves, step=in_place, num_epochs=2)
    for name, value in before.items():
        np.testing.assert_array_equal(START[name], value)


def test_an_unfilled_stub_is_told_in_a_sentence():
    """Mini-batches of None, as the release makes them, do not end in a long traceback."""
    with pytest.raises(UnfilledStubError):
        training.train_in_batches(
            X, Y, START, batches=lambda *_: [(None, None)], step=step, num_epochs=2
        )


def test_no_batches_at_all_are_told_in_a_sentence():
    """An empty list, which the stub returns, does not pass for a finished training."""
    with pytest.raises(UnfilledStubError, match="no mini-batches"):
        training.train_in_batches(
            X, Y, START, batches=lambda *_: [], step=step, num_epochs=2, whole=True
        )
