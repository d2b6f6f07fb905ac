"""The training loops of the experiments; what differs between them is passed as functions."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from utils.networks import (
    Array,
    Gradients,
    Parameters,
    backward_propagation,
    compute_cost,
    forward_propagation,
    update_parameters,
)
from utils.progress import PROGRESS_EVERY, Progress
from utils.stubs import UnfilledStubError

Forward = Callable[[Array, Parameters], tuple[Array, Any]]
Cost = Callable[..., float]
Backward = Callable[[Array, Array, Any], Gradients]
Update = Callable[[Parameters, Gradients, float], Parameters]
Batches = Callable[[Array, Array, int], Sequence[tuple[Array, Array]]]
Step = Callable[[Parameters, Gradients, int], Parameters]


class Training(NamedTuple):
    """The result of a run: the trained parameters and the recorded costs."""

    parameters: Parameters
    costs: list[float]


def train(
    X: Array,
    Y: Array,
    parameters: Mapping[str, Array],
    *,
    forward: Forward = forward_propagation,
    cost: Cost = compute_cost,
    backward: Backward = backward_propagation,
    update: Update = update_parameters,
    learning_rate: float,
    num_iterations: int,
    seed: int | None = None,
    record_every: int = 1000,
    print_cost: bool | int = False,
    progress: bool = True,
) -> Training:
    """Train by gradient descent, with all of ``X`` in every step.

    An experiment passes its own functions for what it adds, such as a penalty or dropout::

        train(
            X, Y, parameters, learning_rate=0.3, num_iterations=30000,
            cost=lambda A3, Y, parameters: my_cost(A3, Y, parameters, lambd),
            backward=lambda X, Y, cache: my_backward(X, Y, cache, lambd),
        )

    Args:
        X: Examples, ``(n0, m)``.
        Y: Labels, ``(1, m)``.
        parameters: The parameters to start from. Neither the dict nor its arrays are changed.
        forward: ``forward(X, parameters) -> A3, cache``.
        cost: ``cost(A3, Y, parameters) -> number``, or ``cost(A3, Y)``. It is called only when the
            cost is recorded or printed.
        backward: ``backward(X, Y, cache) -> gradients`` named ``dW1, db1, ...``.
        update: ``update(parameters, gradients, learning_rate) -> parameters``.
        learning_rate: The learning rate.
        num_iterations: The number of steps.
        seed: A number is passed to ``np.random.seed`` before every step, so that each step drops
            the same units; the published dropout run does that with 1. With None each step draws
            fresh masks.
        record_every: The costs of steps 0, ``record_every``, 2 ``record_every``, ... are recorded.
        print_cost: After how many steps the cost is printed; True means 10000, False never.
        progress: Whether to show a bar if the run takes longer than two seconds.

    Returns:
        The trained parameters and the recorded costs; each cost is from before its step.

    Raises:
        ValueError: If ``record_every`` or ``print_cost`` is not a positive number of steps.
        UnfilledStubError: If a value in the first step is None, as in a stub.
    """
    print_every = 10000 if print_cost is True else int(print_cost) or num_iterations + 1
    if record_every < 1 or print_every < 1:
        raise ValueError("record_every and print_cost are numbers of steps: give 1 or more")
    cost_of: Cost = cost if _takes_parameters(cost) else lambda A3, Y, _: cost(A3, Y)
    now = dict(parameters)
    costs: list[float] = []
    with Progress(num_iterations if progress else 0) as bar, _unfilled_stubs(costs):
        for i in range(num_iterations):
            if seed is not None:
                np.random.seed(seed)
            A3, cache = forward(X, now)
            if i % record_every == 0:
                costs.append(float(cost_of(A3, Y, now)))
            if print_cost and i % print_every == 0:
                bar.write(f"Cost after iteration {i}: {float(cost_of(A3, Y, now))}")
            now = update(now, backward(X, Y, cache), learning_rate)
            if i % PROGRESS_EVERY == 0:
                bar.reach(i)
    return Training(now, costs)


def train_in_batches(
    X: Array,
    Y: Array,
    parameters: Mapping[str, Array],
    *,
    batches: Batches,
    step: Step,
    num_epochs: int,
    seed: int = 10,
    forward: Forward = forward_propagation,
    cost: Callable[[Array, Array], float] = compute_cost,
    backward: Backward = backward_propagation,
    record_every: int = 100,
    whole: bool = False,
    progress: bool = True,
) -> Training:
    """Train with mini-batches: one step for each batch, all of ``X`` once in each epoch.

    Args:
        X: Examples, ``(n0, m)``.
        Y: Labels, ``(1, m)``.
        parameters: The parameters to start from. Neither the dict nor its arrays are changed.
        batches: ``batches(X, Y, seed) -> [(X, Y), ...]``, the mini-batches of an epoch.
        step: ``step(parameters, gradients, epoch) -> parameters``. It keeps the state of the
            optimizer, such as a velocity, by itself.
        num_epochs: The number of epochs.
        seed: The batches of the first epoch are drawn with ``seed + 1``, those of the second with
            ``seed + 2``, and so on.
        forward: ``forward(X, parameters) -> A3, cache``.
        cost: ``cost(A3, Y) -> number``.
        backward: ``backward(X, Y, cache) -> gradients`` named ``dW1, db1, ...``.
        record_every: The costs of epochs 0, ``record_every``, 2 ``record_every``, ... are recorded.
        whole: Whether to record the cost of all examples after the epoch instead of the cost of
            its last batch.
        progress: Whether to show a bar if the run takes longer than two seconds.

    Returns:
        The trained parameters and the recorded costs; the cost of a batch is from before its step.

    Raises:
        UnfilledStubError: If there are no batches, or a value in the first steps is None.
    """
    now = {name: value.copy() for name, value in parameters.items()}
    costs: list[float] = []
    with Progress(num_epochs if progress else 0) as bar, _unfilled_stubs(costs):
        for epoch in range(num_epochs):
            epoch_batches = batches(X, Y, seed + 1 + epoch)
            if not epoch_batches:  # as a stub returns it
                raise UnfilledStubError(
                    "There are no mini-batches to train on. Fill in the exercise that makes "
                    "them, run its check, then run this cell again."
                )
            for batch_X, batch_Y in epoch_batches:
                A3, cache = forward(batch_X, now)
                now = step(now, backward(batch_X, batch_Y, cache), epoch)
            if epoch % record_every == 0:
                costs.append(float(cost(forward(X, now)[0], Y) if whole else cost(A3, batch_Y)))
            if epoch % PROGRESS_EVERY == 0:
                bar.reach(epoch)
    return Training(now, costs)


@contextmanager
def _unfilled_stubs(costs: Sequence[float]) -> Iterator[None]:
    """Turn an error about None in the first steps into a sentence; other errors pass."""
    try:
        yield
    except (TypeError, ValueError, AttributeError) as error:
        # "dimensions (has 0" is NumPy on `W @ None`
        if len(costs) > 1 or not any(
            text in str(error) for text in ("NoneType", "dimensions (has 0")
        ):
            raise
        raise UnfilledStubError(
            "Training cannot start yet: a value is still None in one of the functions that it "
            "calls. Fill in the exercises above, run their checks, then run this cell again."
        ) from error


def _takes_parameters(cost: Cost) -> bool:
    """Distinguish ``cost(A3, Y, parameters)`` from the plain ``cost(A3, Y)``."""
    signature = inspect.signature(cost).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in signature):
        return True
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in signature) >= 3
