"""Test inputs: what the checks hand to a student's function, one module an assignment.

All draws come from NumPy's legacy stream, in the order in which the published figures were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = dict[str, Array]


def draw_parameters(
    rng: np.random.RandomState, layers_dims: Sequence[int], scale: float = 1.0
) -> Parameters:
    """Weights and biases, all normal, in the order W1, b1, W2, b2, ….

    Args:
        rng: The stream to draw from.
        layers_dims: Number of units per layer, input first.
        scale: Standard deviation. Where slopes are measured, less than 1 keeps the output away
            from 0 and 1, where the logarithm of the cost has few digits left.

    Returns:
        ``W{l}`` of shape ``(layers_dims[l], layers_dims[l-1])``, ``b{l}`` ``(layers_dims[l], 1)``.
    """
    parameters = {}
    for layer, (fan_in, units) in enumerate(pairwise(layers_dims), 1):
        parameters[f"W{layer}"] = scale * rng.randn(units, fan_in)
        parameters[f"b{layer}"] = scale * rng.randn(units, 1)
    return parameters
