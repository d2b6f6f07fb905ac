"""The training loop: what it calls and when, against scikit-learn and the published runs."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from utils import training
from utils.datasets import load_2D_dataset, load_circles
from utils.networks import (
    accuracy,
    backward_propagation,
    compute_cost,
    forward_propagation,
    initialize_parameters,
    relu,
    sigmoid,
)

X = np.array([[0.5, -1.0, 2.0, 0.1], [1.0, 0.3, -0.7, -2.0]])
Y = np.array([[1, 0, 1, 0]])


def l2_cost(A3, Y, parameters, lambd):
    """The cost plus lambd/2m times the squared weights."""
    squares = sum(np.sum(parameters[name] ** 2) for name in ("W1", "W2", "W3"))
    return compute_cost(A3, Y) + lambd / (2 * Y.shape[1]) * squares


def l2_backward(X, Y, cache, lambd):
    """The gradients plus lambd/m times the weights."""
    grads = backward_propagation(X, Y, cache)
    weights = {"dW1": cache[2], "dW2": cache[6], "dW3": cache[10]}
    return grads | {name: grads[name] + lambd / X.shape[1] * W for name, W in weights.items()}


def dropout_forward(X, parameters, keep_prob):
    """Drop units of both hidden layers and scale the others up."""
    W1, b1, W2, b2, W3, b3 = parameters.values()
    A1 = relu(W1 @ X + b1)
    D1 = (np.random.rand(*A1.shape) < keep_prob) / keep_prob
    A1 *= D1
    A2 = relu(W2 @ A1 + b2)
    D2 = (np.random.rand(*A2.shape) < keep_prob) / keep_prob
    A2 *= D2
    return sigmoid(W3 @ A2 + b3), (D1, A1, D2, A2, W2, W3, sigmoid(W3 @ A2 + b3))


def dropout_backward(X, Y, cache):
    """The gradients with the same units dropped."""
    D1, A1, D2, A2, W2, W3, A3 = cache
    m = X.shape[1]
    dZ3 = A3 - Y
    dZ2 = W3.T @ dZ3 * D2 * (A2 > 0)
    dZ1 = W2.T @ dZ2 * D1 * (A1 > 0)
    grads = {}
    for layer, dZ, A in ((1, dZ1, X), (2, dZ2, A1), (3, dZ3, A2)):
        grads[f"dW{layer}"] = dZ @ A.T / m
        grads[f"db{layer}"] = dZ.sum(axis=1, keepdims=True) / m
    return grads


def run(**changes):
    """Train a tiny network for a few steps."""
    settings = {"learning_rate": 0.1, "num_iterations": 5, "record_every": 1}
    return training.train(X, Y, initialize_parameters([2, 4, 3, 1]), **settings | changes)


@pytest.mark.parametrize("lambd", [0.0, 0.7])
def test_train_agrees_with_scikit_learn(lambd):
    """After forty steps the weights are those of scikit-learn's SGD, with and without L2."""
    rng = np.random.default_rng(5)
    points = rng.normal(size=(2, 30))
    labels = (points[:1] * points[1:] > 0).astype(int)
    start = initialize_parameters([2, 6, 4, 1])
    options = {"solver": "sgd", "momentum": 0, "nesterovs_momentum": False, "shuffle": False}
    other = MLPClassifier((6, 4), alpha=lambd, batch_size=30, learning_rate_init=0.3, **options)
    other.partial_fit(points.T, labels.ravel(), classes=[0, 1])
    for i, (W, b) in enumerate(zip(other.coefs_, other.intercepts_, strict=True), 1):
        W[...], b[...] = start[f"W{i}"].T, start[f"b{i}"].ravel()
    for _ in range(40):
        other.partial_fit(points.T, labels.ravel())

    ours = training.train(
        *(points, labels, start),
        cost=lambda A3, Y, parameters: l2_cost(A3, Y, parameters, lambd),
        backward=lambda X, Y, cache: l2_backward(X, Y, cache, lambd),
        learning_rate=0.3,
        num_iterations=40,
        record_every=39,
    )
    for i in (1, 2, 3):
        np.testing.assert_allclose(ours.parameters[f"W{i}"], other.coefs_[i - 1].T, rtol=1e-9)
    # Both losses are from before the step.
    assert ours.costs[-1] == pytest.approx(other.loss_, rel=1e-9)


def test_train_returns_parameters_and_costs():
    """The result can be unpacked, as in the classic loop, or read by name."""
    parameters, costs = result = run()
    assert parameters is result.parameters
    assert costs is result.costs
    assert len(costs) == 5


def test_train_does_not_change_the_start():
    """The parameters to start from can be used again."""
    start = initialize_parameters([2, 4, 3, 1])
    before = {name: value.copy() for name, value in start.items()}
    training.train(X, Y, start, learning_rate=0.5, num_iterations=3)
    assert list(start) == list(before)
    for name, value in before.items():
        np.testing.assert_array_equal(start[name], value)


@pytest.mark.parametrize("takes", [2, 3])
def test_cost_is_called_only_when_recorded(takes):
    """In ten steps, recorded every four, the cost is computed at 0, 4 and 8."""
    calls = []
    costs = {
        2: lambda A3, Y: calls.append((A3, Y)) or len(calls),
        3: lambda A3, Y, parameters: calls.append((A3, Y, parameters)) or len(calls),
    }
    result = run(num_iterations=10, record_every=4, cost=costs[takes])
    assert result.costs == [1, 2, 3]
    assert [len(call) for call in calls] == [takes] * 3


def test_cost_may_have_settings_of_its_own():
    """The signature of the cost may have defaults, keyword arguments or a star."""
    assert run(cost=lambda _A3, _Y, lambd=0.7: lambd).costs == [0.7] * 5
    assert run(cost=lambda _A3, _Y, _P, *, lambd=0.1: lambd).costs == [0.1] * 5
    assert run(cost=lambda *arguments: len(arguments)).costs == [3] * 5


def test_costs_are_those_before_the_update():
    """The first recorded cost is that of the start, "iteration 0"."""
    A3, _ = forward_propagation(X, initialize_parameters([2, 4, 3, 1]))
    assert run().costs[0] == compute_cost(A3, Y)


def draws_of(seed):
    """Train with a forward pass that draws a number; return the numbers."""
    draws = []

    def forward(X, parameters):
        draws.append(np.random.rand())
        return forward_propagation(X, parameters)

    run(forward=forward, seed=seed)
    return draws


def test_seed_reseeds_before_every_step():
    """With a seed each step draws the same masks."""
    assert draws_of(1) == [np.random.RandomState(1).rand()] * 5


def test_without_seed_masks_are_fresh():
    """Without a seed each step draws other masks, from the caller's random state."""
    np.random.seed(6)
    initialize = np.random.RandomState(3)  # run() draws the start with seed 3
    for shape in ((4, 2), (3, 4), (1, 3)):
        initialize.randn(*shape)
    assert draws_of(None) == [initialize.rand() for _ in range(5)]


def test_update_can_be_replaced():
    """Another rule gets the parameters, the gradients and the learning rate."""
    result = run(update=lambda parameters, grads, rate: {**parameters, "got": (rate, *grads)})
    assert result.parameters["got"][:2] == (0.1, "dZ3")


def test_short_training_prints_nothing(capfd):
    """It shows no bar either."""
    run(num_iterations=2500)
    assert capfd.readouterr() == ("", "")


def test_long_training_shows_a_bar_on_standard_output(capsys, monkeypatch):
    """The bar appears after the delay, and only on standard output."""
    monkeypatch.setattr("utils.progress.PROGRESS_DELAY", 0)
    run(num_iterations=2500)
    out, err = capsys.readouterr()
    assert "/2500" in out
    assert err == ""


def test_progress_can_be_turned_off(capsys, monkeypatch):
    """With progress=False there is no bar, however long the run takes."""
    monkeypatch.setattr("utils.progress.PROGRESS_DELAY", 0)
    run(num_iterations=2500, progress=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("progress", [True, False])
def test_print_cost_prints_every_so_many_steps(capsys, progress):
    """The text is the classic one."""
    result = run(print_cost=2, progress=progress)
    expected = [f"Cost after iteration {i}: {result.costs[i]}" for i in (0, 2, 4)]
    assert capsys.readouterr().out.splitlines() == expected


def test_print_cost_true_is_every_ten_thousand(capsys):
    """With print_cost=True a short run prints only its first cost."""
    run(print_cost=True)
    assert capsys.readouterr().out.count("Cost after iteration") == 1


@pytest.mark.parametrize("given", [{"record_every": 0}, {"print_cost": -5}])
def test_numbers_of_steps_must_be_positive(given):
    """The error says so; there is no division by zero."""
    with pytest.raises(ValueError, match="give 1 or more"):
        run(**given)


def test_an_exception_of_the_student_is_raised():
    """An exception in one of the passed functions is not changed."""

    def backward(_X, _Y, _cache):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(backward=backward)


def test_circles_from_he_give_the_printed_run():
    """The published run with He's start: last printed cost and both accuracies."""
    train_X, train_Y, test_X, test_Y = load_circles()
    start = initialize_parameters([2, 10, 5, 1], gain=2)
    parameters, costs = training.train(
        train_X, train_Y, start, learning_rate=0.01, num_iterations=15000
    )
    assert costs[14] == pytest.approx(0.07357895962677366, rel=1e-9)
    assert accuracy(train_X, train_Y, parameters) == pytest.approx(0.9933333333333333)
    assert accuracy(test_X, test_Y, parameters) == pytest.approx(0.96)


def test_circles_from_zeros_never_learn():
    """From zeros every cost is ln 2, as published."""
    train_X, train_Y, _, _ = load_circles()
    zeros = {name: 0 * value for name, value in initialize_parameters([2, 10, 5, 1]).items()}
    result = training.train(
        train_X, train_Y, zeros, learning_rate=0.01, num_iterations=50, record_every=10
    )
    np.testing.assert_allclose(result.costs, np.log(2), rtol=1e-12)
    assert accuracy(train_X, train_Y, result.parameters) == 0.5


PUBLISHED = os.environ.get("PUBLISHED_2D_DATA")
VARIANTS = {
    "non_regularized": {},
    "L2_lambda_0.7": {
        "cost": lambda A3, Y, parameters: l2_cost(A3, Y, parameters, 0.7),
        "backward": lambda X, Y, cache: l2_backward(X, Y, cache, 0.7),
    },
    "dropout_keep_0.86": {
        "forward": lambda X, parameters: dropout_forward(X, parameters, 0.86),
        "backward": dropout_backward,
        "seed": 1,
    },
}
# as printed; the first cost of dropout is not in the machine-readable table
COSTS = {
    "non_regularized": [0.6557412523481002, 0.1632998752572417, 0.13851642423284755],
    "L2_lambda_0.7": [0.6974484493131264, 0.2684918873282239, 0.2680916337127301],
    "dropout_keep_0.86": [0.6543912405149825, 0.061016986574905605, 0.060582435798513114],
}
ACCURACIES = {
    "non_regularized": (0.9478672985781991, 0.915),
    "L2_lambda_0.7": (0.9383886255924171, 0.93),
    "dropout_keep_0.86": (0.9289099526066351, 0.95),
}


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED, reason="PUBLISHED_2D_DATA does not name the published data.mat")
@pytest.mark.parametrize("variant", VARIANTS)
def test_published_data_gives_the_published_run(variant):
    """On the published data the costs agree to ten digits, the accuracies exactly."""
    train_X, train_Y, test_X, test_Y = load_2D_dataset(PUBLISHED)
    parameters, costs = training.train(
        train_X,
        train_Y,
        initialize_parameters([2, 20, 3, 1]),
        learning_rate=0.3,
        num_iterations=30000,
        record_every=10000,
        **VARIANTS[variant],
    )
    np.testing.assert_allclose(costs, COSTS[variant], rtol=1e-10)
    reached = accuracy(train_X, train_Y, parameters), accuracy(test_X, test_Y, parameters)
    assert reached == ACCURACIES[variant]


@pytest.mark.skipif(not PUBLISHED, reason="PUBLISHED_2D_DATA does not name the published data.mat")
def test_the_figures_above_are_those_of_the_reference():
    """The figures in this file are those of the reference beside the data, if there is one."""
    beside = Path(PUBLISHED).with_name("published_numbers.json")
    if not beside.is_file():
        pytest.skip(f"no {beside.name} beside the data")
    runs = json.loads(beside.read_text())["Regularization"]["model"]
    for name, figures in COSTS.items():
        for step, cost in zip((0, 10000, 20000), figures, strict=True):
            if f"cost_iter_{step}" in runs[name]:
                assert cost == runs[name][f"cost_iter_{step}"]["value"]
        for split, reached in zip(("train", "test"), ACCURACIES[name], strict=True):
            assert reached == runs[name][f"{split}_accuracy"]["value"]


@pytest.mark.long
@pytest.mark.slow
def test_our_own_field_teaches_the_lesson():
    """L2 and dropout beat the plain network on the test set by at least two percentage points."""
    train_X, train_Y, test_X, test_Y = load_2D_dataset()
    reached = {}
    for variant, functions in VARIANTS.items():
        parameters, _ = training.train(
            train_X,
            train_Y,
            initialize_parameters([2, 20, 3, 1]),
            learning_rate=0.3,
            num_iterations=30000,
            **functions | {"seed": None},  # fresh masks in each step
        )
        reached[variant] = (
            accuracy(train_X, train_Y, parameters),
            accuracy(test_X, test_Y, parameters),
        )
    plain, l2, dropout = reached.values()
    assert plain[0] > max(l2[0], dropout[0])
    assert plain[0] - plain[1] > 0.05
    assert min(l2[1], dropout[1]) >= plain[1] + 0.02
