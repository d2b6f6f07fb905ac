"""The pictures of the course, in one calm style that is safe for colour-blind readers.

Everywhere in here: ``X (2, m)`` are examples and ``Y (1, m)`` their labels 0 or 1; a ``model`` is
a function from examples in rows, ``(n, 2)``, to a prediction for each, as in the classic
``lambda x: predict_dec(parameters, x.T)``; a picture is drawn into the axes ``ax`` that are given,
else into a figure of its own, and its axes are returned.
"""

import contextlib
import html
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[Any]
AxesTable = NDArray[np.object_]
Model = Callable[[Array], Array]
Row = tuple[str, float, float | None]
Choice = tuple[float, ...]
T = TypeVar("T")
Grid = Mapping[Choice, T]
Draw = Callable[[T, Axes, str], object]

# Okabe and Ito's palette (2008), told apart with every common kind of colour blindness; the two
# classes differ in their markers too, so that a black-and-white print can be read.
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#56B4E9"
INK, FRAME, GRID = "#222222", "#888888", "#E4E4E4"
CLASSES = ((0, ORANGE, "^", 34), (1, BLUE, "o", 28))  # label, colour, marker, size
TINTS = ("#F8DDCB", "#CFE3F1")
LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (SKY, "-"), (INK, "--"))


def style() -> dict[str, Any]:
    """Return the look of the course, for ``plt.rcParams.update(style())``."""
    return {
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "axes.edgecolor": FRAME,
        **dict.fromkeys(("axes.titlesize", "figure.titlesize"), 12),
        **dict.fromkeys(("axes.labelsize", "figure.labelsize"), 11),
        **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
        "axes.axisbelow": True,
        "font.size": 10.5,
        "legend.fontsize": 10,
        "lines.linewidth": 1.8,
        **dict.fromkeys(("text.color", "axes.labelcolor"), INK),
    }


@contextlib.contextmanager
def look() -> Iterator[None]:
    """Draw in the style of the course, and leave the reader's own settings as they are."""
    # Not rc_context: that also puts back what Jupyter's backend sets at the first figure, after
    # which no figure of the notebook would be shown.
    before = {name: plt.rcParams[name] for name in style()}
    plt.rcParams.update(style())
    try:
        yield
    finally:
        plt.rcParams.update(before)


_styled = look()


@_styled
def plot_data(X: Array, Y: Array, ax: Axes | None = None, title: str = "Training data") -> Axes:
    """Draw labelled points of the plane."""
    ax = _new_axes() if ax is None else ax
    _points(ax, X, Y)
    _legend(ax)
    return _finish(ax, title, "$x_1$", "$x_2$")


@_styled
def plot_decision_boundary(
    model: Model,
    X: Array,
    Y: Array,
    ax: Axes | None = None,
    title: str | None = None,
    *,
    legend: bool = True,
) -> Axes:
    """Colour the plane by what the model predicts, with the examples on top.

    Without ``ax`` the current axes are used if nothing is drawn there yet, so the classic
    ``plt.title(...)`` and ``axes.set_xlim(...)`` before the call keep their say.
    """
    if ax is None:
        current = plt.gca() if plt.get_fignums() else None
        ax = current if current is not None and not current.has_data() else _new_axes()
    pad = 0.08 * (X.max(axis=1) - X.min(axis=1))
    (left, bottom), (right, top) = X.min(axis=1) - pad, X.max(axis=1) + pad
    left, right = (left, right) if ax.get_autoscalex_on() else ax.get_xlim()
    bottom, top = (bottom, top) if ax.get_autoscaley_on() else ax.get_ylim()
    x1, x2 = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    label = np.asarray(model(np.c_[x1.ravel(), x2.ravel()]), dtype=float).reshape(x1.shape)
    ax.contourf(x1, x2, label, levels=[-np.inf, 0.5, np.inf], colors=TINTS)
    if label.min() < 0.5 < label.max():  # a net that says the same everywhere has no boundary
        ax.contour(x1, x2, label, levels=[0.5], colors=INK, linewidths=1)
    _points(ax, X, Y)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    if legend:
        _legend(ax)
    return _finish(ax, title or ax.get_title() or "Decision boundary", "$x_1$", "$x_2$")


@_styled
def compare_boundaries(
    models: Sequence[tuple[str, Model]],
    X: Array,
    Y: Array,
    test_X: Array | None = None,
    test_Y: Array | None = None,
) -> AxesTable:
    """Draw the boundaries of several named models side by side, with their accuracies.

    ``X`` is drawn and counted, ``test_X`` only counted. Returns the axes, one a model.
    """
    axes: AxesTable = _table_of_axes(1, len(models), 3.5, 3.9)[0]
    for ax, (name, model) in zip(axes, models, strict=True):
        title = f"{name}\n{_accuracies(model, X, Y, test_X, test_Y)}"
        plot_decision_boundary(model, X, Y, ax, title, legend=ax is axes[-1])
        ax.label_outer()
    return axes


@_styled
def plot_costs(
    costs: Mapping[str, Sequence[float]],
    record_every: int = 1000,
    ax: Axes | None = None,
    title: str = "Cost while training",
) -> Axes:
    """Draw how the cost went down, a line for each named run.

    The costs are those that ``train`` recorded, ``record_every`` steps apart; an infinite one is
    marked at the upper edge.
    """
    ax = _new_axes() if ax is None else ax
    for (name, run), (colour, dash) in zip(costs.items(), itertools.cycle(LINES), strict=False):
        steps, values = np.arange(len(run)) * record_every, np.asarray(run, dtype=float)
        known = np.isfinite(values)
        marker = "o" if known.sum() < 2 else None  # a line needs two points
        ax.plot(steps[known], values[known], dash, color=colour, label=name, marker=marker)
        ax.update_datalim(np.column_stack([steps, 0 * steps]), updatey=False)
        edge = ax.get_xaxis_transform()  # in the height of the axes, whatever their scale
        for step in steps[np.isinf(values)]:
            ax.text(step, 1.0, r"$\infty$", color=colour, transform=edge, size=16, ha="center")
    ax.autoscale_view()
    ax.grid(visible=True, color=GRID)
    ax.legend()
    return _finish(ax, title, "iteration", "cost")


@_styled
def plot_histograms(rows: Mapping[str, Mapping[str, Array]], title: str, xlabel: str) -> AxesTable:
    """Draw distributions as a table of histograms, to be compared down each column.

    ``rows`` gives for each row's name, for each column's name, the numbers; ``xlabel`` says what
    they are. Returns the axes, ``(rows, columns)``.
    """
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    axes = _table_of_axes(len(rows), len(columns), 2.9, 1.7, sharex="col")
    for j, column in enumerate(columns):
        found = [np.ravel(row[column]) for row in rows.values() if column in row]
        bins = np.histogram_bin_edges(np.concatenate(found), bins=31)
        for i, (name, row) in enumerate(rows.items()):
            ax, values = axes[i, j], np.ravel(row.get(column, []))
            ax.hist(values, bins, color=LINES[i % len(LINES)][0])
            ax.margins(y=0.25)  # room for the words above the bars
            ax.yaxis.get_major_locator().set_params(integer=True, nbins=4)
            ax.grid(visible=True, axis="y", color=GRID)
            spread = f"std {np.std(values):.3g}" if values.size else "none"
            ax.text(0.98, 0.94, spread, transform=ax.transAxes, ha="right", va="top", size=9.5)
            _finish(ax, column if i == 0 else "", "", name if j == 0 else "")
    axes[0, 0].figure.suptitle(title)
    axes[0, 0].figure.supxlabel(xlabel)
    return axes


def plot_weight_histograms(
    models: Mapping[str, Mapping[str, Array]], title: str = "Weights by layer"
) -> AxesTable:
    """Draw how the weights ``W1, W2, ...`` of each named model's parameters are spread.

    Returns the axes, ``(models, layers)``.
    """
    rows = {name: {k: W for k, W in model.items() if k[0] == "W"} for name, model in models.items()}
    return plot_histograms(rows, title, "weight")


@_styled
def plot_dropout_mask(
    D: Array, A: Array | None = None, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw a layer's mask ``D (n, m)``: a row a neuron, a column an example, the dropped crossed.

    With the layer's activations ``A (n, m)`` what is kept is shaded by them.
    """
    kept = np.asarray(D, dtype=bool)
    neurons, examples = kept.shape
    if ax is None:
        width, height = np.clip(0.34 * examples + 2.2, 4.8, 10), np.clip(0.3 * neurons + 1.5, 3, 7)
        ax = _new_axes(width, height)
    shade = np.full(kept.shape, 0.45) if A is None else np.asarray(A, dtype=float)
    top = 1.0 if A is None else max(float(shade.max()), 1e-12)
    seam = 0.8 if kept.size <= 2000 else 0.0  # finer cells would be all seam
    ax.set_facecolor("#D4D4D4")  # what is dropped is left out, and the ground shows
    seen = np.ma.masked_where(~kept, shade)
    mesh = ax.pcolormesh(seen, cmap="Blues", vmin=0, vmax=top, edgecolors="white", linewidth=seam)
    if kept.size <= 600:  # beyond that the crosses would run into one another
        row, column = np.nonzero(~kept)
        ax.plot(column + 0.5, row + 0.5, "x", color=INK, markersize=5, markeredgewidth=1)
    if A is not None:
        ax.figure.colorbar(mesh, ax=ax, label="activation of what is kept")
    for axis, count in ((ax.xaxis, examples), (ax.yaxis, neurons)):
        numbers = np.arange(1, count + 1, max(1, int(np.ceil(count / 20))))
        axis.set_ticks(numbers - 0.5, [str(number) for number in numbers])
    ax.invert_yaxis()
    title = title or f"Dropout mask: {kept.mean():.0%} of {kept.size} kept, the grey dropped"
    return _finish(ax, title, "example", "neuron")


class AccuracyTable:
    """A table of models: name, accuracy in training, accuracy on the test (or None).

    To be the last line of a cell, or printed; the best on the test stands out.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def __repr__(self) -> str:
        names = ["model", *(name for name, _, _ in self.rows)]
        cells = [("train", "test"), *((_percent(a), _percent(b)) for _, a, b in self.rows)]
        width = max(map(len, names))
        lines = zip(names, cells, strict=True)
        return "\n".join(f"{name:<{width}}  {a:>7}  {b:>7}" for name, (a, b) in lines)

    def _repr_html_(self) -> str:
        best = max((test for _, _, test in self.rows if test is not None), default=None)
        left, body = ' style="text-align:left"', ""
        for name, train, test in self.rows:
            mark = "b" if test is not None and test == best else "span"
            body += f"<tr><td{left}>{html.escape(name)}</td><td>{_percent(train)}</td>"
            body += f"<td><{mark}>{_percent(test)}</{mark}></td></tr>"
        head = f"<tr><th{left}>model</th><th>train</th><th>test</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


accuracy_table = AccuracyTable  # called like the functions beside it


@_styled
def explore(grid: Grid[T], draw: Draw[T], names: Sequence[str]) -> AxesTable | None:
    """Look through runs made beforehand: with sliders in a notebook, else all at one glance.

    ``grid`` holds for each choice of settings the run's result, in the order of ``names``, one
    setting or two; ``draw(result, ax, title)`` draws one. In a notebook the picture, first that of
    the first run in ``grid``, is an ordinary output that the sliders replace, so that a saved or
    exported notebook shows it, and None is returned; else the axes of the still picture are, the
    last setting running to the right.
    """
    values = [sorted({key[i] for key in grid}) for i in range(len(names))]
    if _in_notebook():
        _sliders(grid, draw, names, values)
        return None
    *down, right = values
    rows: list[Choice] = [(value,) for value in down[0]] if down else [()]
    axes = _table_of_axes(len(rows), len(right), 2.9, 2.8)
    for (row, value), ax in zip(itertools.product(rows, right), axes.ravel().tolist(), strict=True):
        _draw_choice(grid, draw, names, (*row, value), ax)
        ax.label_outer()
    return axes


def regularization_slider(
    models: Grid[Model],
    X: Array,
    Y: Array,
    test_X: Array | None = None,
    test_Y: Array | None = None,
) -> AxesTable | None:
    """Move lambda and keep_prob, and see the decision boundary of the net trained with them.

    ``models`` holds the model trained with each ``(lambd, keep_prob)``; the rest is as in
    ``compare_boundaries``, what is returned as in ``explore``.
    """

    def draw(model: Model, ax: Axes, title: str) -> None:
        title = f"{title}\n{_accuracies(model, X, Y, test_X, test_Y)}"
        plot_decision_boundary(model, X, Y, ax, title, legend=False)

    return explore(models, draw, ("lambd", "keep_prob"))


def _sliders(
    grid: Grid[T], draw: Draw[T], names: Sequence[str], values: Sequence[Sequence[float]]
) -> None:
    import ipywidgets  # noqa: PLC0415 - _in_notebook has seen that it is there
    from IPython.display import Image, display  # noqa: PLC0415

    def picture() -> Image:
        png, choice = io.BytesIO(), tuple(slider.value for slider in sliders)
        with look():
            figure = plt.figure(figsize=(5.6, 4.4), layout="constrained")
            _draw_choice(grid, draw, names, choice, figure.subplots())
            figure.savefig(png, dpi=100)
            plt.close(figure)
        return Image(png.getvalue(), format="png")

    sliders = []
    for name, choices, start in zip(names, values, next(iter(grid)), strict=True):
        options = [(f"{value:g}", value) for value in choices]
        slider = ipywidgets.SelectionSlider(options=options, value=start, description=name)
        sliders.append(slider)
    # in a page without a kernel, such as a feedback page, these words stand for the sliders
    words = "[Sliders: run this cell to move them.]"
    box = type("Sliders", (ipywidgets.VBox,), {"__repr__": lambda _: words})
    display(box(sliders))
    shown = display(picture(), display_id=True)
    for slider in sliders:
        slider.observe(lambda _: shown.update(picture()), names="value")


def _draw_choice(grid: Grid[T], draw: Draw[T], names: Sequence[str], key: Choice, ax: Axes) -> None:
    title = ", ".join(f"{name} = {value:g}" for name, value in zip(names, key, strict=True))
    if key in grid:
        draw(grid[key], ax, title)
    else:
        ax.text(0.5, 0.5, f"{title}\nwas not trained", ha="center", transform=ax.transAxes)
        ax.set_axis_off()


def _in_notebook() -> bool:
    """Tell whether there is a kernel to move sliders, and the package to draw them."""
    try:
        import ipywidgets  # noqa: F401, PLC0415
        from IPython import get_ipython  # noqa: PLC0415
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def _new_axes(width: float = 6.2, height: float = 4.2) -> Axes:
    ax: Axes = plt.figure(figsize=(width, height), layout="constrained").subplots()
    return ax


def _table_of_axes(rows: int, columns: int, width: float, height: float, **same: Any) -> AxesTable:
    size = (width * columns + 0.8, height * rows + 0.5)
    figure = plt.figure(figsize=size, layout="constrained")
    return np.asarray(figure.subplots(rows, columns, squeeze=False, **same))


def _points(ax: Axes, X: Array, Y: Array) -> None:
    for label, colour, marker, size in CLASSES:
        x1, x2 = X[:, np.ravel(Y) == label]
        name = f"label {label}"
        ax.scatter(x1, x2, s=size, c=colour, marker=marker, ec="white", lw=0.6, label=name)


def _legend(ax: Axes) -> None:
    # beside the picture, where it hides no point; the figure may be one that knows nothing of it
    if isinstance(ax.figure, Figure) and ax.figure.get_layout_engine() is None:
        ax.figure.set_layout_engine("constrained")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2)


def _finish(ax: Axes, title: str, xlabel: str, ylabel: str) -> Axes:
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    # ticks are made when the picture is drawn, after the style has been put away again
    ax.tick_params(labelsize=9.5, colors=INK)
    return ax


def _accuracies(
    model: Model, X: Array, Y: Array, test_X: Array | None, test_Y: Array | None
) -> str:
    words = f"train {_share_right(model, X, Y):.1%}"
    if test_X is None or test_Y is None:
        return words
    return f"{words}, test {_share_right(model, test_X, test_Y):.1%}"


def _share_right(model: Model, X: Array, Y: Array) -> float:
    return float(np.mean((np.ravel(model(X.T)) > 0.5) == (np.ravel(Y) > 0.5)))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"  # noqa: RUF001 - the dash of an empty cell
