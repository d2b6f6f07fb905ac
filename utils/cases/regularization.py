"""The public test inputs of the regularization notebook."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from utils.cases import Array, Parameters, draw_parameters
from utils.networks import forward_propagation

LABELS = np.array([[1, 1, 0, 1, 0]])


def cost_with_regularization() -> tuple[Array, NDArray[np.int64], Parameters]:
    """Return ``A3`` (1, 5), ``Y`` (1, 5) and the parameters of a [3, 2, 3, 1] network (seed 1)."""
    parameters = draw_parameters(np.random.RandomState(1), [3, 2, 3, 1])
    A3 = np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]])
    return A3, LABELS.copy(), parameters


def backward_propagation_with_regularization() -> tuple[
    Array, NDArray[np.int64], tuple[Array, ...]
]:
    """Return ``X`` (3, 5), ``Y`` (1, 5) and the cache of a forward pass, rounded to 8 decimals."""
    rng = np.random.RandomState(1)
    X = rng.randn(3, 5)
    _, cache = forward_propagation(X, draw_parameters(rng, [3, 2, 3, 1]))
    return X, LABELS.copy(), tuple(np.asarray(np.around(entry, 8)) for entry in cache)


def forward_propagation_with_dropout() -> tuple[Array, Parameters]:
    """Draw ``X`` (3, 5) and the parameters of a [3, 2, 3, 1] network (seed 1)."""
    rng = np.random.RandomState(1)
    X = rng.randn(3, 5)
    return X, draw_parameters(rng, [3, 2, 3, 1])


def backward_propagation_with_dropout() -> tuple[Array, NDArray[np.int64], tuple[Array, ...]]:
    """Return ``X`` (3, 5), ``Y`` (1, 5) and the cache of a forward pass with dropout.

    The masks are those of seed 1 and ``keep_prob`` 0.5. All values are rounded to 8 decimals.
    """
    rng = np.random.RandomState(1)
    X = rng.randn(3, 5)
    parameters = draw_parameters(rng, [3, 2, 3, 1])
    W1, b1, W2, b2, W3, b3 = (np.around(value, 8) for value in parameters.values())
    Z1 = np.around(parameters["W1"] @ X + parameters["b1"], 8)
    D1 = np.array([[1, 0, 1, 1, 1], [1, 1, 1, 1, 0]], dtype=bool)
    A1 = np.array(
        [
            [0.0, 0.0, 4.27989081, 5.21401307, 0.0],
            [0.0, 8.32019881, 1.58102041, 2.92987024, 0.0],
        ]
    )
    Z2 = np.array(
        [
            [0.53035547, 8.02565606, 4.10524802, 5.78975856, 0.53035547],
            [-0.69166075, -1.71413186, -3.81223329, -4.61667916, -0.69166075],
            [-0.39675353, -2.62563561, -4.82528105, -6.0607449, -0.39675353],
        ]
    )
    D2 = np.array([[1, 0, 1, 0, 1], [0, 1, 0, 1, 1], [0, 0, 1, 0, 0]], dtype=bool)
    A2 = np.array([[1.06071093, 0.0, 8.21049603, 0.0, 1.06071093], [0.0] * 5, [0.0] * 5])
    Z3 = np.array([[-0.7415562, -0.0126646, -5.65469333, -0.0126646, -0.7415562]])
    A3 = np.array([[0.32266394, 0.49683389, 0.00348883, 0.49683389, 0.32266394]])
    cache = (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
    return X, LABELS.copy(), cache


def dropout_gradients() -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the gradients for that cache and ``keep_prob`` 0.8: with these labels, and with 1 - Y.

    They are rounded to 8 decimals.
    """
    first = {
        "dW1": [[0.00019884, 0.00028657, 0.00012138], [0.00035647, 0.00051375, 0.00021761]],
        "db1": [[-0.00037647], [-0.00067492]],
        "dW2": [[-0.00256518, -0.0009476], [0.0, 0.0], [0.0, 0.0]],
        "db2": [[0.06033089], [0.0], [0.0]],
        "dW3": [[-0.06951191, 0.0, 0.0]],
        "db3": [[-0.2715031]],
    }
    second = {
        "dW1": [[-0.05679426, -0.08185251, -0.03466949], [-0.10181895, -0.14674258, -0.06215437]],
        "db1": [[0.10752991], [0.19277621]],
        "dW2": [[0.73269085, 0.27066092], [0.0, 0.0], [0.0, 0.0]],
        "db2": [[0.23212407], [0.0], [0.0]],
        "dW3": [[-1.71161112, 0.0, 0.0]],
        "db3": [[-0.0715031]],
    }
    return (
        {name: np.array(rows) for name, rows in first.items()},
        {name: np.array(rows) for name, rows in second.items()},
    )


def thinned(
    X: Array, parameters: Mapping[str, Array], D1: Array, D2: Array, keep_prob: float
) -> Array:
    """Compute the output of the thinned networks that dropout leaves, one for each example.

    Dropout trains, for each example, the network without the units that its mask drops (Srivastava
    et al., "Dropout" (2014), figure 1). Here these networks are built: the outgoing weights of a
    dropped unit are zero, those of the other units are divided by ``keep_prob``.

    Args:
        X: Examples, ``(n0, m)``.
        parameters: ``W1, b1, …, W3, b3``. Each may be a stack of several, along a new first axis.
        D1: Which units of layer 1 each example keeps, ``(n1, m)``.
        D2: Which units of layer 2 each example keeps, ``(n2, m)``.
        keep_prob: The probability with which a unit was kept.

    Returns:
        ``A3`` of shape ``(1, m)``, or a stack of them.
    """
    # one network for each example, along a new axis; each gets the one column of its example
    networks = {name: value[..., np.newaxis, :, :] for name, value in parameters.items()}
    networks["W2"] = networks["W2"] * (D1.T[:, np.newaxis] / keep_prob)
    networks["W3"] = networks["W3"] * (D2.T[:, np.newaxis] / keep_prob)
    answers, _ = forward_propagation(X.T[:, :, np.newaxis], networks)
    return np.asarray(np.swapaxes(answers[..., 0], -1, -2))
