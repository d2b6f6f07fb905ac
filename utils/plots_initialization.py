"""The pictures of the initialization notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from utils.plotting.axes import Array, AxesTable
from utils.plotting.style import BLUE, GRID, INK, LINES, ORANGE, course_style

MARKERS = "os^Dv*"
NARROW = 100  # within two powers of ten, 0.2 and 0.5 are labelled as well


def plot_spread(
    curves: Mapping[str, Sequence[float]], ax: Axes, title: str, ylabel: str, *, legend: bool = True
) -> Axes:
    """Draw how large the numbers in each layer are, one line for each rule, logarithmically.

    Args:
        curves: For the name of each rule the standard deviations by layer, layer 1 first.
        ax: Where to draw.
        title: The title.
        ylabel: What was measured.
        legend: Whether to put a legend beside the picture.
    """
    with course_style():
        for place, (name, spread) in enumerate(curves.items()):
            (colour, dash), marker = LINES[place % len(LINES)], MARKERS[place % len(MARKERS)]
            layers = np.arange(1, len(spread) + 1)
            ax.plot(layers, spread, dash, marker=marker, ms=5, color=colour, label=name)
        ax.set_yscale("log")
        bottom, top = ax.get_ylim()
        if top / bottom < NARROW:
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set(title=title, xlabel="layer", ylabel=ylabel)
        ax.set_xticks(np.arange(1, 1 + max(map(len, curves.values()))))
        ax.grid(visible=True, color=GRID)
        if legend:
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_neurons(runs: Mapping[str, tuple[Array, Array]]) -> AxesTable:
    """Draw each neuron of a first layer as a point: its two weights before and after training.

    All pictures have the same scale.

    Args:
        runs: For the name of each run ``W1 (n1, 2)`` before and after training.

    Returns:
        The axes, one for each run.
    """
    with course_style():
        _, table = plt.subplots(
            1, len(runs), figsize=(3.7 * len(runs), 3.9), layout="constrained", squeeze=False
        )
        axes: AxesTable = table[0]
        limit = 1.15 * max(np.abs(weights).max() for run in runs.values() for weights in run)
        for ax, (name, (before, after)) in zip(axes, runs.items(), strict=True):
            ax.axhline(0, color=GRID, lw=1)
            ax.axvline(0, color=GRID, lw=1)
            for start, end in zip(before, after, strict=True):
                ax.plot(*zip(start, end, strict=True), "-", color=INK, lw=0.8, alpha=0.6)
            ax.plot(*before.T, "s", ms=9, mfc="white", mec=ORANGE, mew=1.6, label="before")
            ax.plot(*after.T, "o", ms=6, color=BLUE, label="after training")
            count = len(np.unique(np.round(after, 10), axis=0))
            places = "one place" if count == 1 else f"{count} places"
            ax.set(title=f"{name}\n{len(after)} neurons in {places}")
            ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
            ax.set(xlabel="weight of $x_1$", ylabel="weight of $x_2$" if ax is axes[0] else "")
        axes[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return axes
