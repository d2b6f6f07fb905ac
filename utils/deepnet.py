"""A deep network for the experiments, with any number of layers, with or without normalization.

Each hidden layer is AFFINE - (NORMALIZE) - RELU, the last one AFFINE - SOFTMAX. The normalization
is passed as two functions, forward and backward. Here an example is a **row** of ``X (N, D)``, and
its label in ``y (N,)`` is an integer.
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

EPSILON = 1e-8  # of Adam: Kingma and Ba, "Adam" (2015), algorithm 1, outside the root


class DeepNet:
    """A network: its parameters, its predictions, its loss and gradients.

    Args:
        layers_dims: The units of each layer, the input first, the number of classes last.
        weight_scale: The standard deviation of the initial weights.
        normalize: ``forward(x, gamma, beta, param) -> out, cache`` and
            ``backward(dout, cache) -> dx, dgamma, dbeta``, which are applied between the affine
            step and the ReLU of each hidden layer; None for a plain network.
        residual: Whether a hidden layer of as many units as the one before adds what it makes
            to what it was given, and does not put it in its place.
            Source: He et al., "Deep Residual Learning for Image Recognition" (2016), section 3.2.
        seed: The seed of the initial weights, and of the batches that are drawn after them in
            training. NumPy's global random state is not touched.
    """

    def __init__(
        self,
        layers_dims: Sequence[int],
        weight_scale: float,
        normalize: Normalize | None = None,
        seed: int = 231,
        *,
        residual: bool = False,
    ) -> None:
        self.stream = np.random.RandomState(seed)
        self.hidden = len(layers_dims) - 2
        self.normalize = normalize
        self.residual = residual
        self.parameters: dict[str, Array] = {}
        for layer, (fan_in, units) in enumerate(pairwise(layers_dims), 1):
            self.parameters[f"W{layer}"] = weight_scale * self.stream.randn(fan_in, units)
            self.parameters[f"b{layer}"] = np.zeros(units)
            if normalize is not None and layer <= self.hidden:
                self.parameters[f"gamma{layer}"] = np.ones(units)
                self.parameters[f"beta{layer}"] = np.zeros(units)
        # What the normalization keeps between calls, such as running averages, for each layer.
        self.memory: list[dict[str, Any]] = [{} for _ in range(self.hidden)]

    def scores(self, X: Array, mode: str = "test") -> Array:
        """Compute a score for each class, ``(N, classes)``; the largest one is the prediction."""
        return self._forward(X, mode)[0]

    def accuracy(self, X: Array, y: Array) -> float:
        """Compute the share of examples whose label is predicted right."""
        return float(np.mean(self.scores(X).argmax(axis=1) == y))

    def preactivations(self, X: Array, mode: str = "train") -> list[Array]:
        """Compute the inputs of the ReLU of each hidden layer, ``(N, units)`` for each."""
        return self._forward(X, mode)[2]

    def loss(self, X: Array, y: Array) -> tuple[float, dict[str, Array]]:
        """Compute the mean cross-entropy of the softmax, and its gradient for each parameter.

        Source: Bishop, "Pattern Recognition and Machine Learning" (2006), equations 4.108 and
        4.109, divided by ``N``.
        """
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
            passed_by = back if self._adds(layer) else 0
            if layer <= self.hidden:
                back = back * active
                if self.normalize is not None:
                    back, grads[f"gamma{layer}"], grads[f"beta{layer}"] = self.normalize[1](
                        back, cache
                    )
            grads[f"W{layer}"] = below.T @ back
            grads[f"b{layer}"] = back.sum(axis=0)
            back = back @ self.parameters[f"W{layer}"].T + passed_by
        return float(-log_p[rows, y].mean()), grads

    def _adds(self, layer: int) -> bool:
        rows, columns = self.parameters[f"W{layer}"].shape
        return self.residual and layer <= self.hidden and rows == columns

    def _forward(self, X: Array, mode: str) -> tuple[Array, list[Any], list[Array]]:
        P, A = self.parameters, X
        caches: list[Any] = []
        preactivations = []
        for layer in range(1, self.hidden + 1):
            below, cache = A, None
            Z = below @ P[f"W{layer}"] + P[f"b{layer}"]
            if self.normalize is not None:
                param = self.memory[layer - 1]
                param["mode"] = mode
                Z, cache = self.normalize[0](Z, P[f"gamma{layer}"], P[f"beta{layer}"], param)
            A = np.maximum(0, Z) + (below if self._adds(layer) else 0)
            preactivations.append(Z)
            caches.append((below, Z > 0, cache))
        caches.append((A, None, None))
        last = self.hidden + 1
        return A @ P[f"W{last}"] + P[f"b{last}"], caches, preactivations


class History(NamedTuple):
    """The result of a run."""

    net: DeepNet
    losses: list[float]  # of each step
    train: list[float]  # training accuracy after each epoch, and after the last step
    val: list[float]  # validation accuracy at the same times


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

    Each step draws its examples at random from all examples, with the network's own random state.
    The accuracies that the course compares with were measured in that way.

    Args:
        net: The network to train.
        data: The images to train and to validate on.
        epochs: The number of epochs; in each, as many examples are drawn as there are.
        batch_size: The examples of a step; an epoch has as many steps as there are full batches.
        learning_rate: The learning rate of Adam.
        progress: Whether to show a bar if the run takes longer than two seconds.

    Returns:
        The network, the losses and the accuracies.
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
    """Train several networks one after the other, with one progress bar.

    Args:
        runs: For each name a network, or a network and its own ``batch_size`` or
            ``learning_rate`` (see ``train``), or its own number of ``steps`` in place of epochs.
        data: The images to train and to validate on.
        epochs: As in ``train``.
        progress: Whether to show a bar if all runs together take longer than two seconds.

    Returns:
        The result of each run, by name.
    """
    networks = {
        name: run if isinstance(run, tuple) else (run, dict[str, Any]())
        for name, run in runs.items()
    }
    steps = sum(
        settings.get("steps") or epochs * (len(data.X_train) // settings.get("batch_size", 50))
        for _, settings in networks.values()
    )
    # installed with scikit-learn, and needed only here
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    done, histories = 0, {}
    # One core multiplies matrices this small faster than several cores that wait for each other.
    with threadpool_limits(1, "blas"), Progress(steps if progress else 0) as bar:
        for name, (net, settings) in networks.items():
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
    steps: int | None = None,
) -> Any:
    # Adam is an exercise of the course, so its code must not be given away here.
    from sklearn.neural_network import _stochastic_optimizers as optimizers  # noqa: PLC0415

    net = history.net
    names = list(net.parameters)
    values = [net.parameters[name] for name in names]
    adam = optimizers.AdamOptimizer(values, learning_rate_init=learning_rate)
    N = len(data.X_train)
    epoch = N // batch_size
    steps = epochs * epoch if steps is None else steps
    for step in range(1, steps + 1):
        rows = net.stream.choice(N, batch_size)
        loss, grads = net.loss(data.X_train[rows], data.y_train[rows])
        history.losses.append(loss)
        # scikit-learn adds epsilon before it corrects the bias. With this epsilon the step is that
        # of Kingma and Ba's algorithm 1, which adds it afterwards.
        adam.epsilon = EPSILON * np.sqrt(1 - adam.beta_2**step)
        adam.update_params(values, [grads[name] for name in names])  # in place
        yield
        if step % epoch == 0 or step == steps:
            history.train.append(net.accuracy(data.X_train, data.y_train))
            history.val.append(net.accuracy(data.X_val, data.y_val))
