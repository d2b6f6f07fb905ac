"""The public test inputs of the batch normalization notebook; here each example is a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from utils.cases import Array

Layer = tuple[Array, Array, Array, Array]


def network_output(N: int = 200) -> Array:
    """Compute the output of a small random network for ``N`` examples, ``(N, 3)`` (seed 231)."""
    rng = np.random.RandomState(231)
    X, W1, W2 = rng.randn(N, 50), rng.randn(50, 60), rng.randn(60, 3)
    return np.maximum(0, X @ W1) @ W2


def network_outputs(count: int, N: int = 200) -> Iterator[Array]:
    """Compute the outputs of such a network for ``count`` batches, ``(N, 3)`` each (seed 231).

    Here the weights are drawn first, then one batch after the other.
    """
    rng = np.random.RandomState(231)
    W1, W2 = rng.randn(50, 60), rng.randn(60, 3)
    for _ in range(count):
        yield np.maximum(0, rng.randn(N, 50) @ W1) @ W2


def backward(N: int = 4, D: int = 5) -> Layer:
    """Draw ``x`` (N, D), ``gamma`` (D,), ``beta`` (D,) and ``dout`` (N, D) (seed 231)."""
    rng = np.random.RandomState(231)
    x = 5 * rng.randn(N, D) + 12
    return x, rng.randn(D), rng.randn(D), rng.randn(N, D)


def batchnorm_gradients() -> dict[str, Array]:
    """Return the gradients for ``backward()`` with eps 1e-5: ``dx``, ``dgamma`` and ``dbeta``.

    They were measured with complex steps and are rounded to 8 decimals.
    """
    return {
        "dx": np.array(
            [
                [-0.00310319, 0.00305468, -0.00156246, 0.17251307, 0.01388029],
                [0.01147762, -0.10800884, -0.01112564, -0.02021632, -0.02098085],
                [-0.01682492, -0.01106847, -0.00384286, 0.13581055, -0.04108612],
                [0.00845049, 0.11602263, 0.01653096, -0.2881073, 0.04818669],
            ]
        ),
        "dgamma": np.array([2.29048278, 1.39248907, 2.93350569, 0.98234546, 2.08326113]),
        "dbeta": np.array([0.08461601, 0.59073617, 1.2668311, -1.75428014, -0.80317214]),
    }


def layernorm_gradients() -> dict[str, Array]:
    """Return the same gradients for layer normalization."""
    return {
        "dx": np.array(
            [
                [-0.0148552, 0.01032912, -0.01190652, 0.04456401, -0.02813141],
                [0.06974204, -0.02127583, -0.00771128, -0.04754429, 0.00678935],
                [-0.01334007, -0.01950385, 0.00393253, 0.09003202, -0.06112062],
                [0.07764743, 0.38964293, 0.06352497, -0.56141532, 0.0306],
            ]
        ),
        "dgamma": np.array([1.45413018, -0.74806364, 4.30445918, 2.71523651, 1.0074201]),
        "dbeta": np.array([0.08461601, 0.59073617, 1.2668311, -1.75428014, -0.80317214]),
    }
