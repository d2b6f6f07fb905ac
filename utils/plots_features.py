"""The pictures of the features notebook, in the style of ``utils.plots``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from utils.plotting.axes import (
    Array,
    AxesTable,
    label_axes,
    new_axes,
    new_axes_table,
)
from utils.plotting.style import BLUE, GRID, INK, LINES, ORANGE, course_style

MARKERS = "os^Dv"
CHANCE = 0.1  # of ten classes
ACCURACIES = (0.0, 0.8)  # the ends of an axis


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
_SCALE = 0.021  # inches a pixel


def _corner(row: int, column: int, side: int) -> tuple[int, int]:
    return column * (side + _GAP), row * (side + _WORDS)


@course_style()
def _sheet(rows: Sequence[Array], names: Sequence[str], title: str) -> Axes:
    side, widest = rows[0].shape[1], max(1, *map(len, rows))
    width, height = _corner(len(rows), widest, side)
    paper = np.full((height, width, 3), 255, dtype=np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            x, top = _corner(row, column, side)
            paper[top : top + side, x : x + side] = picture
    ax = new_axes(width * _SCALE + 1.2, height * _SCALE + 0.4)
    ax.imshow(paper, interpolation="nearest")
    ax.set_yticks([_corner(row, 0, side)[1] + side / 2 for row in range(len(rows))], names)
    ax.set_xticks([])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_title(title)
    return ax


@course_style()
def plot_hog(pictures: Sequence[Array], features: Sequence[Array], bins: int = 9) -> AxesTable:
    """Draw pictures, and under each its HOG: strokes along the edges, longer for stronger ones.

    Args:
        pictures: Pictures, ``(32, 32, 3)``.
        features: The HOG of each, ``(n * n * bins,)``.
        bins: How many directions it tells apart.
    """
    axes = new_axes_table(2, len(pictures), 1.6, 1.6, sharey="row")
    largest = max(float(np.max(part)) for part in features) or 1.0
    for (above, below), picture, flat in zip(axes.T, pictures, features, strict=True):
        above.imshow(picture)
        _strokes(below, np.asarray(flat), bins, len(picture), largest)
        for ax in (above, below):
            ax.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("picture")
    axes[1, 0].set_ylabel("its HOG")
    axes[0, 0].figure.suptitle("Each stroke runs along an edge, at right angles to the gradient")
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


@course_style()
def plot_hues(pictures: Sequence[Array], histograms: Sequence[Array]) -> AxesTable:
    """Draw pictures, and under each how often it has each hue, in bars of that hue."""
    axes = new_axes_table(2, len(pictures), 1.95, 1.55, sharey="row")
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


@course_style()
def plot_bars(values: Mapping[str, Sequence[float]], title: str) -> Axes:
    """Draw for each name the mean of several accuracies, with the range from lowest to highest."""
    ax = new_axes(7.0, 3.2)
    means = np.array([np.mean(runs) for runs in values.values()])
    lows, highs = (np.array([end(runs) for runs in values.values()]) for end in (min, max))
    places = np.arange(len(values))[::-1]
    ax.barh(places, means, 0.62, color=BLUE, alpha=0.8)
    away = (means - lows, highs - means)
    ax.errorbar(means, places, xerr=away, fmt="none", ecolor=INK, capsize=4)
    for place, mean, high in zip(places, means, highs, strict=True):
        ax.text(high + 0.012, place, f"{mean:.2f}", va="center")
    ax.axvline(CHANCE, color=INK, lw=1.4, ls=(0, (1, 2)), label="guessing")
    ax.legend(loc="upper right")
    ax.set_yticks(places, list(values))
    ax.set_xlim(0, 1)  # the legend stands where no bar ends
    ax.grid(visible=True, axis="x", color=GRID)
    return label_axes(ax, title, "validation accuracy", "")


@course_style()
def plot_rates(runs: Mapping[str, Mapping[float, Sequence[float]]], title: str) -> Axes:
    """Draw accuracy against the learning rate, a line for each name, with the range of its runs.

    Args:
        runs: For each name, for each learning rate, the accuracies of as many runs.
        title: What the picture shows.
    """
    ax = new_axes(7.4, 3.8)
    ax.set_xscale("log")
    lines = {name: sorted(by_rate.items()) for name, by_rate in runs.items()}
    for line, (name, points) in enumerate(lines.items()):
        rates, accuracies = zip(*points, strict=True)
        _draw_range(ax, line, name, rates, np.array(accuracies).T)
    return _label_accuracies(ax, title, "learning rate")


@course_style()
def plot_epochs(runs: Mapping[str, Sequence[Sequence[float]]], title: str) -> Axes:
    """Draw accuracy after each epoch, a line for each name, with the range of its runs."""
    ax = new_axes(7.4, 3.8)
    for line, (name, curves) in enumerate(runs.items()):
        _draw_range(ax, line, name, range(1, len(curves[0]) + 1), np.array(curves))
    return _label_accuracies(ax, title, "epoch")


def _draw_range(ax: Axes, line: int, name: str, x: Sequence[float], runs: Array) -> None:
    """Draw the mean of runs ``(n, len(x))``, and behind it from their lowest to their highest."""
    colour, dash = LINES[line % len(LINES)]
    ax.fill_between(x, runs.min(axis=0), runs.max(axis=0), color=colour, alpha=0.15, lw=0)
    marker = MARKERS[line % len(MARKERS)]
    ax.plot(x, runs.mean(axis=0), dash, color=colour, marker=marker, ms=5, label=name)


def _label_accuracies(ax: Axes, title: str, xlabel: str) -> Axes:
    ax.axhline(CHANCE, color=INK, lw=1.4, ls=(0, (1, 2)), label="guessing")
    ax.set_ylim(*ACCURACIES)
    ax.grid(visible=True, color=GRID)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return label_axes(ax, title, xlabel, "validation accuracy")


@course_style()
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
    ax = new_axes(6.6, 4.2)
    x, y = ([float(setting[name]) for setting in settings] for name in names)
    values = np.asarray(results, dtype=float)
    dots = ax.scatter(
        x, y, c=values, s=110, cmap="cividis_r", vmin=CHANCE, vmax=0.75, ec=INK, lw=0.7
    )
    best = int(np.argmax(values))
    ring: dict[str, Any] = {"facecolors": "none", "edgecolors": ORANGE, "linewidths": 2.2}
    ax.scatter(x[best : best + 1], y[best : best + 1], s=300, **ring)
    for across, up, value in zip(x, y, values, strict=True):
        ax.annotate(f"{value:.2f}", (across, up), (9, 5), textcoords="offset points", size=9)
    ax.set(xscale="log", yscale="log")
    ax.grid(visible=True, color=GRID)
    ax.margins(0.12)
    ax.figure.colorbar(dots, ax=ax, label="validation accuracy")
    xlabel, ylabel = (name.replace("_", " ") for name in names)
    return label_axes(ax, "Every setting that was tried; the best has a ring", xlabel, ylabel)
