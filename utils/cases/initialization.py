"""The public test inputs of the initialization notebook, and a test for random weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.cases import Array, Parameters
from utils.messages import get_message

WIDE = (120, 200, 90, 1)
ENOUGH = 5000  # from this many numbers the spread is known to two per cent or better


def spread_by_layer() -> tuple[Array, Parameters]:
    """Return ``X`` (1, 2) and a [1, 2, 1] network, small enough to compute by hand."""
    X = np.array([[1.0, -1.0]])
    parameters = {
        "W1": np.array([[2.0], [-1.0]]),
        "b1": np.array([[1.0], [0.0]]),
        "W2": np.array([[1.0, -2.0]]),
        "b2": np.array([[1.0]]),
    }
    return X, parameters


def not_normal(name: str, W: Any, std: float) -> str:
    """Say what is wrong with weights that should be drawn from a normal distribution around 0.

    Only matrices of at least ``ENOUGH`` numbers are tested, for which the tolerances are more than
    five standard errors wide.

    Args:
        name: What the matrix is called.
        W: The weights, an array of finite numbers in any shape.
        std: The standard deviation that they should have.

    Returns:
        The message for the student; empty if nothing is wrong.
    """
    values = np.asarray(W, dtype=np.float64).ravel()
    if values.size < ENOUGH:
        return ""
    if np.unique(values).size < 0.98 * values.size:
        return get_message("draws_repeat", name=name)
    ratio = float(np.std(values)) / std
    if not 0.94 < ratio < 1.06:
        key, factor = ("draws_large", ratio) if ratio > 1 else ("draws_small", 1 / ratio)
        return get_message(key, name=name, factor=f"{factor:.2g}")
    if abs(float(np.mean(values))) > 0.08 * std:
        return get_message("draws_off_zero", name=name)
    share = float(np.mean(np.abs(values) < std))
    if not 0.65 < share < 0.715:  # 0.683 of all normal draws, 0.577 of uniform ones
        return get_message("draws_not_normal", name=name)
    return ""
