"""Does the lesson of the regularization notebook hold on the field that we made up?

Trains [2, 20, 3, 1] (start seed 3, learning rate 0.3, 30000 steps) on the fields of many seeds:
without regularization, with L2 0.7, with dropout 0.86 of fresh masks, and of masks reseeded
with 1 at every step. Prints how much each gains on the test.

    OPENBLAS_NUM_THREADS=1 python benchmarks/dataset_margin.py [SEEDS] [FIRST]
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from utils.datasets import FIELD_SEED, make_field
from utils.networks import (
    Array,
    Gradients,
    Parameters,
    accuracy,
    backward_propagation,
    initialize_parameters,
    relu,
    sigmoid,
)
from utils.training import train

LAMBD, KEEP_PROB = 0.7, 0.86


def l2_backward(X: Array, Y: Array, cache: Any) -> Gradients:
    """Add ``LAMBD / m`` times the weights to their gradients."""
    grads = backward_propagation(X, Y, cache)
    W = {"dW1": cache[2], "dW2": cache[6], "dW3": cache[10]}
    return grads | {name: grads[name] + LAMBD / X.shape[1] * W[name] for name in W}


def dropout_forward(X: Array, parameters: Parameters) -> tuple[Array, Any]:
    """Drop units of both hidden layers and scale up what stays."""
    W1, b1, W2, b2, W3, b3 = parameters.values()
    A1 = relu(W1 @ X + b1)
    D1 = (np.random.rand(*A1.shape) < KEEP_PROB) / KEEP_PROB  # noqa: NPY002 - as the notebook
    A1 *= D1
    A2 = relu(W2 @ A1 + b2)
    D2 = (np.random.rand(*A2.shape) < KEEP_PROB) / KEEP_PROB  # noqa: NPY002
    A2 *= D2
    A3 = sigmoid(W3 @ A2 + b3)
    return A3, (D1, A1, D2, A2, W2, W3, A3)


def dropout_backward(X: Array, Y: Array, cache: Any) -> Gradients:
    """Let the error through the same units."""
    D1, A1, D2, A2, W2, W3, A3 = cache
    dZ3 = A3 - Y
    dZ2 = W3.T @ dZ3 * D2 * (A2 > 0)
    dZ1 = W2.T @ dZ2 * D1 * (A1 > 0)
    grads = {}
    for layer, dZ, A in ((1, dZ1, X), (2, dZ2, A1), (3, dZ3, A2)):
        grads[f"dW{layer}"] = dZ @ A.T / X.shape[1]
        grads[f"db{layer}"] = dZ.mean(axis=1, keepdims=True)
    return grads


DROPOUT: dict[str, Any] = {"forward": dropout_forward, "backward": dropout_backward}
VARIANTS: dict[str, dict[str, Any]] = {
    "none": {},
    "L2 0.7": {"backward": l2_backward},
    "dropout 0.86": DROPOUT,
    "reseeded": DROPOUT | {"seed": 1},
}


def accuracies(seed: int) -> list[tuple[float, float]]:
    """Train every variant on one field; in percent, on the training and on the test kicks."""
    X, Y, test_X, test_Y = make_field(seed)
    reached = []
    for variant in VARIANTS.values():
        # the start seeds the stream, from which fresh masks then go on
        parameters, _ = train(
            X,
            Y,
            initialize_parameters([2, 20, 3, 1], seed=3),
            cost=lambda _A3, _Y: 0.0,  # nobody looks at it
            learning_rate=0.3,
            num_iterations=30000,
            progress=False,
            **variant,
        )
        both = accuracy(X, Y, parameters), accuracy(test_X, test_Y, parameters)
        reached.append((100 * both[0], 100 * both[1]))
    return reached


def main(seeds: int = 24, first: int = 0) -> None:
    """Print the table as Markdown."""
    print("| seed |", " | ".join(f"{name}: train / test" for name in VARIANTS), "|")
    print("|---:" * (1 + len(VARIANTS)) + "|")
    with ProcessPoolExecutor(2) as pool:
        table = []
        for seed, row in zip(
            range(first, first + seeds),
            pool.map(accuracies, range(first, first + seeds)),
            strict=True,
        ):
            shipped = " (shipped)" if seed == FIELD_SEED else ""
            cells = " | ".join(f"{train:.1f} / {test:.1f}" for train, test in row)
            print(f"| {seed}{shipped} | {cells} |", flush=True)
            table.append(row)
    train_accuracy, test_accuracy = np.moveaxis(np.array(table), 2, 0)
    print("\n| | train | test | gain on the test | wins | ties |\n|---|---:|---:|---:|---:|---:|")
    gain = test_accuracy - test_accuracy[:, :1]
    for i, name in enumerate(VARIANTS):
        print(
            f"| {name} | {train_accuracy[:, i].mean():.1f} | {test_accuracy[:, i].mean():.1f} "
            f"| {gain[:, i].mean():+.1f} ± {gain[:, i].std():.1f} "
            f"| {(gain[:, i] > 0).sum()}/{seeds} | {(gain[:, i] == 0).sum()} |"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
