"""One training loop for every experiment: the parts that differ are handed in as functions."""

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
    """What a run leaves: the trained parameters and the costs on the way."""

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
    """Train by gradient descent on the whole of ``X``, one step an iteration.

    What an experiment adds, a penalty or dropout, it brings in its own functions::

        train(
            X, Y, parameters, learning_rate=0.3, num_iterations=30000,
            cost=lambda A3, Y, parameters: my_cost(A3, Y, parameters, lambd),
            backward=lambda X, Y, cache: my_backward(X, Y, cache, lambd),
        )

    Args:
        X: examples, ``(n0, m)``.
        Y: labels, ``(1, m)``.
        parameters: where to start; the dict and its arrays are left as they are.
        forward: ``forward(X, parameters) -> A3, cache``.
        cost: ``cost(A3, Y, parameters) -> number``, or ``cost(A3, Y)``; called only when the cost
            is recorded or printed.
        backward: ``backward(X, Y, cache) -> gradients`` named ``dW1, db1, ...``.
        update: ``update(parameters, gradients, learning_rate) -> parameters``.
        learning_rate: the length of a step.
        num_iterations: how many steps.
        seed: a number reseeds numpy's global stream before every step, so that each step drops
            the same units, as the published dropout run does with 1; with ``None`` each step
            draws fresh masks from the stream as it stands.
        record_every: the cost of steps 0, ``record_every``, 2 ``record_every``, ... is kept.
        print_cost: print the cost every so many steps; True is every 10000.
        progress: show a bar on standard output if the run lasts longer than two seconds.

    Returns:
        The trained parameters and the recorded costs, each from before its step's update.

    Raises:
        ValueError: ``record_every`` or ``print_cost`` is not a positive number of steps.
    """
    print_every = 10000 if print_cost is True else int(print_cost) or num_iterations + 1
    if record_every < 1 or print_every < 1:
        raise ValueError("record_every and print_cost count steps: give 1 or more")
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
    """Train in mini-batches: one epoch goes once through all of ``X``, one step a batch.

    Args:
        X: examples, ``(n0, m)``.
        Y: labels, ``(1, m)``.
        parameters: where to start; the dict and its arrays are left as they are.
        batches: ``batches(X, Y, seed) -> [(X, Y), ...]``, the mini-batches of an epoch.
        step: ``step(parameters, gradients, epoch) -> parameters``; what an optimizer remembers
            from one step to the next it keeps itself.
        num_epochs: how often to go through the data.
        seed: the batches of the first epoch are drawn with ``seed + 1``, then with one more each.
        forward: ``forward(X, parameters) -> A3, cache``.
        cost: ``cost(A3, Y) -> number``.
        backward: ``backward(X, Y, cache) -> gradients`` named ``dW1, db1, ...``.
        record_every: the cost of epochs 0, ``record_every``, 2 ``record_every``, ... is kept.
        whole: record the cost of all examples after the epoch, not that of its last batch.
        progress: show a bar on standard output if the run lasts longer than two seconds.

    Returns:
        The trained parameters and the recorded costs; that of a batch is from before its step.
    """
    now = {name: value.copy() for name, value in parameters.items()}
    costs: list[float] = []
    with Progress(num_epochs if progress else 0) as bar, _unfilled_stubs(costs):
        for epoch in range(num_epochs):
            drawn = batches(X, Y, seed + 1 + epoch)
            if not drawn:  # what a stub makes that nobody has filled
                raise UnfilledStubError(
                    "There are no mini-batches to train on. Fill in the exercise that makes "
                    "them, run its check, then run this cell again."
                )
            for batch_X, batch_Y in drawn:
                A3, cache = forward(batch_X, now)
                now = step(now, backward(batch_X, batch_Y, cache), epoch)
            if epoch % record_every == 0:
                costs.append(float(cost(forward(X, now)[0], Y) if whole else cost(A3, batch_Y)))
            if epoch % PROGRESS_EVERY == 0:
                bar.reach(epoch)
    return Training(now, costs)


@contextmanager
def _unfilled_stubs(costs: Sequence[float]) -> Iterator[None]:
    """Say it in a sentence when the very first step meets a None; let other errors be."""
    try:
        yield
    except (TypeError, ValueError, AttributeError) as error:
        # "dimensions (has 0" is NumPy on `W @ None`
        if len(costs) > 1 or not any(
            sign in str(error) for sign in ("NoneType", "dimensions (has 0")
        ):
            raise
        raise UnfilledStubError(
            "Training cannot start yet: a value is still None in one of the functions that it "
            "calls. Fill in the exercises above, run their checks, then run this cell again."
        ) from error


def _takes_parameters(cost: Cost) -> bool:
    """Tell ``cost(A3, Y, parameters)`` from the plain ``cost(A3, Y)``."""
    named = inspect.signature(cost).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in named):
        return True
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in plain and p.default is p.empty for p in named) >= 3
