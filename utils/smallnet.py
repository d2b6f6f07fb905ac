"""The three-layer network of the features notebook: a dictionary of arrays, and what trains it.

AFFINE - RELU - AFFINE - RELU - AFFINE, then softmax. An example is a **row**: ``X (N, D)``, its
label ``y (N,)`` a whole number; ``W1`` has a row for each input and a column for each unit.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.progress import Progress

Array = NDArray[Any]
Net = dict[str, Array]
Data = Mapping[str, Array]
Setting = Mapping[str, Any]
Loss = Callable[[Array, Array], tuple[float, Array]]
T = TypeVar("T")

HIDDEN = (100, 50)
CLASSES = 10
BATCH_SIZE = 50

# The one set of arrays for some training examples (by their id, while they live) and some layers.
# To reuse memory is what large searches do.
_ARRAYS: dict[tuple[int, ...], tuple[weakref.ref[Array], Net]] = {}


def make_net(data: Data, setting: Setting, seed: int = 231) -> Net:
    """A network with fresh random weights, **in the same arrays as the one before**.

    There is room for one network only: its arrays are filled anew at each call, so the network
    that an earlier call returned changes with them. Copy what you want to keep.

    Args:
        data: ``X_train`` says how many inputs there are.
        setting: ``weight_scale``, the standard deviation of the weights, or ``"he"`` for
            ``sqrt(2 / inputs)``; ``hidden``, the units of the hidden layers (100 and 50 if it is
            not there).
        seed: Of the weights; NumPy's global stream is left alone.

    Returns:
        ``W1, b1, W2, b2, W3, b3``.
    """
    dims = (data["X_train"].shape[1], *setting.get("hidden", HIDDEN), CLASSES)
    stream = np.random.RandomState(seed)
    net = _arrays(data["X_train"], dims)
    for layer, (inputs, units) in enumerate(pairwise(dims), 1):
        scale = setting["weight_scale"]
        spread = _SPREADS[scale](inputs) if isinstance(scale, str) else scale
        net[f"W{layer}"][...] = spread * stream.randn(inputs, units)
        net[f"b{layer}"][...] = 0
    return net


def _arrays(X: Array, dims: tuple[int, ...]) -> Net:
    key = (id(X), *dims)
    known = _ARRAYS.get(key)
    if known is not None and known[0]() is X:
        return known[1]
    net: Net = {}
    for layer, (inputs, units) in enumerate(pairwise(dims), 1):
        net |= {f"W{layer}": np.empty((inputs, units)), f"b{layer}": np.empty(units)}
    _ARRAYS[key] = weakref.ref(X, lambda _: _ARRAYS.pop(key, None)), net
    return net


# (named, since to write the rule is an exercise)
_SPREADS: dict[str, Callable[[int], float]] = {"he": lambda inputs: float((inputs / 2) ** -0.5)}


def scores(net: Mapping[str, Array], X: Array) -> Array:
    """One score for each class, ``(N, classes)``; the largest is the answer."""
    return _forward(net, X)[-1]


def accuracy(net: Mapping[str, Array], X: Array, y: Array) -> float:
    """The share of the examples ``X`` for which the network's answer is the label in ``y``."""
    return float(np.mean(scores(net, X).argmax(axis=1) == y))


def library_loss(values: Array, y: Array) -> tuple[float, Array]:
    """Softmax and cross-entropy by SciPy: the mean loss, and its slope for each score."""
    from scipy.special import log_softmax, softmax  # noqa: PLC0415 - takes a while to import

    with np.errstate(all="ignore"):  # a run that diverges says so by its loss
        right = np.eye(values.shape[1])[y]
        loss = -np.vdot(right, log_softmax(values, axis=1)) / len(y)
        return float(loss), (softmax(values, axis=1) - right) / len(y)


def loss_and_gradients(
    net: Mapping[str, Array], X: Array, y: Array, reg: float = 0.0, loss: Loss = library_loss
) -> tuple[float, Net]:
    """The loss of a batch and its gradients, by backward propagation.

    Args:
        net: The network.
        X: Examples, ``(N, D)``.
        y: Their labels, ``(N,)``.
        reg: Strength of the L2 penalty ``reg / 2`` times the sum of all squared weights.
        loss: ``loss(scores, y)`` gives the mean loss of the batch and its slope for each score.

    Returns:
        The loss, a number, and a dictionary with ``dW1, db1, …, dW3, db3``.
    """
    layers = _forward(net, X)
    value, back = loss(layers[-1], y)
    gradients: Net = {}
    for layer in range(len(net) // 2, 0, -1):
        W, below = net[f"W{layer}"], layers[layer - 1]
        gradients[f"dW{layer}"] = below.T @ back + reg * W
        gradients[f"db{layer}"] = back.sum(axis=0)
        value += reg / 2 * float(np.vdot(W, W))
        if layer > 1:
            back = (back @ W.T) * (below > 0)
    return value, gradients


def train(
    net: Net,
    data: Data,
    setting: Setting,
    *,
    loss: Loss = library_loss,
    history: list[float] | None = None,
    after_epoch: Callable[[Net], object] | None = None,
) -> float:
    """Train a network **in place**, with plain gradient descent on mini-batches.

    Args:
        net: The network; its arrays change.
        data: ``X_train`` and ``y_train``.
        setting: ``learning_rate``; ``reg``, the L2 penalty (0 if it is not there); ``epochs`` (8
            if it is not there).
        loss: See ``loss_and_gradients``.
        history: A list to which the loss of every step is added.
        after_epoch: Called with the network after each epoch.

    Returns:
        The loss of the last mini-batch. It is ``nan`` if the run has diverged: it is stopped then.
    """
    rate, value = setting["learning_rate"], float("nan")
    steps = len(data["X_train"]) // batch_size(data)
    with np.errstate(all="ignore"), one_thread():
        for step, (X, y) in enumerate(batches(data, setting.get("epochs", 8) * steps), 1):
            value, gradients = loss_and_gradients(net, X, y, setting.get("reg", 0.0), loss)
            if not np.isfinite(value):
                return float("nan")
            for name in net:
                net[name] -= rate * gradients["d" + name]
            if history is not None:
                history.append(value)
            if after_epoch is not None and step % steps == 0:
                after_epoch(net)
    return value


def batch_size(data: Data) -> int:
    """How many examples a mini-batch has."""
    return min(BATCH_SIZE, len(data["X_train"]))


def batches(data: Data, num_steps: int, seed: int = 10) -> Iterator[tuple[Array, Array]]:
    """So many mini-batches, shuffled anew in each epoch; the same ones for the same seed."""
    stream, size = np.random.RandomState(seed), batch_size(data)
    order: Array = np.array([], dtype=int)
    for _ in range(num_steps):
        if len(order) < size:
            order = stream.permutation(len(data["X_train"]))
        rows, order = order[:size], order[size:]
        yield data["X_train"][rows], data["y_train"][rows]


def tracked(items: Iterable[T], total: int | None = None) -> Iterator[T]:
    """Go through ``items`` under a progress bar, which appears if it takes over two seconds."""
    items = list(items) if total is None else items
    with Progress(len(items) if total is None else total) as bar:  # type: ignore[arg-type]
        for number, item in enumerate(items, 1):
            yield item
            bar.reach(number)


def one_thread() -> Any:
    """To be used with ``with``: matrices this small are multiplied faster by a single core."""
    return _libraries().limit(limits=1, user_api="blas")


@cache
def _libraries() -> Any:
    # comes with scikit-learn, and only who trains needs it
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # noqa: PLC0415

    return ThreadpoolController()


def _forward(net: Mapping[str, Array], X: Array) -> list[Array]:
    """The input, what each hidden layer puts out, and the scores."""
    layers, last = [X], len(net) // 2
    with np.errstate(all="ignore"):
        for layer in range(1, last + 1):
            Z = layers[-1] @ net[f"W{layer}"] + net[f"b{layer}"]
            layers.append(Z if layer == last else np.maximum(Z, 0))
    return layers
