"""A deep network for the experiments: as many layers as one likes, normalized or not.

AFFINE - (NORMALIZE) - RELU, again and again, then AFFINE - SOFTMAX. How a layer is normalized is
handed in as two functions, forward and backward. Here an example is a **row**: ``X (N, D)``, its
label ``y (N,)`` a whole number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from utils.datasets import Images
from utils.progress import PROGRESS_EVERY, Progress

Array = NDArray[Any]
Forward = Callable[[Array, Array, Array, dict[str, Any]], tuple[Array, Any]]
Backward = Callable[[Array, Any], tuple[Array, Array, Array]]
Normalize = tuple[Forward, Backward]

EPSILON = 1e-8  # Adam's, as its formula has it: outside the root, after the correction


class DeepNet:
    """The network's parameters, and what is done with them.

    Args:
        layers_dims: Units per layer, the input first, the number of classes last.
        weight_scale: Standard deviation of the first weights.
        normalize: ``forward(x, gamma, beta, param) -> out, cache`` and
            ``backward(dout, cache) -> dx, dgamma, dbeta``, which stand between each hidden
            layer's affine step and its ReLU; None for a plain network.
        seed: Of the first weights, and of the batches that are drawn after them in training;
            numpy's global stream is left alone.
    """

    def __init__(
        self,
        layers_dims: Sequence[int],
        weight_scale: float,
        normalize: Normalize | None = None,
        seed: int = 231,
    ) -> None:
        self.stream = np.random.RandomState(seed)
        self.hidden = len(layers_dims) - 2
        self.normalize = normalize
        self.parameters: dict[str, Array] = {}
        for layer, (fan_in, units) in enumerate(pairwise(layers_dims), 1):
            self.parameters[f"W{layer}"] = weight_scale * self.stream.randn(fan_in, units)
            self.parameters[f"b{layer}"] = np.zeros(units)
            if normalize is not None and layer <= self.hidden:
                self.parameters[f"gamma{layer}"] = np.ones(units)
                self.parameters[f"beta{layer}"] = np.zeros(units)
        # what a normalization remembers between calls: one dict a layer, kept by its own function
        self.memory: list[dict[str, Any]] = [{} for _ in range(self.hidden)]

    def scores(self, X: Array, mode: str = "test") -> Array:
        """One score a class, ``(N, classes)``; the largest is the answer."""
        return self._forward(X, mode)[0]

    def accuracy(self, X: Array, y: Array) -> float:
        """The share of examples whose label is predicted right."""
        return float(np.mean(self.scores(X).argmax(axis=1) == y))

    def preactivations(self, X: Array, mode: str = "train") -> list[Array]:
        """What each hidden layer's ReLU is given, ``(N, units)`` a layer."""
        return self._forward(X, mode)[2]

    def loss(self, X: Array, y: Array) -> tuple[float, dict[str, Array]]:
        """The mean cross-entropy of the softmax, and its gradient for each parameter."""
        scores, caches, _ = self._forward(X, "train")
        rows = np.arange(len(X))
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        back = np.exp(log_p)
        back[rows, y] -= 1
        back /= len(X)
        grads = {}
        for layer in range(self.hidden + 1, 0, -1):
            below, active, cache = caches[layer - 1]
            if layer <= self.hidden:
                back = back * active
                if self.normalize is not None:
                    back, grads[f"gamma{layer}"], grads[f"beta{layer}"] = self.normalize[1](
                        back, cache
                    )
            grads[f"W{layer}"] = below.T @ back
            grads[f"b{layer}"] = back.sum(axis=0)
            back = back @ self.parameters[f"W{layer}"].T
        return float(-log_p[rows, y].mean()), grads

    def _forward(self, X: Array, mode: str) -> tuple[Array, list[Any], list[Array]]:
        P, A = self.parameters, X
        caches: list[Any] = []
        seen = []
        for layer in range(1, self.hidden + 1):
            below, cache = A, None
            Z = below @ P[f"W{layer}"] + P[f"b{layer}"]
            if self.normalize is not None:
                param = self.memory[layer - 1]
                param["mode"] = mode
                Z, cache = self.normalize[0](Z, P[f"gamma{layer}"], P[f"beta{layer}"], param)
            A = np.maximum(0, Z)
            seen.append(Z)
            caches.append((below, Z > 0, cache))
        caches.append((A, None, None))
        last = self.hidden + 1
        return A @ P[f"W{last}"] + P[f"b{last}"], caches, seen


class History(NamedTuple):
    """What a run leaves."""

    net: DeepNet
    losses: list[float]  # one a step
    train: list[float]  # accuracy after each epoch, on what was learned from
    val: list[float]  # accuracy after each epoch, on what was not


def train(
    net: DeepNet,
    data: Images,
    *,
    epochs: int = 10,
    batch_size: int = 50,
    learning_rate: float = 1e-3,
    progress: bool = True,
) -> History:
    """Train with Adam on mini-batches; the network is changed.

    Each step draws its examples at random out of all, with the network's own stream: that is how
    the accuracies were measured which the course compares with.

    Args:
        net: Where to start.
        data: What to learn from, and what to test on.
        epochs: How often as many examples are drawn as there are.
        batch_size: Examples a step; an epoch has as many steps as there are full batches.
        learning_rate: Adam's step length.
        progress: Show a bar if the run lasts longer than two seconds.

    Returns:
        The network and how it went.
    """
    runs = {"": (net, {"batch_size": batch_size, "learning_rate": learning_rate})}
    return train_all(runs, data, epochs=epochs, progress=progress)[""]


def train_all(
    runs: Mapping[Any, DeepNet | tuple[DeepNet, Mapping[str, Any]]],
    data: Images,
    *,
    epochs: int = 10,
    progress: bool = True,
) -> dict[Any, History]:
    """Train several networks one after the other, under one bar.

    Args:
        runs: By name, a network, or a network and its own ``batch_size`` or ``learning_rate``
            (see ``train``).
        data: What to learn from, and what to test on.
        epochs: How often as many examples are drawn as there are.
        progress: Show a bar if all this lasts longer than two seconds.
    """
    plans = {
        name: run if isinstance(run, tuple) else (run, dict[str, Any]())
        for name, run in runs.items()
    }
    steps = sum(
        epochs * (len(data.X_train) // settings.get("batch_size", 50))
        for _, settings in plans.values()
    )
    # comes with scikit-learn, and only who trains needs it
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    done, histories = 0, {}
    # matrices this small are multiplied faster by one core than by several that wait for another
    with threadpool_limits(1, "blas"), Progress(steps if progress else 0) as bar:
        for name, (net, settings) in plans.items():
            histories[name] = history = History(net, [], [], [])
            for _ in _steps(history, data, epochs, **settings):
                done += 1
                if done % (PROGRESS_EVERY // 5) == 0:
                    bar.reach(done)
    return histories


def _steps(
    history: History,
    data: Images,
    epochs: int,
    batch_size: int = 50,
    learning_rate: float = 1e-3,
) -> Any:
    # Adam is an exercise of the course (optimization), so it must not be written out here.
    from sklearn.neural_network import _stochastic_optimizers as optimizers  # noqa: PLC0415

    net = history.net
    names = list(net.parameters)
    values = [net.parameters[name] for name in names]
    adam = optimizers.AdamOptimizer(values, learning_rate_init=learning_rate)
    N = len(data.X_train)
    steps = N // batch_size
    for step in range(1, epochs * steps + 1):
        rows = net.stream.choice(N, batch_size)
        loss, grads = net.loss(data.X_train[rows], data.y_train[rows])
        history.losses.append(loss)
        # theirs adds epsilon to a root that is not corrected yet: this makes it the formula's
        adam.epsilon = EPSILON * np.sqrt(1 - adam.beta_2**step)
        adam.update_params(values, [grads[name] for name in names])  # in place
        yield
        if step % steps == 0:
            history.train.append(net.accuracy(data.X_train, data.y_train))
            history.val.append(net.accuracy(data.X_val, data.y_val))
