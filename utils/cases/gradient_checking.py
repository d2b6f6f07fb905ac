"""The public test inputs of the gradient-checking notebook."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.cases import Array, Parameters, draw_parameters
from utils.gradients import numerical_gradient
from utils.networks import backward_propagation, compute_cost, forward_propagation

# The planted bugs: the factor that each one multiplies a gradient by.
BUGS = {"both": {"dW2": 2, "db1": 4}, "one": {"dW2": 2}, "another": {"db1": 4}, "none": {}}


def network() -> tuple[Array, NDArray[np.int64], Parameters]:
    """Draw ``X`` (4, 3), ``Y`` (1, 3) and the parameters of a [4, 5, 3, 1] network (seed 1)."""
    rng = np.random.RandomState(1)
    X = rng.randn(4, 3)
    return X, np.array([[1, 1, 0]]), draw_parameters(rng, [4, 5, 3, 1])


def another_network(seed: int) -> tuple[Array, NDArray[Any], Parameters]:
    """Draw another network of these shapes, with six examples and smaller parameters."""
    rng = np.random.RandomState(seed)
    X, Y = rng.randn(4, 6), rng.randint(0, 2, (1, 6))
    return X, Y, draw_parameters(rng, [4, 5, 3, 1], scale=0.5)


def gradients(bugs: str = "none") -> dict[str, Array]:
    """Compute the gradients ``dW1, db1, …`` of the network, right ones or with planted bugs.

    Args:
        bugs: ``none``, ``both``, ``one`` or ``another``.
    """
    right = gradients_of(*network())
    return {name: BUGS[bugs].get(name, 1) * gradient for name, gradient in right.items()}


def gradients_of(X: Array, Y: NDArray[Any], parameters: Parameters) -> dict[str, Array]:
    """Compute the right gradients ``dW1, db1, …`` of a network."""
    grads = backward_propagation(X, Y, forward_propagation(X, parameters)[1])
    return {name: grad for name, grad in grads.items() if name[1] in "Wb"}


def slopes() -> dict[str, Array]:
    """Measure the slopes of the network's cost by finite differences: ``dW1, db1, …``."""
    X, Y, parameters = network()
    measured = {}
    for name in parameters:

        def cost_at(value: Array, name: str = name) -> float:
            return compute_cost(forward_propagation(X, {**parameters, name: value})[0], Y)

        measured[f"d{name}"] = numerical_gradient(cost_at, parameters[name], h=1e-5)
    return measured
