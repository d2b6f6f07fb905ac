"""Where optimizers walk on a cost of two parameters: a still picture, and the same in motion."""

import base64
import html
import io
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from utils.plots import BLUE, GREEN, INK, ORANGE, PURPLE, look

Array = NDArray[Any]
Cost = Callable[[Array, Array], Array]
Range = tuple[float, float]

# an optimizer is told by its colour, its marker and its dashes: also in black and white
WALKERS = ((BLUE, "o", "-"), (ORANGE, "^", "--"), (GREEN, "s", "-."), (PURPLE, "D", ":"))
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
        cost: ``cost(w, b)``, taken for whole arrays at once.
        paths: for each name the places walked through, ``(steps, 2)``, the start first.
        xlim: from where to where the first parameter is drawn.
        ylim: the same for the second.
        ax: axes to draw into; without them a figure is made.
        title: what stands above.
        names: what the two parameters are called.
        legend: whether to say which path is whose.

    Returns:
        The axes.
    """
    with look():
        if ax is None:
            ax = plt.figure(figsize=(6.6, 4.4), layout="constrained").subplots()
        _ground(ax, cost, xlim, ylim)
        for (name, path), mark in zip(paths.items(), WALKERS, strict=False):
            _walker(ax, name, np.asarray(path), mark)
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
) -> "Moving":
    """Let the walkers of ``plot_paths`` walk; to be the last line of a cell.

    All walk through their places in the same time. Where a page can show it the picture moves,
    twice, and then rests on the whole paths; elsewhere the whole paths stand still.
    """
    with look():
        figure = Figure(figsize=(6.6, 4.4), dpi=90, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        ax = plot_paths(cost, {}, xlim, ylim, figure.subplots(), names=names, legend=False)
        walked = [
            (_walker(ax, name, np.asarray(path), mark), np.asarray(path))
            for (name, path), mark in zip(paths.items(), WALKERS, strict=False)
        ]
        ax.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
        ax.set_title(title)
        still = io.BytesIO()
        figure.savefig(still, format="png")
        figure.set_layout_engine("none")  # the frames keep the place that the whole picture has
        pictures = []
        for share in np.linspace(0, 1, frames):
            step = 0
            for (line, head), path in walked:
                step = round(share * (len(path) - 1))
                line.set_data(path[: step + 1, 0], path[: step + 1, 1])
                head.set_data(path[step : step + 1, 0], path[step : step + 1, 1])
            ax.set_title(f"{title}: step {step}")
            canvas.draw()
            pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return Moving(still.getvalue(), _gif(pictures), f"{title}: {', '.join(paths)}")


class Moving:
    """A picture that moves where HTML is shown and stands still elsewhere."""

    def __init__(self, still: bytes, moving: bytes | None, words: str) -> None:
        self.still, self.moving, self.words = still, moving, words

    def __repr__(self) -> str:
        return f"<{self.words}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        shown = {"text/plain": repr(self), "image/png": _base64(self.still)}
        if self.moving is not None:
            source = f"data:image/gif;base64,{_base64(self.moving)}"
            shown["text/html"] = f'<img alt="{html.escape(self.words)}" src="{source}">'
        return shown


def _ground(ax: Axes, cost: Cost, xlim: Range, ylim: Range) -> None:
    """Contours that lie denser near the lowest place, where the paths end."""
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


def _walker(ax: Axes, name: str, path: Array, mark: tuple[str, str, str]) -> tuple[Line2D, Line2D]:
    colour, marker, dash = mark
    (line,) = ax.plot(*path.T, dash, color=colour, marker=marker, ms=3.2, lw=1.3, label=name)
    (head,) = ax.plot(*path[-1:].T, marker, color=colour, ms=8, mec="white", mew=1, zorder=4)
    ax.plot(*path[0], "o", color=INK, ms=5, zorder=4)
    return line, head


def _gif(pictures: list[Array]) -> bytes | None:
    """The pictures one after the other, twice; None where Pillow is missing."""
    try:
        from PIL import Image  # noqa: PLC0415 - comes with matplotlib, as a rule
    except ImportError:
        return None
    # the colours of the last picture, which has them all, serve for every one; a thin line has
    # too few pixels to keep its own, so a band of each colour is laid below
    picture, inks = pictures[-1], ("#FFFFFF", *(ink for ink, _, _ in WALKERS))
    bands = [np.asarray(Image.new("RGB", (picture.shape[1], 24), ink)) for ink in inks]
    palette = Image.fromarray(np.concatenate([picture, *bands])).quantize(128)
    colours, numbers = np.reshape(palette.getpalette() or [], (-1, 3)), np.asarray(palette)
    for place, band in enumerate(bands):
        colours[numbers[len(picture) + 24 * place + 12, 0]] = band[0, 0]
    colours[colours.min(axis=1) > 249] = 255  # nearly white is white, as the page around it
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


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
