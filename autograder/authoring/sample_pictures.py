"""Pictures as in a notebook that was run: how the cost fell, and what a network learned."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def sample_pictures(seed: str, count: int) -> list[bytes]:
    """PNG files, half of them curves and half of them points with a border between them."""
    kinds = (_curves, _border)
    return [_png(kinds[number % 2], f"{seed}/{number}") for number in range(count)]


def _png(draw: Callable[[Axes, np.random.Generator], None], seed: str) -> bytes:
    figure = Figure(figsize=(5, 3.4), dpi=72, layout="tight")
    number = random.Random(seed).getrandbits(32)  # noqa: S311  a picture, not a secret
    draw(figure.subplots(), np.random.default_rng(number))
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _curves(axes: Axes, rng: np.random.Generator) -> None:
    """The cost on training and validation data, which falls and may rise again."""
    steps = np.arange(0, 3000, 30)
    floor, speed, overfits = rng.uniform(0.05, 0.3), rng.uniform(300, 900), rng.uniform(0, 1e-4)
    train = floor + (0.69 - floor) * np.exp(-steps / speed)
    validation = train + overfits * steps + 0.03
    for cost, label in ((train, "training"), (validation, "validation")):
        noise = rng.normal(0, 0.008, len(steps))
        axes.plot(steps, np.abs(cost + noise), label=label)
    axes.set(xlabel="step", ylabel="cost", title=f"learning rate {rng.choice([0.01, 0.03, 0.1])}")
    axes.legend()


def _border(axes: Axes, rng: np.random.Generator) -> None:
    """Two classes of points, and where a network would part them."""
    angle, bend = rng.uniform(0, np.pi), rng.uniform(-0.6, 0.6)
    points = rng.normal(0, 1, (160, 2))
    across, along = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    labels = points @ across + bend * (points @ along) ** 2 + rng.normal(0, 0.25, 160) > 0
    grid = np.stack(np.meshgrid(np.linspace(-3, 3, 80), np.linspace(-3, 3, 80)), axis=-1)
    side = grid @ across + bend * (grid @ along) ** 2
    axes.contourf(grid[..., 0], grid[..., 1], side > 0, levels=[-1, 0.5, 2], alpha=0.3)
    for label, marker in ((False, "o"), (True, "s")):
        x, y = points[labels == label].T
        axes.scatter(x, y, s=14, marker=marker)
    accuracy = np.mean((points @ across + bend * (points @ along) ** 2 > 0) == labels)
    axes.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="$x_1$", ylabel="$x_2$")
    axes.set(title=f"accuracy {accuracy:.2f}")
