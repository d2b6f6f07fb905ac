"""What a gradient is checked with: parameters as one vector, and slopes measured by moving it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# the network of the gradient-checking notebook, in the order in which it is laid out
CLASSIC_SHAPES = {
    "W1": (5, 4),
    "b1": (5, 1),
    "W2": (3, 5),
    "b2": (3, 1),
    "W3": (1, 3),
    "b3": (1, 1),
}


def dictionary_to_vector(parameters: Mapping[str, Array]) -> tuple[Array, list[str]]:
    """Lay the parameters out in one column, row by row, in the order W1, b1, W2, b2, ...

    Args:
        parameters: ``W1, b1, ..., WL, bL`` of any shapes.

    Returns:
        The column ``(n, 1)``, a copy, and for each entry the name of the parameter it is from.

    Raises:
        KeyError: a parameter between the first and the last is missing.
    """
    names = _names(parameters)
    theta = np.concatenate([np.reshape(parameters[name], (-1, 1)) for name in names])
    return theta, [name for name in names for _ in range(np.size(parameters[name]))]


def vector_to_dictionary(
    theta: Array, like: Mapping[str, Array | tuple[int, ...]] | None = None
) -> dict[str, Array]:
    """Cut a column back into parameters, undoing ``dictionary_to_vector``.

    Args:
        theta: ``n`` numbers, as a column or a row.
        like: parameters of the wanted names and shapes, or the shapes alone; without it
            the classic net, ``W1 (5, 4), b1 (5, 1), W2 (3, 5), b2 (3, 1), W3 (1, 3), b3 (1, 1)``.

    Returns:
        The parameters; copies, so that changing one does not change ``theta``.

    Raises:
        ValueError: ``theta`` does not hold as many numbers as the shapes need.
    """
    model = CLASSIC_SHAPES if like is None else like
    shapes = {n: s if isinstance(s, tuple) else np.shape(s) for n, s in model.items()}
    sizes = [int(np.prod(shapes[name])) for name in _names(shapes)]
    if np.size(theta) != sum(sizes):
        raise ValueError(f"theta holds {np.size(theta)} numbers, the shapes need {sum(sizes)}")
    parts = np.split(np.ravel(theta), np.cumsum(sizes)[:-1])
    return {
        name: part.reshape(shapes[name]).copy()
        for name, part in zip(_names(shapes), parts, strict=True)
    }


def gradients_to_vector(gradients: Mapping[str, Array]) -> Array:
    """Lay the gradients out in one column, in the order of ``dictionary_to_vector``.

    Args:
        gradients: ``dW1, db1, ..., dWL, dbL``; other entries, ``dA1`` or ``dZ1``, are left out.

    Returns:
        The column ``(n, 1)``, a copy.

    Raises:
        KeyError: a gradient between the first and the last is missing.
    """
    own = {name[1:]: grad for name, grad in gradients.items() if name[:2] in {"dW", "db"}}
    return dictionary_to_vector(own)[0]


def numerical_gradient(
    f: Callable[[Array], Any], x: Array, h: float = 1e-5, *, stacked: bool = False
) -> Array:
    """Measure the slope of ``f`` along every entry of ``x``: ``(f(x + h) - f(x - h)) / 2h``.

    The central difference errs by the order of ``h**2``: Press et al., "Numerical Recipes",
    3rd edition (2007), section 5.7, equation 5.7.7.

    Args:
        f: takes an array in the shape of ``x`` and returns one number.
        x: where to measure, of any shape; left as it is.
        h: how far to step each way.
        stacked: whether ``f`` takes many such arrays at once, stacked along a new first axis, and
            returns one number for each. It is then called once, which is far quicker.

    Returns:
        The gradient, in the shape of ``x``.
    """
    if stacked:
        start = np.asarray(x, dtype=np.float64)
        steps = h * np.eye(start.size).reshape(start.size, *start.shape)
        values = np.asarray(f(np.concatenate([start + steps, start - steps])))
        gaps = values[: start.size] - values[start.size :]
        return np.asarray(gaps / (2 * h)).reshape(start.shape)
    # one copy, moved entry by entry and put back, so an integer x or a view of one is safe too
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
    """Measure the slope of ``sum(f(x) * df)`` for an ``f`` that gives an array.

    The values of ``f`` are subtracted before they are summed, which keeps digits that
    ``numerical_gradient`` of the sum would lose. The name is the classic one (cs231n).

    Args:
        f: takes an array in the shape of ``x`` and returns an array in the shape of ``df``.
        x: where to measure, of any shape; left as it is.
        df: the gradient that comes back to ``f(x)``.
        h: how far to step each way.

    Returns:
        The gradient, in the shape of ``x``.
    """
    moved = np.array(x, dtype=np.float64)
    slope = np.empty_like(moved)
    for i in np.ndindex(moved.shape):
        here = moved[i]
        moved[i] = here + h
        above = np.array(f(moved))  # a copy: f may give its argument back
        moved[i] = here - h
        below = np.array(f(moved))
        moved[i] = here
        slope[i] = np.sum((above - below) * df) / (2 * h)
    return slope


def relative_error(a: Any, b: Any) -> float:
    """Tell how far apart two arrays are: the largest ``|a - b| / (|a| + |b|)`` of all entries.

    Args:
        a: numbers.
        b: numbers of the same shape, or one that broadcasts.

    Returns:
        0 for equal arrays, 1 for entries of opposite sign or a zero where the other has none;
        two zeros agree. ``nan`` if either has one.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    # the floor only keeps 0 / 0 from being nan: cs231n's rel_error has the same one
    error = np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))
    return float(np.max(error, initial=0.0))


def _names(parameters: Mapping[str, Any]) -> list[str]:
    """List W1, b1, W2, b2, ... up to the last layer there is."""
    layers = sum(name.startswith("W") for name in parameters)
    return [f"{kind}{layer}" for layer in range(1, layers + 1) for kind in "Wb"]
