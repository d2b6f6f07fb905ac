"""The pictures of the batch normalization notebook, in the style of ``utils.plots``.

A picture is drawn into the axes ``ax`` if they are given, otherwise into a figure of its own, and
its axes are returned.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, PercentFormatter

from utils.deepnet import History
from utils.plotting.axes import Array, AxesTable, label_axes, new_axes, new_axes_table
from utils.plotting.style import BLUE, GRID, INK, LINES, ORANGE, course_style
from utils.timing import quartiles

MARKERS = ("o", "s", "^", "D", "v", "P")

# The graph of batch normalization: for each node its place and label, then the edges.
_NODES: dict[str, tuple[float, float, str]] = {
    "x": (0.0, 0.0, "$x$"),
    "mu": (1.35, -1.3, "$\\mu$\n(1)"),
    "xc": (2.7, 0.0, "$c$\n(2)"),
    "var": (4.05, -1.3, "$\\sigma^2$\n(3)"),
    "std": (5.4, -1.3, "$s$\n(4)"),
    "xhat": (6.75, 0.0, "$\\hat x$\n(5)"),
    "out": (8.3, 0.0, "out\n(6)"),
    "gamma": (7.7, 1.3, "$\\gamma$"),
    "beta": (8.9, 1.3, "$\\beta$"),
}
_ARROWS = (
    ("x", "mu"),
    ("x", "xc"),
    ("mu", "xc"),
    ("xc", "var"),
    ("var", "std"),
    ("std", "xhat"),
    ("xc", "xhat"),
    ("xhat", "out"),
    ("gamma", "out"),
    ("beta", "out"),
)


@course_style()
def plot_graph(ax: Axes | None = None) -> Axes:
    """Draw the graph of batch normalization, values forward and gradients backward."""
    ax = new_axes(10.0, 4.0) if ax is None else ax
    for start, end in _ARROWS:
        x0, y0, _ = _NODES[start]
        x1, y1, _ = _NODES[end]
        length = np.hypot(x1 - x0, y1 - y0)
        side = np.array([-(y1 - y0), x1 - x0]) / length * 0.09  # the two arrows run side by side
        gap = 0.5 / length
        first, second = np.array([x0, y0]), np.array([x1, y1])
        a, b = first + gap * (second - first), second - gap * (second - first)
        for tail, head, shift, colour, dash in (
            (a, b, side, BLUE, "-"),
            (b, a, -side, ORANGE, (0, (4, 2))),
        ):
            arrow = {"arrowstyle": "-|>", "color": colour, "linestyle": dash, "linewidth": 1.6}
            ax.annotate("", head + shift, tail + shift, arrowprops=arrow)
    for x, y, text in _NODES.values():
        box = FancyBboxPatch(
            (x - 0.34, y - 0.26), 0.68, 0.52, boxstyle="round,pad=0.06", fc="white", ec=INK, lw=1.1
        )
        ax.add_patch(box)
        ax.text(x, y, text, ha="center", va="center", size=10.5)
    ax.plot([], [], "-", color=BLUE, label="forward: values")
    ax.plot([], [], "--", color=ORANGE, label="backward: gradients")
    ax.legend(loc="upper left", ncols=2)
    ax.set(xlim=(-0.6, 9.9), ylim=(-1.8, 1.95), aspect="equal")
    ax.set_axis_off()
    ax.set_title("Batch normalization as a graph")
    return ax


@course_style()
def plot_features(distributions: Mapping[str, Array], names: Sequence[str]) -> AxesTable:
    """Draw histograms of the columns of each named ``(N, D)`` array, one picture per array."""
    axes: AxesTable = new_axes_table(1, len(distributions), 3.9, 2.7)[0]
    for ax, (title, values) in zip(axes, distributions.items(), strict=True):
        bins = np.histogram_bin_edges(values, bins=20)
        for column, name, (colour, dash) in zip(values.T, names, LINES, strict=False):
            ax.hist(column, bins, histtype="step", color=colour, ls=dash, lw=1.8, label=name)
        ax.grid(visible=True, axis="y", color=GRID)
        label_axes(ax, title, "value", "examples" if ax is axes[0] else "")
    axes[-1].legend()
    return axes


@course_style()
def plot_lines(
    lines: Mapping[str, Sequence[float]],
    x: Sequence[float],
    title: str,
    xlabel: str,
    ylabel: str,
    ax: Axes | None = None,
    *,
    logx: bool = False,
    logy: bool = False,
    markers: bool = False,
    level: tuple[str, float] | None = None,
) -> Axes:
    """Draw named lines over the same ``x``, one point for each.

    Args:
        lines: For each name the values at ``x``.
        x: Where the values belong.
        title: The title.
        xlabel: What ``x`` is.
        ylabel: What the values are.
        ax: Where to draw.
        logx: Whether the scale of ``x`` is logarithmic.
        logy: Whether the scale of the values is logarithmic.
        markers: Whether to mark the points.
        level: A name and a value to compare with, drawn as a horizontal line.
    """
    ax = new_axes(6.2, 3.6) if ax is None else ax
    for (name, values), (colour, dash), marker in zip(
        lines.items(), itertools.cycle(LINES), itertools.cycle(MARKERS), strict=False
    ):
        shape = marker if markers else None
        ax.plot(x, values, dash, color=colour, marker=shape, markersize=5.5, label=name)
    if level is not None:
        ax.axhline(level[1], color=INK, lw=1, ls=(0, (1, 2)), label=level[0])
    if logx:
        ax.set_xscale("log")
    elif all(float(place).is_integer() for place in x):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if logy:
        ax.set_yscale("log")
    ax.grid(visible=True, color=GRID)
    ax.legend()
    return label_axes(ax, title, xlabel, ylabel)


@course_style()
def plot_histories(histories: Mapping[str, History], window: int = 10) -> AxesTable:
    """Draw the loss (the mean of ``window`` steps) and the validation errors of each named run.

    The share of wrong validation digits has a logarithmic scale, on which 96 % and 98 % right are
    as far apart as 92 % and 96 %.
    """
    axes: AxesTable = new_axes_table(1, 2, 4.5, 2.7)[0]
    for (name, run), (colour, dash), marker in zip(
        histories.items(), itertools.cycle(LINES), itertools.cycle(MARKERS), strict=False
    ):
        smooth = np.convolve(run.losses, np.ones(window) / window, mode="valid")
        axes[0].plot(np.arange(len(smooth)) + window, smooth, dash, color=colour, label=name)
        epochs, wrong = np.arange(1, len(run.val) + 1), 1 - np.asarray(run.val)
        axes[1].plot(epochs, wrong, dash, color=colour, marker=marker, label=name)
    for ax in axes:
        ax.grid(visible=True, color=GRID)
        ax.legend()
    axes[1].set_yscale("log")
    axes[1].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[1].yaxis.set_major_locator(FixedLocator([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]))
    axes[1].yaxis.set_minor_locator(NullLocator())
    label_axes(axes[0], "Loss while training", "step", "loss")
    label_axes(axes[1], "Validation digits read wrong", "epoch", "share (logarithmic)")
    return axes


@course_style()
def plot_times(times: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Draw every repeat of each function as a dot, with the median and the quartiles."""
    ax = new_axes(7.0, 1.2 + 0.75 * len(times)) if ax is None else ax
    noise = np.random.RandomState(0)
    for row, (name, seconds) in enumerate(times.items()):
        colour = LINES[row % len(LINES)][0]
        microseconds = 1e6 * np.asarray(seconds)
        low, middle, high = quartiles(list(microseconds))
        height = row + noise.uniform(-0.2, 0.2, len(microseconds))
        ax.scatter(microseconds, height, s=12, color=colour, alpha=0.45, lw=0)
        ax.plot([low, high], [row, row], color=INK, lw=3.5, solid_capstyle="butt")
        text = f"{name}: median {middle:.0f} µs, half between {low:.0f} and {high:.0f}"
        ax.plot(middle, row, "D", color="white", mec=INK, ms=7)
        ax.text(0.01, row - 0.3, text, size=9.5, transform=ax.get_yaxis_transform(), va="bottom")
    ax.set_yticks([])
    ax.set_ylim(len(times) - 0.65, -0.75)
    # A single repeat that was interrupted would squeeze all others against the edge.
    everything = np.concatenate([np.asarray(seconds) for seconds in times.values()])
    ax.set_xlim(0, 1.15e6 * float(np.percentile(everything, 97)))
    ax.grid(visible=True, axis="x", color=GRID)
    return label_axes(ax, "Time for one call, each dot a repeat", "microseconds", "")
