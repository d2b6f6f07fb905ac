"""The pictures of the features notebook, in the style of ``utils.plots``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from utils.plots import BLUE, GRID, INK, LINES, ORANGE
from utils.plotting.style import course_style

Array = NDArray[Any]
AxesTable = NDArray[np.object_]

MARKERS = "os^Dv"
CHANCE = 0.1  # of ten classes
HUE_SAMPLES = 256


def plot_samples(X: Array, y: Array, names: Sequence[str], each: int = 10) -> Axes:
    """Draw a sheet of pictures, a row for each class.

    Args:
        X: Pictures, ``(N, 32, 32, 3)``.
        y: What they show.
        names: The classes.
        each: Pictures in a row.
    """
    rows = [X[np.flatnonzero(y == label)[:each]] for label in range(len(names))]
    return _sheet(rows, names, "Some pictures of each class")


def plot_mistaken(X: Array, y: Array, answers: Array, names: Sequence[str], each: int = 10) -> Axes:
    """Draw pictures that were taken for each class and show another; under each what it shows.

    Args:
        X: Pictures, ``(N, 32, 32, 3)``.
        y: What they show.
        answers: What the network says.
        names: The classes.
        each: Pictures in a row at most.
    """
    found = [np.flatnonzero((answers == k) & (y != k))[:each] for k in range(len(names))]
    ax = _sheet([X[rows] for rows in found], [f"“{name}”" for name in names], "")
    ax.set_title("Wrong answers: the network's on the left, the truth under each picture")
    side = X.shape[1]
    for row, places in enumerate(found):
        for column, place in enumerate(places):
            x, bottom = _corner(row, column, side)
            ax.text(x + side / 2, bottom + side + 1, names[y[place]], ha="center", va="top", size=8)
    return ax


_GAP = 3  # pixels between pictures
_WORDS = 9  # pixels under a picture


def _corner(row: int, column: int, side: int) -> tuple[int, int]:
    return column * (side + _GAP), row * (side + _WORDS)


def _sheet(rows: Sequence[Array], names: Sequence[str], title: str) -> Axes:
    side, widest = rows[0].shape[1], max(1, *map(len, rows))
    width, height = _corner(len(rows), widest, side)[0], _corner(len(rows), widest, side)[1]
    paper = np.full((height, width, 3), 255, dtype=np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            x, top = _corner(row, column, side)
            paper[top : top + side, x : x + side] = picture
    with course_style():
        scale = 0.021
        size = (width * scale + 1.2, height * scale + 0.4)
        ax = _new_axes(size)
        ax.imshow(paper, interpolation="nearest")
        ax.set_yticks([_corner(row, 0, side)[1] + side / 2 for row in range(len(rows))], names)
        ax.set_xticks([])
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.set_title(title)
    return ax


def plot_hog(pictures: Sequence[Array], features: Sequence[Array], bins: int = 9) -> AxesTable:
    """Draw pictures, and under each its HOG: strokes along the edges, longer for stronger ones.

    Args:
        pictures: Pictures, ``(32, 32, 3)``.
        features: The HOG of each, ``(n * n * bins,)``.
        bins: How many directions it tells apart.
    """
    with course_style():
        axes = _two_rows(len(pictures), (1.75 * len(pictures), 3.7))
        largest = max(float(np.max(part)) for part in features) or 1.0
        for (above, below), picture, flat in zip(axes.T, pictures, features, strict=True):
            above.imshow(picture)
            _strokes(below, np.asarray(flat), bins, len(picture), largest)
            for ax in (above, below):
                ax.set(xticks=[], yticks=[])
        axes[0, 0].set_ylabel("picture")
        axes[1, 0].set_ylabel("its HOG")
        axes[0, 0].figure.suptitle(
            "Each stroke runs along an edge, at right angles to the gradient"
        )
    return axes


def _strokes(ax: Axes, flat: Array, bins: int, side: int, largest: float) -> None:
    cells = round((len(flat) / bins) ** 0.5)
    cell = side / cells
    strengths = flat.reshape(cells, cells, bins) / largest
    angles = np.radians((np.arange(bins) + 0.5) * 180 / bins)
    along = np.stack([-np.sin(angles), np.cos(angles)], axis=1) * cell / 2  # rows go downward
    lines, shades = [], []
    for (row, column, number), strength in np.ndenumerate(strengths):
        middle = np.array([(column + 0.5) * cell, (row + 0.5) * cell])
        reach = along[number] * strength**0.5
        lines.append([middle - reach, middle + reach])
        shades.append((0.0, 0.0, 0.0, min(1.0, float(strength) ** 0.5)))
    ax.add_collection(LineCollection(lines, colors=shades, linewidths=1.6))
    for place in np.arange(cells + 1) * cell:
        ax.axhline(place, color=GRID, lw=0.8, zorder=0)
        ax.axvline(place, color=GRID, lw=0.8, zorder=0)
    ax.set(xlim=(0, side), ylim=(side, 0), aspect="equal")


def plot_hues(pictures: Sequence[Array], histograms: Sequence[Array]) -> AxesTable:
    """Draw pictures, and beside each how often it has each hue, in bars of that hue."""
    with course_style():
        axes = _two_rows(len(pictures), (2.1 * len(pictures), 3.6))
        for (above, below), picture, shares in zip(axes.T, pictures, histograms, strict=True):
            above.imshow(picture)
            above.set(xticks=[], yticks=[])
            centres = (np.arange(len(shares)) + 0.5) / len(shares)
            colours = plt.get_cmap("hsv")(centres)
            below.bar(centres * 360, shares, 330 / len(shares), color=colours, ec=INK, lw=0.5)
            below.set(xlabel="hue in degrees", xticks=[0, 120, 240, 360], ylim=(0, 1))
        axes[1, 0].set_ylabel("share of pixels")
        axes[0, 0].figure.suptitle("The share of each hue")
    return axes


def plot_bars(values: Mapping[str, Sequence[float]], title: str, ax: Axes | None = None) -> Axes:
    """Draw for each name the mean of several accuracies, with the range from lowest to highest."""
    with course_style():
        ax = _new_axes((7, 3.2)) if ax is None else ax
        names = list(values)
        means = [float(np.mean(values[name])) for name in names]
        away = [
            [mean - min(values[name]) for name, mean in zip(names, means, strict=True)],
            [max(values[name]) - mean for name, mean in zip(names, means, strict=True)],
        ]
        places = np.arange(len(names))[::-1]
        ax.barh(places, means, 0.62, color=BLUE, alpha=0.8)
        ax.errorbar(means, places, xerr=away, fmt="none", ecolor=INK, capsize=4)
        for place, mean, more in zip(places, means, away[1], strict=True):
            ax.text(mean + more + 0.012, place, f"{mean:.2f}", va="center")
        ax.axvline(CHANCE, color=INK, lw=1.4, ls=(0, (1, 2)), label="guessing")
        ax.legend(loc="upper right")
        ax.set(xlim=(0, 0.85), xlabel="validation accuracy", title=title)
        ax.set_yticks(places, names)
        ax.grid(visible=True, axis="x", color=GRID)
    return ax


def plot_rates(
    runs: Mapping[str, Mapping[float, Sequence[float]]], title: str, ax: Axes | None = None
) -> Axes:
    """Draw accuracy against the learning rate, a line for each name, with the range of its runs.

    Args:
        runs: For each name, for each learning rate, the accuracies of several runs.
        title: What the picture shows.
        ax: Where to draw; without it a figure is made.
    """
    with course_style():
        ax = _new_axes((7.4, 3.8)) if ax is None else ax
        for number, (name, by_rate) in enumerate(runs.items()):
            colour, dash = LINES[number % len(LINES)]
            rates = sorted(by_rate)
            lows, highs = [min(by_rate[r]) for r in rates], [max(by_rate[r]) for r in rates]
            ax.fill_between(rates, lows, highs, color=colour, alpha=0.15, lw=0)
            means = [float(np.mean(by_rate[rate])) for rate in rates]
            ax.plot(rates, means, dash, color=colour, marker=MARKERS[number % 5], ms=5, label=name)
        ax.axhline(CHANCE, color=INK, lw=1, ls=(0, (1, 2)))
        ax.set(xscale="log", ylim=(0, 0.8), xlabel="learning rate", ylabel="validation accuracy")
        ax.set_title(title)
        ax.grid(visible=True, color=GRID)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_epochs(runs: Mapping[str, Sequence[Sequence[float]]], title: str) -> Axes:
    """Draw accuracy after each epoch, a line for each name, with the range of its runs."""
    with course_style():
        ax = _new_axes((7.4, 3.8))
        for number, (name, curves) in enumerate(runs.items()):
            colour, dash = LINES[number % len(LINES)]
            table = np.array(curves)
            epochs = np.arange(1, table.shape[1] + 1)
            ax.fill_between(epochs, table.min(0), table.max(0), color=colour, alpha=0.15, lw=0)
            marker = MARKERS[number % 5]
            ax.plot(epochs, table.mean(0), dash, color=colour, marker=marker, ms=5, label=name)
        ax.set(ylim=(0, 0.8), xlabel="epoch", ylabel="validation accuracy", title=title)
        ax.grid(visible=True, color=GRID)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_search(
    settings: Sequence[Mapping[str, Any]],
    results: Sequence[float],
    names: tuple[str, str] = ("learning_rate", "weight_scale"),
) -> Axes:
    """Draw what was tried, a dot for each setting, darker for a higher validation accuracy.

    Args:
        settings: What was tried.
        results: The validation accuracy of each.
        names: Which two entries of a setting are drawn.
    """
    with course_style():
        ax = _new_axes((6.6, 4.2))
        x, y = ([float(setting[name]) for setting in settings] for name in names)
        values = np.asarray(results, dtype=float)
        dots = ax.scatter(
            x, y, c=values, s=110, cmap="cividis_r", vmin=CHANCE, vmax=0.75, ec=INK, lw=0.7
        )
        best = int(np.argmax(values))
        ring: dict[str, Any] = {"facecolors": "none", "edgecolors": ORANGE, "linewidths": 2.2}
        ax.scatter(x[best : best + 1], y[best : best + 1], s=300, label="the best", **ring)
        for across, up, value in zip(x, y, values, strict=True):
            ax.annotate(f"{value:.2f}", (across, up), (9, 5), textcoords="offset points", size=9)
        ax.set(xscale="log", yscale="log", xlabel=_words(names[0]), ylabel=_words(names[1]))
        ax.set_title("Every setting that was tried")
        ax.grid(visible=True, color=GRID)
        ax.margins(0.12)
        ax.figure.colorbar(dots, ax=ax, label="validation accuracy")
    return ax


def _new_axes(size: tuple[float, float]) -> Axes:
    axes: Axes = plt.figure(figsize=size, layout="constrained").subplots()
    return axes


def _two_rows(columns: int, size: tuple[float, float]) -> AxesTable:
    axes: AxesTable = plt.figure(figsize=size, layout="constrained").subplots(
        2, columns, squeeze=False, sharey="row"
    )
    return axes


def _words(name: str) -> str:
    return name.replace("_", " ")
