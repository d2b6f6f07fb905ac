"""What the optimization notebook says of its experiments, over several seeds."""

import numpy as np
import pytest

from tests.support.solutions import solution_namespace
from utils.networks import accuracy, backward_propagation, forward_propagation


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook defines when it is run with its solutions."""
    return solution_namespace("optimization")


def left(notebook, *settings, last=1, **options):
    """How far above the lowest cost a walk on the line ends: the mean of its last places."""
    data = {name: options[name] for name in "XY" if name in options}
    return np.mean(notebook["above_lowest"](notebook["walk"](*settings, **options), **data)[-last:])


def test_claims_of_the_line(notebook):
    """Above 0.276 plain steps run away, and with smaller batches the same work leads further."""
    X = notebook["line_X"]
    curvature = np.linalg.eigvalsh([[np.mean(X**2), np.mean(X)], [np.mean(X), 1]])
    assert 2 / curvature.max() == pytest.approx(0.276, abs=5e-4)
    for seed in (100, 200, 300, 400, 500):
        batches = ((1, 0.03), (16, 0.22), (64, 0.22))
        reached = [
            left(notebook, "gd", rate, 12, mini_batch_size=size, seed=seed)
            for size, rate in batches
        ]
        assert reached[0] < 0.5 * reached[1] < 0.2 * reached[2]


def test_claims_of_momentum(notebook):
    """It smooths the noise of small batches, in each of five shuffles; alone it is no faster."""
    for seed in (100, 200, 300, 400, 500):
        options = {"mini_batch_size": 8, "seed": seed, "last": 400}
        plain, smooth = (
            left(notebook, "momentum", 0.1, 100, beta=beta, **options) for beta in (0.0, 0.9)
        )
        assert smooth < plain / 3
    reached = [left(notebook, "momentum", 0.26, 60, beta=beta) for beta in (0.0, 0.5, 0.8)]
    assert max(reached) < 1.2 * min(reached)


def test_claims_of_the_first_step(notebook):
    """RMSProp's is 1 / sqrt(1 - beta) times too long; Adam's depends on where epsilon is."""
    for beta, length in ((0.9, 0.316), (0.99, 1.0)):
        path = notebook["walk"]("rmsprop", 0.1, 1, beta=beta)
        np.testing.assert_allclose(abs(path[1] - path[0]), length, atol=5e-4)
    for size, outside, inside in (
        (1e-3, 0.99999, 0.995),
        (1e-4, 0.9999, 0.707),
        (1e-5, 0.999, 0.0995),
    ):
        parameters = {"W1": np.zeros((1, 1)), "b1": np.zeros((1, 1))}
        grads = {"dW1": np.full((1, 1), size), "db1": np.full((1, 1), size)}
        v, s = notebook["initialize_adam"](parameters)
        after = notebook["update_parameters_with_adam"](parameters, grads, v, s, 1, 1.0)[0]
        assert -after["W1"][0, 0] == pytest.approx(outside, rel=1e-5)
        assert size / np.sqrt(size**2 + 1e-8) == pytest.approx(inside, rel=1e-3)


def test_claims_of_the_race(notebook):
    """Momentum is closest, then Adam, RMSProp, plain steps, for five sets of points."""
    methods = {
        "momentum": ((0.8, 1.0, 1.4), {"beta": 0.8}),
        "adam": ((0.26, 0.3, 0.4, 0.6, 0.8, 1.0, 1.4, 2.0), {}),
        "rmsprop": ((0.1, 0.15, 0.2), {}),
        "gd": ((0.2, 0.26), {}),
    }
    for seed in (2, 3, 4, 5, 6):
        X, Y = notebook["make_line"](seed)
        best = [
            min(left(notebook, method, rate, 60, X=X, Y=Y, **options) for rate in rates)
            for method, (rates, options) in methods.items()
        ]
        assert best == sorted(best)
    momentum, adam, gd = (
        left(notebook, "momentum", 1.0, 60, beta=0.8),
        left(notebook, "adam", 0.3, 60),
        left(notebook, "gd", 0.26, 60),
    )
    assert adam / momentum > 1000
    assert gd / adam > 50


def test_claims_of_the_range_test(notebook):
    """Adam's cost is low over a factor of 30, momentum's over 10, that of plain steps jumps."""
    rates = [1e-4 * 10 ** (epoch / 20) for epoch in range(105)]
    low = {}
    for method in ("gd", "momentum", "adam"):
        _, costs = notebook["model"](
            notebook["train_X"], notebook["train_Y"], [2, 5, 2, 1], method, rates.__getitem__,
            num_epochs=105, record_every=1, whole=True,
        )  # fmt: skip
        assert min(costs[:30]) > 0.6  # nothing happens below 0.003
        low[method] = [rate for rate, cost in zip(rates, costs, strict=True) if cost < 0.35]
    assert max(low["adam"]) / min(low["adam"]) >= 25
    assert max(low["momentum"]) / min(low["momentum"]) >= 8
    assert len(low["gd"]) < len(low["momentum"]) / 3 < len(low["adam"])
    assert 0.02 < min(low["adam"]) < 0.05
    assert 0.5 < min(low["momentum"]) < 2


@pytest.mark.slow
def test_claims_of_rates_of_their_own(notebook):
    """In 200 epochs each method is right in 92 % or more, from each start that does not die."""
    X, Y = notebook["train_X"], notebook["train_Y"]
    for method, rate in (("gd", 1.0), ("momentum", 1.0), ("adam", 0.03)):
        for start in (3, 4, 5, 6):
            options = {"num_epochs": 200, "start": start}
            parameters, _ = notebook["model"](X, Y, [2, 5, 2, 1], method, rate, **options)
            assert accuracy(X, Y, parameters) >= 0.92
        dead, _ = notebook["model"](X, Y, [2, 5, 2, 1], method, rate, num_epochs=20, start=7)
        _, cache = forward_propagation(X, dead)
        grads = backward_propagation(X, Y, cache)
        assert not any(grads[name].any() for name in ("dW1", "db1", "dW2", "db2", "dW3"))
    alive = notebook["initialize_parameters"]([2, 5, 2, 1], 7)
    assert forward_propagation(X, alive)[1][5].any(axis=1).all()


def test_claims_of_decay(notebook):
    """In five shuffles the decaying rate gets closer in each interval, the fixed one does not."""
    for seed in (100, 200, 300, 400, 500):
        options = {"mini_batch_size": 8, "seed": seed, "time_interval": 50}
        fixed, decaying = (
            notebook["walk"]("gd", 0.15, 150, decay_rate=rate, **options)[::8]
            for rate in (0.0, 1.0)
        )
        heights = [
            [np.mean(notebook["above_lowest"](path)[end - 30 : end]) for end in (50, 100, 150)]
            for path in (fixed, decaying)
        ]
        assert heights[1][0] > 2 * heights[1][1] > 2.5 * heights[1][2]
        assert heights[0][2] > 5 * heights[1][2]


def pulled(notebook, *, inside, steps=500):
    """The mean of weights with loud and with quiet gradients that feel a pull of 0.1."""
    noise = np.random.RandomState(1)
    parameters = {"W1": np.ones((2, 500)), "b1": np.zeros((2, 1))}
    v, s = notebook["initialize_adam"](parameters)
    means = []
    for t in range(1, steps + 1):
        grads = {"dW1": np.array([[10], [0.01]]) * noise.randn(2, 500), "db1": np.zeros((2, 1))}
        grads["dW1"] += 0.1 * parameters["W1"] * inside
        parameters, v, s = notebook["update_parameters_with_adamw"](
            parameters, grads, v, s, t, 0.01, weight_decay=0.1 * (not inside)
        )
        means.append(parameters["W1"].mean(axis=1))
    return np.array(means)


def test_claims_of_the_pull(notebook):
    """Inside the gradient it takes quiet weights to 0 and leaves loud ones; AdamW pulls alike."""
    means = pulled(notebook, inside=True)
    assert means[199, 1] < 0.05
    assert means[-1, 0] > 0.88
    np.testing.assert_allclose(pulled(notebook, inside=False)[-1], 0.999**500, atol=0.04)


@pytest.mark.slow
def test_claims_of_weight_decay(notebook):
    """λW of 0.1 in the gradient crushes Adam and plain steps alike, AdamW only with λ = 1."""
    X, Y = notebook["train_X"], notebook["train_Y"]

    def with_l2(X, Y, cache):
        grads = backward_propagation(X, Y, cache)
        return grads | {f"dW{n}": grads[f"dW{n}"] + 0.1 * cache[4 * n - 2] for n in (1, 2, 3)}

    def train(*settings, **options):
        parameters, _ = notebook["model"](X, Y, [2, 5, 2, 1], *settings, num_epochs=1000, **options)
        return [np.linalg.norm(parameters[f"W{n}"]) for n in (1, 2, 3)], accuracy(X, Y, parameters)

    plain, _ = train("adam", 0.01)
    coupled, right = train("adam", 0.01, backward=with_l2)
    descent, _ = train("gd", 0.1, backward=with_l2)
    np.testing.assert_allclose(coupled, descent, rtol=0.01)
    assert right < 0.84
    decoupled, right = train("adamw", 0.01, weight_decay=0.1)
    assert right >= 0.93
    assert decoupled[0] < 0.8 * plain[0]
    assert decoupled[1] > plain[1]
    assert decoupled[2] < 0.9 * plain[2]
    assert train("adamw", 0.01, weight_decay=1.0)[1] < 0.84
