"""Tools to check gradients: parameters as one vector, and finite differences."""

from collections.abc import Callable, Mapping
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The network of the gradient-checking notebook, in the order of its vector.
CLASSIC_SHAPES = {
    "W1": (5, 4),
    "b1": (5, 1),
    "W2": (3, 5),
    "b2": (3, 1),
    "W3": (1, 3),
    "b3": (1, 1),
}


def dictionary_to_vector(parameters: Mapping[str, Array]) -> tuple[Array, list[str]]:
    """Put all parameters into one column, row by row, in the order W1, b1, W2, b2, ...

    Args:
        parameters: ``W1, b1, ..., WL, bL`` of any shapes.

    Returns:
        The column ``(n, 1)``, a copy, and for each entry the name of the parameter it is from.

    Raises:
        KeyError: If a parameter between the first and the last is missing.
    """
    names = _names(parameters)
    theta = np.concatenate([np.reshape(parameters[name], (-1, 1)) for name in names])
    return theta, [name for name in names for _ in range(np.size(parameters[name]))]


def vector_to_dictionary(
    theta: Array, like: Mapping[str, Array | tuple[int, ...]] | None = None
) -> dict[str, Array]:
    """Cut a column back into parameters, undoing ``dictionary_to_vector``.

    Args:
        theta: ``n`` numbers, in any shape.
        like: Parameters with the names and shapes to be used, or the shapes alone. By default
            ``W1 (5, 4), b1 (5, 1), W2 (3, 5), b2 (3, 1), W3 (1, 3), b3 (1, 1)``.

    Returns:
        The parameters, as copies: changing them does not change ``theta``.

    Raises:
        ValueError: If ``theta`` does not hold as many numbers as the shapes need.
    """
    model = CLASSIC_SHAPES if like is None else like
    shapes = {
        name: shape if isinstance(shape := model[name], tuple) else np.shape(shape)
        for name in _names(model)
    }
    ends = list(accumulate(prod(shape) for shape in shapes.values()))
    column = np.ravel(theta)
    if column.size != ends[-1]:
        raise ValueError(f"theta holds {column.size} numbers, the shapes need {ends[-1]}")
    return {
        name: column[begin:end].reshape(shape).copy()
        for (name, shape), begin, end in zip(shapes.items(), [0, *ends], ends, strict=False)
    }


def gradients_to_vector(gradients: Mapping[str, Array]) -> Array:
    """Put all gradients into one column, in the order of ``dictionary_to_vector``.

    Args:
        gradients: ``dW1, db1, ..., dWL, dbL``. Other entries, such as ``dA1``, are left out.

    Returns:
        The column ``(n, 1)``, a copy.

    Raises:
        KeyError: If a gradient between the first and the last is missing.
    """
    by_parameter = {name[1:]: grad for name, grad in gradients.items() if name[:2] in {"dW", "db"}}
    return dictionary_to_vector(by_parameter)[0]


def numerical_gradient(
    f: Callable[[Array], Any], x: Array, h: float = 1e-5, *, stacked: bool = False
) -> Array:
    """Measure the slope of ``f`` along every entry of ``x``: ``(f(x + h) - f(x - h)) / 2h``.

    The error of this central difference is of the order of ``h**2``: Press et al., "Numerical
    Recipes", 3rd edition (2007), section 5.7, equation 5.7.7.

    Args:
        f: A function that takes an array in the shape of ``x`` and returns one number.
        x: Where to measure, an array of any shape; it is not changed.
        h: The step to each side.
        stacked: Whether ``f`` takes many such arrays at once, stacked along a new first axis, and
            returns one number for each of them. It is then called only once, which is much faster.

    Returns:
        The gradient, in the shape of ``x``.
    """
    if stacked:
        start = np.asarray(x, dtype=np.float64)
        steps = h * np.eye(start.size).reshape(start.size, *start.shape)
        values = np.asarray(f(np.concatenate([start + steps, start - steps])))
        gaps = values[: start.size] - values[start.size :]
        return np.asarray(gaps / (2 * h)).reshape(start.shape)
    # A float copy is moved entry by entry, so ``x`` may hold integers and is never written to.
    moved = np.array(x, dtype=np.float64)
    slope = np.empty_like(moved)
    for i in np.ndindex(moved.shape):
        here = moved[i]
        moved[i] = here + h
        above = float(f(moved))
        moved[i] = here - h
        below = float(f(moved))
        moved[i] = here
        slope[i] = (above - below) / (2 * h)
    return slope


def eval_numerical_gradient_array(
    f: Callable[[Array], Array], x: Array, df: Array, h: float = 1e-5
) -> Array:
    """Measure the slope of ``sum(f(x) * df)`` along every entry of ``x``.

    The values of ``f`` are subtracted before they are summed, which keeps digits that
    ``numerical_gradient`` of the sum would lose. The name is that of the course CS231n.

    Args:
        f: A function that takes an array in the shape of ``x`` and returns one in that of ``df``.
        x: Where to measure, an array of any shape; it is not changed.
        df: The gradient of the loss with respect to ``f(x)``.
        h: The step to each side.

    Returns:
        The gradient, in the shape of ``x``.
    """
    moved = np.array(x, dtype=np.float64)
    slope = np.empty_like(moved)
    for i in np.ndindex(moved.shape):
        here = moved[i]
        moved[i] = here + h
        above = np.array(f(moved))  # a copy: f may return its argument
        moved[i] = here - h
        below = np.array(f(moved))
        moved[i] = here
        slope[i] = np.sum((above - below) * df) / (2 * h)
    return slope


def relative_error(a: Any, b: Any) -> float:
    """Compute how far apart two arrays are: the largest ``|a - b| / (|a| + |b|)`` of all entries.

    Args:
        a: Numbers.
        b: Numbers, in the same shape or one that broadcasts to it.

    Returns:
        From 0, for equal arrays, to 1, for entries of opposite sign or where only one is zero.
        It is nan if an entry is.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    # The floor only prevents 0 / 0; rel_error of CS231n has the same one.
    error = np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))
    return float(np.max(error, initial=0.0))


def _names(parameters: Mapping[str, Any]) -> list[str]:
    """List W1, b1, W2, b2, ... up to the last layer."""
    layers = sum(name.startswith("W") for name in parameters)
    return [f"{kind}{layer}" for layer in range(1, layers + 1) for kind in "Wb"]
