"""The pictures of the course, in one calm style that is safe for colour-blind readers.

In all functions ``X (2, m)`` are examples and ``Y (1, m)`` their labels 0 or 1. A ``model`` is a
function from examples in rows, ``(n, 2)``, to a prediction for each, such as the classic
``lambda x: predict_dec(parameters, x.T)``. A picture is drawn into the axes ``ax`` if they are
given, otherwise into a figure of its own, and its axes are returned.
"""

import itertools
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from utils.plotting.accuracy import AccuracyTable, Model, accuracies
from utils.plotting.axes import (
    LABELS,
    Array,
    AxesTable,
    add_legend,
    draw_points,
    label_axes,
    new_axes,
    new_axes_table,
)
from utils.plotting.showing import show
from utils.plotting.sliders import Grid, explore
from utils.plotting.style import (
    BLUE,
    CLASSES,
    FRAME,
    GREEN,
    GRID,
    INK,
    LINES,
    ORANGE,
    PURPLE,
    SKY,
    TINTS,
    course_style,
    style,
)

__all__ = [
    "BLUE",
    "CLASSES",
    "FRAME",
    "GREEN",
    "GRID",
    "INK",
    "LINES",
    "ORANGE",
    "PURPLE",
    "SKY",
    "TINTS",
    "AccuracyTable",
    "accuracy_table",
    "compare_boundaries",
    "explore",
    "plot_costs",
    "plot_data",
    "plot_decision_boundary",
    "plot_dropout_mask",
    "plot_histograms",
    "plot_weight_histograms",
    "regularization_slider",
    "show",
    "style",
]

accuracy_table = AccuracyTable  # called like the functions of this module


@course_style()
def plot_data(
    X: Array,
    Y: Array,
    ax: Axes | None = None,
    title: str = "Training data",
    *,
    names: Sequence[str] = LABELS,
) -> Axes:
    """Draw labelled points in the plane; ``names`` are what the legend calls the labels."""
    ax = new_axes() if ax is None else ax
    draw_points(ax, X, Y, names)
    add_legend(ax)
    return label_axes(ax, title, "$x_1$", "$x_2$")


@course_style()
def plot_decision_boundary(
    model: Model,
    X: Array,
    Y: Array,
    ax: Axes | None = None,
    title: str | None = None,
    *,
    legend: bool = True,
    names: Sequence[str] = LABELS,
) -> Axes:
    """Colour the plane by what the model predicts, with the examples on top.

    ``names`` are what the legend calls the labels 0 and 1.

    Without ``ax`` the current axes are used if nothing is drawn there yet, so that the classic
    ``plt.title(...)`` and ``axes.set_xlim(...)`` before the call take effect.
    """
    if ax is None:
        current = plt.gca() if plt.get_fignums() else None
        ax = current if current is not None and not current.has_data() else new_axes()
    pad = 0.08 * (X.max(axis=1) - X.min(axis=1))
    (left, bottom), (right, top) = X.min(axis=1) - pad, X.max(axis=1) + pad
    left, right = (left, right) if ax.get_autoscalex_on() else ax.get_xlim()
    bottom, top = (bottom, top) if ax.get_autoscaley_on() else ax.get_ylim()
    x1, x2 = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    label = np.asarray(model(np.c_[x1.ravel(), x2.ravel()]), dtype=float).reshape(x1.shape)
    ax.contourf(x1, x2, label, levels=[-np.inf, 0.5, np.inf], colors=TINTS)
    if label.min() < 0.5 < label.max():  # a constant prediction has no boundary
        ax.contour(x1, x2, label, levels=[0.5], colors=INK, linewidths=1)
    draw_points(ax, X, Y, names)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    if legend:
        add_legend(ax)
    return label_axes(ax, title or ax.get_title() or "Decision boundary", "$x_1$", "$x_2$")


@course_style()
def compare_boundaries(
    models: Sequence[tuple[str, Model]],
    X: Array,
    Y: Array,
    test_X: Array | None = None,
    test_Y: Array | None = None,
    *,
    names: Sequence[str] = LABELS,
    kind: str = "test",
) -> AxesTable:
    """Draw the boundaries of several named models, two in a row, with their accuracies.

    The examples ``X`` are drawn; ``test_X`` is used only for the accuracy that ``kind`` names:
    "test" or "validation". ``names`` are what the legend calls the labels 0 and 1.

    Returns:
        The axes, one for each model.
    """
    rows, columns = -(-len(models) // 2), min(len(models), 2)
    axes: AxesTable = new_axes_table(rows, columns, 3.8, 3.9).ravel()
    for ax in axes[len(models) :]:
        ax.set_axis_off()
    axes = axes[: len(models)]
    for ax, (name, model) in zip(axes, models, strict=True):
        title = f"{name}\n{accuracies(model, X, Y, test_X, test_Y, kind)}"
        plot_decision_boundary(model, X, Y, ax, title, legend=False, names=names)
        ax.label_outer()
    handles = axes[0].get_legend_handles_labels()
    axes[0].figure.legend(*handles, loc="outside lower center", ncols=2, handletextpad=0.2)
    return axes


@course_style()
def plot_costs(
    costs: Mapping[str, Sequence[float]],
    record_every: int = 1000,
    ax: Axes | None = None,
    title: str = "Cost while training",
) -> Axes:
    """Draw how the cost went down, one line for each named run.

    The costs are those that ``train`` recorded, ``record_every`` steps apart. An infinite cost is
    marked at the upper edge.
    """
    ax = new_axes() if ax is None else ax
    for (name, run), (colour, dash) in zip(costs.items(), itertools.cycle(LINES), strict=False):
        steps, values = np.arange(len(run)) * record_every, np.asarray(run, dtype=float)
        finite = np.isfinite(values)
        marker = "o" if finite.sum() < 2 else None  # a line needs two points
        ax.plot(steps[finite], values[finite], dash, color=colour, label=name, marker=marker)
        ax.update_datalim(np.column_stack([steps, 0 * steps]), updatey=False)
        edge = ax.get_xaxis_transform()  # heights from 0 to 1, whatever the scale
        for step in steps[np.isinf(values)]:
            ax.text(step, 1.0, r"$\infty$", color=colour, transform=edge, size=16, ha="center")
    ax.autoscale_view()
    ax.grid(visible=True, color=GRID)
    ax.legend()
    return label_axes(ax, title, "iteration", "cost")


@course_style()
def plot_histograms(rows: Mapping[str, Mapping[str, Array]], title: str, xlabel: str) -> AxesTable:
    """Draw distributions as a table of histograms, to be compared within each column.

    Args:
        rows: For the name of each row, and in it for the name of each column, the numbers.
        title: The title of the figure.
        xlabel: What the numbers are.

    Returns:
        The axes, ``(rows, columns)``.
    """
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    axes = new_axes_table(len(rows), len(columns), 2.9, 1.7, sharex="col")
    for j, column in enumerate(columns):
        numbers = [np.ravel(row[column]) for row in rows.values() if column in row]
        bins = np.histogram_bin_edges(np.concatenate(numbers), bins=31)
        for i, (name, row) in enumerate(rows.items()):
            ax, values = axes[i, j], np.ravel(row.get(column, []))
            ax.hist(values, bins, color=LINES[i % len(LINES)][0])
            ax.margins(y=0.25)  # room for the text above the bars
            ax.yaxis.get_major_locator().set_params(integer=True, nbins=4)
            ax.grid(visible=True, axis="y", color=GRID)
            spread = f"std {np.std(values):.3g}" if values.size else "none"
            ax.text(0.98, 0.94, spread, transform=ax.transAxes, ha="right", va="top", size=9.5)
            label_axes(ax, column if i == 0 else "", "", name if j == 0 else "")
    axes[0, 0].figure.suptitle(title)
    axes[0, 0].figure.supxlabel(xlabel)
    return axes


def plot_weight_histograms(
    models: Mapping[str, Mapping[str, Array]], title: str = "Weights by layer"
) -> AxesTable:
    """Draw the distribution of the weights ``W1, W2, ...`` of each named model.

    Returns:
        The axes, ``(models, layers)``.
    """
    rows = {name: {k: W for k, W in model.items() if k[0] == "W"} for name, model in models.items()}
    return plot_histograms(rows, title, "weight")


@course_style()
def plot_dropout_mask(
    D: Array, A: Array | None = None, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw a layer's mask ``D (n, m)``, with a row for each neuron and a column for each example.

    Dropped units are crossed out. With the layer's activations ``A (n, m)`` the units that are kept
    are shaded by them.
    """
    kept = np.asarray(D, dtype=bool)
    neurons, examples = kept.shape
    if ax is None:
        width, height = np.clip(0.34 * examples + 2.2, 4.8, 10), np.clip(0.3 * neurons + 1.5, 3, 7)
        ax = new_axes(width, height)
    shade = np.full(kept.shape, 0.45) if A is None else np.asarray(A, dtype=float)
    top = 1.0 if A is None else max(float(shade.max()), 1e-12)
    edge = 0.8 if kept.size <= 2000 else 0.0  # smaller cells would be all edge
    ax.set_facecolor("#D4D4D4")  # dropped units are not drawn, so the background shows
    cells = np.ma.masked_where(~kept, shade)
    mesh = ax.pcolormesh(cells, cmap="Blues", vmin=0, vmax=top, edgecolors="white", linewidth=edge)
    if kept.size <= 600:  # more crosses would run into one another
        row, column = np.nonzero(~kept)
        ax.plot(column + 0.5, row + 0.5, "x", color=INK, markersize=5, markeredgewidth=1)
    if A is not None:
        ax.figure.colorbar(mesh, ax=ax, label="activation of the units kept")
    for axis, count in ((ax.xaxis, examples), (ax.yaxis, neurons)):
        numbers = np.arange(1, count + 1, max(1, int(np.ceil(count / 20))))
        axis.set_ticks(numbers - 0.5, [str(number) for number in numbers])
    ax.invert_yaxis()
    title = (
        title or f"Dropout mask: {kept.mean():.0%} of {kept.size} units kept, the dropped ones grey"
    )
    return label_axes(ax, title, "example", "neuron")


def regularization_slider(
    models: Grid[Model],
    X: Array,
    Y: Array,
    test_X: Array | None = None,
    test_Y: Array | None = None,
    *,
    kind: str = "test",
) -> AxesTable | None:
    """Show the decision boundary for each lambda and keep_prob, with sliders for both.

    ``models`` holds the model that was trained with each ``(lambd, keep_prob)``. The examples and
    ``kind`` are as in ``compare_boundaries``, the result is as in ``explore``.
    """

    def draw(model: Model, ax: Axes, title: str) -> None:
        title = f"{title}\n{accuracies(model, X, Y, test_X, test_Y, kind)}"
        plot_decision_boundary(model, X, Y, ax, title, legend=False)

    return explore(models, draw, ("lambd", "keep_prob"))
