"""The public test inputs of the checks, one module for each assignment.

All random numbers are those of NumPy's legacy generator, drawn in the same order as for the
published figures.
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
    """Draw weights and biases, all normal, in the order W1, b1, W2, b2, ….

    Args:
        rng: The generator to draw from.
        layers_dims: The units of each layer, the input first.
        scale: The standard deviation. Where slopes are measured, choose it below 1: outputs near 0
            or 1 leave the logarithm in the cost with few correct digits.

    Returns:
        ``W{l}`` of shape ``(layers_dims[l], layers_dims[l-1])``, ``b{l}`` ``(layers_dims[l], 1)``.
    """
    parameters = {}
    for layer, (fan_in, units) in enumerate(pairwise(layers_dims), 1):
        parameters[f"W{layer}"] = scale * rng.randn(units, fan_in)
        parameters[f"b{layer}"] = scale * rng.randn(units, 1)
    return parameters
