"""Figures and axes: how they are made, labelled and given a legend."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.plotting.style import CLASSES, INK

Array = NDArray[Any]
AxesTable = NDArray[np.object_]
LABELS = ("label 0", "label 1")


def new_axes(width: float = 6.2, height: float = 4.2) -> Axes:
    """Make the axes of a new figure; its width and height are in inches."""
    ax: Axes = plt.figure(figsize=(width, height), layout="constrained").subplots()
    return ax


def new_axes_table(
    rows: int, columns: int, width: float, height: float, **shared: Any
) -> AxesTable:
    """Make a table of axes in a new figure.

    Args:
        rows: How many rows.
        columns: How many columns.
        width: The width of one picture, in inches.
        height: The height of one picture, in inches.
        shared: ``sharex`` and ``sharey``, as in ``plt.subplots``.

    Returns:
        The axes, ``(rows, columns)``.
    """
    size = (width * columns + 0.8, height * rows + 0.5)
    figure = plt.figure(figsize=size, layout="constrained")
    return np.asarray(figure.subplots(rows, columns, squeeze=False, **shared))


def label_axes(ax: Axes, title: str, xlabel: str, ylabel: str) -> Axes:
    """Give a picture its title and names to both axes; return the axes."""
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    # Ticks are made when the picture is rendered, and then the style no longer applies.
    ax.tick_params(labelsize=9.5, colors=INK)
    return ax


def draw_points(ax: Axes, X: Array, Y: Array, names: Sequence[str] = LABELS) -> None:
    """Draw examples ``X (2, m)`` with colours and markers by their labels ``Y (1, m)``.

    Both axes have the same scale, so that a shape looks as it is. ``names`` are what the legend
    calls the labels 0 and 1.
    """
    for label, colour, marker, size in CLASSES:
        x1, x2 = X[:, np.ravel(Y) == label]
        ax.scatter(x1, x2, s=size, c=colour, marker=marker, ec="white", lw=0.6, label=names[label])
    ax.set_aspect("equal")


def add_legend(ax: Axes) -> None:
    """Put the legend to the right of the picture, where it covers no point."""
    # A figure that the reader made may have no layout, and would cut the legend off.
    if isinstance(ax.figure, Figure) and ax.figure.get_layout_engine() is None:
        ax.figure.set_layout_engine("constrained")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2)
