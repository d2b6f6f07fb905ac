"""The public test inputs of the optimization notebook."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from utils.cases import Array, Parameters

# The layers do not fit together (2 units, then 3 inputs), which does not matter for an update.
SHAPES = {"W1": (2, 3), "b1": (2, 1), "W2": (3, 3), "b2": (3, 1)}


def update_parameters() -> tuple[Parameters, Parameters]:
    """Draw the parameters of two layers and then their gradients (seed 1)."""
    rng = np.random.RandomState(1)
    parameters = {name: rng.randn(*shape) for name, shape in SHAPES.items()}
    return parameters, {f"d{name}": rng.randn(*shape) for name, shape in SHAPES.items()}


def momentum() -> tuple[Parameters, Parameters, Parameters]:
    """Draw the same, and add a velocity of zero."""
    return *update_parameters(), at_rest()


def adam() -> tuple[Parameters, Parameters, Parameters, Parameters]:
    """Draw the same, and add both averages of Adam, which are zero."""
    return *update_parameters(), at_rest(), at_rest()


def at_rest() -> Parameters:
    """Return ``dW1, db1, dW2, db2`` in the shapes of these parameters, all zero."""
    return {f"d{name}": np.zeros(shape) for name, shape in SHAPES.items()}


def random_mini_batches() -> tuple[Array, NDArray[np.bool_]]:
    """Draw ``X`` (12288, 148) and ``Y`` (1, 148), of which about seven in ten are true (seed 1)."""
    X, Y = _mini_batches()
    return X.copy(), Y.copy()


@cache
def _mini_batches() -> tuple[Array, NDArray[np.bool_]]:
    """Draw them once: two million draws take ten times as long as a copy."""
    rng = np.random.RandomState(1)
    X = rng.randn(12288, 148)
    return X, rng.randn(1, 148) < 0.5
