"""The network of the course: LINEAR-RELU, LINEAR-RELU, LINEAR-SIGMOID, on columns of examples.

The names are those of the lecture. An example is a column of ``X (features, m)``, its label a
column of ``Y (1, m)``, where ``m`` is the number of examples. ``W1, b1, ...`` are the parameters,
``Z1, A1, ...`` the values of the forward pass and ``dW1, dZ1, dA1, ...`` the gradients.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = dict[str, Array]
Gradients = dict[str, Array]
Cache = tuple[Array, ...]


def sigmoid(Z: Array) -> Array:
    """Compute the logistic sigmoid of every entry: ``1 / (1 + exp(-Z))``.

    Args:
        Z: Numbers, in any shape.

    Returns:
        Values from 0 to 1, in the shape of ``Z``. They are exactly 0 below about -745 and exactly
        1 above about 37, where floats have no digits left.
    """
    # For very negative Z exp overflows to inf, and 1 / inf is 0, as it should be.
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-Z)))


def relu(Z: Array) -> Array:
    """Compute the rectified linear unit of every entry: ``max(0, Z)``.

    Args:
        Z: Numbers, in any shape.

    Returns:
        The values, in the shape of ``Z``.
    """
    return np.maximum(0, Z)


def initialize_parameters(
    layers_dims: Sequence[int], seed: int | None = 3, *, gain: float = 1.0
) -> Parameters:
    """Draw the weights with variance ``gain / fan_in``, and set the biases to zero.

    With gain 1 this is the rule of LeCun et al., "Efficient BackProp" (1998), section 4.6, which
    the regularization experiments start from. With gain 2 it is that of He et al., "Delving Deep
    into Rectifiers" (2015), section 2.2, equation 10, for the optimization experiments.

    Args:
        layers_dims: The units of each layer, the input first, such as ``[2, 20, 3, 1]``.
        seed: Passed to ``np.random.seed`` before the draw, so that what is drawn next, such as a
            dropout mask, is reproducible too. With None NumPy's global random state is used as
            it is.
        gain: The factor of the variance.

    Returns:
        ``W1 (n1, n0), b1 (n1, 1), W2 (n2, n1), ...``
    """
    if seed is not None:
        np.random.seed(seed)
    parameters = {}
    for layer, (fan_in, units) in enumerate(pairwise(layers_dims), 1):
        parameters[f"W{layer}"] = np.random.randn(units, fan_in) / np.sqrt(fan_in / gain)
        parameters[f"b{layer}"] = np.zeros((units, 1))
    return parameters


def forward_propagation(X: Array, parameters: Mapping[str, Array]) -> tuple[Array, Cache]:
    """Compute the outputs of the three layers.

    Args:
        X: Examples, ``(n0, m)``.
        parameters: ``W1 (n1, n0), b1 (n1, 1), W2 (n2, n1), b2 (n2, 1), W3 (n3, n2), b3 (n3, 1)``.

    Returns:
        ``A3 (n3, m)``, each entry the probability of label 1, and the cache
        ``(Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)`` for ``backward_propagation``.

    Raises:
        KeyError: If a parameter is missing.
        ValueError: If two shapes do not fit.
    """
    W1, b1, W2, b2, W3, b3 = (parameters[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
    Z1 = W1 @ X + b1
    A1 = relu(Z1)
    Z2 = W2 @ A1 + b2
    A2 = relu(Z2)
    Z3 = W3 @ A2 + b3
    A3 = sigmoid(Z3)
    return A3, (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)


def compute_cost(A3: Array, Y: Array) -> float:
    """Compute the mean of the cross-entropy ``-Y log A3 - (1 - Y) log(1 - A3)`` of all examples.

    Source: Bishop, "Pattern Recognition and Machine Learning" (2006), equation 5.21, divided by
    ``m``.

    Args:
        A3: Probabilities of label 1, ``(1, m)``.
        Y: Labels 0 or 1, ``(1, m)``, of any numeric type, even unsigned bytes.

    Returns:
        The cost. It is ``inf`` if the probability of an example's label is 0.
    """
    # Where the label has probability 1, 0 * inf gives nan. The limit is 0, so nansum is right to
    # leave it out. It is -log(A3) * Y since -Y would overflow if the labels are unsigned.
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = -np.log(A3) * Y + -np.log(1 - A3) * (1 - Y)
    return float(np.nansum(losses) / Y.shape[1])


def backward_propagation(X: Array, Y: Array, cache: Cache) -> Gradients:
    """Compute the gradients of ``compute_cost``, from the last layer to the first.

    Source: Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.3.2. With a sigmoid
    and cross-entropy the error of the last layer is ``A3 - Y`` (exercise 5.6). The factor ``1/m``
    of the cost is applied only to ``dW`` and ``db``: a column of ``dZ`` or ``dA`` is the gradient
    of that example's own loss.

    Args:
        X: Examples, ``(n0, m)``.
        Y: Labels 0 or 1, ``(1, m)``.
        cache: The cache that ``forward_propagation`` returned.

    Returns:
        ``dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1``, each in the shape of the value
        that it is the gradient for.
    """
    m = X.shape[1]
    _, A1, _, _, _, A2, W2, _, _, A3, W3, _ = cache
    dZ3 = A3 - Y
    dW3 = dZ3 @ A2.T / m
    db3 = dZ3.sum(axis=1, keepdims=True) / m
    dA2 = W3.T @ dZ3
    dZ2 = dA2 * (A2 > 0)
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * (A1 > 0)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    grads = {"dZ3": dZ3, "dW3": dW3, "db3": db3}
    grads |= {"dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2}
    return grads | {"dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}


def update_parameters(
    parameters: Mapping[str, Array], grads: Mapping[str, Array], learning_rate: float
) -> Parameters:
    """Take one step of gradient descent: ``W1 - learning_rate * dW1`` for every parameter.

    Args:
        parameters: ``W1, b1, ...``; they are not changed.
        grads: ``dW1, db1, ...`` in the same shapes. Other entries are ignored.
        learning_rate: The learning rate.

    Returns:
        The new parameters, in a new dict.

    Raises:
        KeyError: If a parameter has no gradient.
    """
    return {name: value - learning_rate * grads["d" + name] for name, value in parameters.items()}


def predict_dec(parameters: Mapping[str, Array], X: Array) -> NDArray[np.bool_]:
    """Decide for each example whether label 1 is more likely: ``A3 > 0.5``.

    Args:
        parameters: ``W1, b1, ..., W3, b3``.
        X: Examples, ``(n0, m)``.

    Returns:
        True or False for each example, ``(1, m)``, as ``plot_decision_boundary`` expects it.
    """
    A3, _ = forward_propagation(X, parameters)
    return np.asarray(A3 > 0.5)


def predict(X: Array, y: Array, parameters: Mapping[str, Array]) -> NDArray[np.int64]:
    """Predict the labels and print the accuracy.

    Args:
        X: Examples, ``(n0, m)``.
        y: The true labels, ``(1, m)``.
        parameters: ``W1, b1, ..., W3, b3``.

    Returns:
        The predicted labels 0 or 1, ``(1, m)``.
    """
    p = predict_dec(parameters, X).astype(np.int64)
    print("Accuracy:", float(np.mean(p == y)))  # noqa: T201 - the classic helper prints
    return p


def accuracy(X: Array, Y: Array, parameters: Mapping[str, Array]) -> float:
    """Compute the share of examples whose label is predicted right, without printing it.

    Args:
        X: Examples, ``(n0, m)``.
        Y: The true labels, ``(1, m)``.
        parameters: ``W1, b1, ..., W3, b3``.

    Returns:
        A number from 0 to 1.
    """
    return float(np.mean(predict_dec(parameters, X) == Y))
