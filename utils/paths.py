"""The paths of optimizers on a cost of two parameters, as a picture and as an animation."""

import io
from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image  # comes with matplotlib, which writes its own pictures with it

from utils.plotting.axes import Array
from utils.plotting.showing import DescribedPicture, to_png
from utils.plotting.style import BLUE, GREEN, INK, ORANGE, PURPLE, course_style

Cost = Callable[[Array, Array], Array]
Range = tuple[float, float]

# Optimizers differ in colour, marker and dashes, so that they can be told apart without colours.
WALKERS = ((BLUE, "o", "-"), (ORANGE, "^", "--"), (GREEN, "s", "-."), (PURPLE, "D", ":"))
STRIP = (0.1, 0.25, 0.5, 1.0)  # the shares of the way that its still form shows
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#E3E7EB", "#C3CAD1"])


def plot_paths(
    cost: Cost,
    paths: Mapping[str, Array],
    xlim: Range,
    ylim: Range,
    ax: Axes | None = None,
    *,
    title: str = "Paths on the cost",
    names: tuple[str, str] = ("$W$", "$b$"),
    legend: bool = True,
) -> Axes:
    """Draw named paths on the contours of a cost of two parameters.

    Args:
        cost: ``cost(w, b)`` takes arrays of one shape and returns the costs in that shape.
        paths: For each name the points of the path, ``(steps, 2)``, the start first.
        xlim: The range of the first parameter.
        ylim: The range of the second parameter.
        ax: Where to draw; by default a new figure is made.
        title: The title.
        names: The names of the two parameters.
        legend: Whether to draw a legend.

    Returns:
        The axes.
    """
    with course_style():
        if ax is None:
            ax = plt.figure(figsize=(6.6, 4.4), layout="constrained").subplots()
        _draw_contours(ax, cost, xlim, ylim)
        for (name, path), mark in zip(paths.items(), WALKERS, strict=False):
            _draw_path(ax, name, np.asarray(path), mark)
        ax.set(title=title, xlabel=names[0], ylabel=names[1])
        if legend:
            ax.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
        return ax


def animate_paths(
    cost: Cost,
    paths: Mapping[str, Array],
    xlim: Range,
    ylim: Range,
    *,
    title: str = "Paths on the cost",
    names: tuple[str, str] = ("$W$", "$b$"),
    frames: int = 31,
    alt: str = "",
) -> DescribedPicture:
    """Animate what ``plot_paths`` draws; to be the last line of a cell.

    All paths take the same time. The animation is played twice and ends with the whole paths. On
    paper, and wherever it cannot be played, four of its pictures stand side by side.

    Args:
        cost: As in ``plot_paths``.
        paths: As in ``plot_paths``.
        xlim: As in ``plot_paths``.
        ylim: As in ``plot_paths``.
        title: The title; the number of the step is added to it.
        names: As in ``plot_paths``.
        frames: How many pictures the animation consists of.
        alt: What can be seen, for readers who cannot see it; by default title and names.
    """
    with course_style():
        figure = Figure(figsize=(6.6, 4.4), dpi=90, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        ax = plot_paths(cost, {}, xlim, ylim, figure.subplots(), names=names, legend=False)
        walkers = _walkers(ax, paths)
        ax.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
        canvas.draw()
        figure.set_layout_engine("none")  # all frames keep the layout of the whole picture
        pictures = []
        for share in np.linspace(0, 1, frames):
            ax.set_title(f"{title}: step {_walk_to(walkers, share)}")
            canvas.draw()
            pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        strip = _strip(cost, paths, xlim, ylim, names)
    return DescribedPicture(strip, alt or f"{title}: {', '.join(paths)}", _gif(pictures))


def _walkers(ax: Axes, paths: Mapping[str, Array]) -> list[tuple[Line2D, Line2D, Array]]:
    """Draw each path; return its line, the marker at its end, and its points."""
    return [
        (*_draw_path(ax, name, np.asarray(path), mark), np.asarray(path))
        for (name, path), mark in zip(paths.items(), WALKERS, strict=False)
    ]


def _walk_to(walkers: list[tuple[Line2D, Line2D, Array]], share: float) -> int:
    """Draw only the first part of each path; return the number of the last path's step."""
    step = 0
    for line, head, path in walkers:
        step = round(share * (len(path) - 1))
        line.set_data(path[: step + 1, 0], path[: step + 1, 1])
        head.set_data(path[step : step + 1, 0], path[step : step + 1, 1])
    return step


def _strip(
    cost: Cost, paths: Mapping[str, Array], xlim: Range, ylim: Range, names: tuple[str, str]
) -> bytes:
    """The still form of the animation: early, then later and later, and the whole paths."""
    figure = Figure(figsize=(9, 6.2), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for ax, share in zip(axes.ravel(), STRIP, strict=True):
        plot_paths(cost, {}, xlim, ylim, ax, names=names, legend=False)
        ax.set_title(f"step {_walk_to(_walkers(ax, paths), share)}")
        ax.label_outer()
    axes[0, 1].legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
    return to_png(figure)


def _draw_contours(ax: Axes, cost: Cost, xlim: Range, ylim: Range) -> None:
    """Draw contours, which are denser near the minimum, and a star at the minimum."""
    w, b = np.meshgrid(np.linspace(*xlim, 160), np.linspace(*ylim, 160))
    height = np.asarray(cost(w, b), dtype=float)
    low, high = float(height.min()), float(height.max())
    levels = low + (high - low) * np.linspace(0, 1, 15) ** 2.5
    rank = np.linspace(0, 1, len(levels))
    ax.contourf(w, b, np.interp(height, levels, rank), levels=rank, cmap=HEIGHTS)
    ax.contour(w, b, height, levels=levels[1:], colors="#8A939C", linewidths=0.7)
    row, column = np.unravel_index(int(height.argmin()), height.shape)
    ax.plot(w[row, column], b[row, column], "*", color=INK, markersize=13, zorder=3)
    ax.set(xlim=xlim, ylim=ylim)
    ax.grid(visible=False)


def _draw_path(
    ax: Axes, name: str, path: Array, mark: tuple[str, str, str]
) -> tuple[Line2D, Line2D]:
    """Draw a path; return its line and the marker at its end, both of which can be moved."""
    colour, marker, dash = mark
    (line,) = ax.plot(*path.T, dash, color=colour, marker=marker, ms=3.2, lw=1.3, label=name)
    (head,) = ax.plot(*path[-1:].T, marker, color=colour, ms=8, mec="white", mew=1, zorder=4)
    ax.plot(*path[0], "o", color=INK, ms=5, zorder=4)
    return line, head


def _gif(pictures: list[Array]) -> bytes:
    """Make a GIF file that plays the pictures twice.

    Each picture is an array of RGB bytes, ``(height, width, 3)``.
    """
    # All frames share the palette of the last picture, in which all colours occur. A thin line has
    # too few pixels to keep its colour there, so a band of each colour is added below the picture.
    picture, inks = pictures[-1], ("#FFFFFF", *(ink for ink, _, _ in WALKERS))
    bands = [np.asarray(Image.new("RGB", (picture.shape[1], 24), ink)) for ink in inks]
    palette = Image.fromarray(np.concatenate([picture, *bands])).quantize(128)
    colours, numbers = np.reshape(palette.getpalette() or [], (-1, 3)), np.asarray(palette)
    for place, band in enumerate(bands):
        colours[numbers[len(picture) + 24 * place + 12, 0]] = band[0, 0]
    colours[colours.min(axis=1) > 249] = 255  # nearly white becomes white, like the page
    palette.putpalette(colours.ravel().tolist())
    images = [
        Image.fromarray(p).quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures
    ]
    times = [120] * (len(images) - 1) + [2500]
    file = io.BytesIO()
    images[0].save(
        file, "GIF", save_all=True, append_images=images[1:], duration=times, loop=1, optimize=False
    )
    return file.getvalue()
