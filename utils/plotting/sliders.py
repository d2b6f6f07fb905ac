"""Pictures of runs that were made beforehand, all at once and one by one with sliders."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from utils.plotting.axes import AxesTable, new_axes_table
from utils.plotting.showing import in_notebook, show, to_png
from utils.plotting.style import course_style

ACROSS = 3  # pictures of a single setting in a row: more would be too small to read

Choice = tuple[float, ...]
T = TypeVar("T")
Grid = Mapping[Choice, T]
Draw = Callable[[T, Axes, str], object]


@course_style()
def explore(grid: Grid[T], draw: Draw[T], names: Sequence[str], alt: str = "") -> AxesTable | None:
    """Show runs that were made beforehand: all of them, and sliders that enlarge one.

    The picture of all runs is an ordinary output: a saved notebook, a page and a PDF show it
    without any further ado. The sliders need a kernel. Moving one shows its picture below them.

    Args:
        grid: For each choice of settings, one or two numbers, the result of the run.
        draw: ``draw(result, ax, title)`` draws one result into the axes ``ax``.
        names: The names of the settings, in the order of the numbers in each choice.
        alt: What can be seen, for readers who cannot see it; by default which runs there are.

    Returns:
        In a notebook None. Otherwise the axes, ``(first setting, last setting)``; with one setting,
        in rows of three.
    """
    values = [sorted({choice[i] for choice in grid}) for i in range(len(names))]
    *down, right = values
    rows: list[Choice] = [(value,) for value in down[0]] if down else [()]
    across = len(right) if down else min(len(right), ACROSS)
    axes = new_axes_table(-(-len(rows) * len(right) // across), across, 2.9, 2.8)
    places = axes.ravel().tolist()
    for (row, value), ax in zip(itertools.product(rows, right), places, strict=False):
        _draw_choice(grid, draw, names, (*row, value), ax)
        ax.label_outer()
    for ax in places[len(rows) * len(right) :]:
        ax.set_axis_off()
    if not in_notebook():
        return axes
    settings = "; ".join(
        f"{name} = {', '.join(f'{value:g}' for value in choices)}"
        for name, choices in zip(names, values, strict=True)
    )
    show(axes, alt or f"A table of pictures, one for each choice of {settings}.")
    _show_sliders(grid, draw, names, values)
    return None


def _show_sliders(
    grid: Grid[T], draw: Draw[T], names: Sequence[str], values: Sequence[Sequence[float]]
) -> None:
    try:
        import ipywidgets  # noqa: PLC0415 - only needed here
    except ImportError:
        return
    from IPython.display import display  # noqa: PLC0415 - there is a kernel

    sliders = [
        ipywidgets.SelectionSlider(
            options=[(f"{value:g}", value) for value in choices], value=start, description=name
        )
        for name, choices, start in zip(names, values, next(iter(grid)), strict=True)
    ]
    picture = ipywidgets.Image(format="png", layout={"display": "none", "max_width": "560px"})

    def enlarge(_: Any) -> None:
        choice = tuple(slider.value for slider in sliders)
        with course_style():
            figure = plt.figure(figsize=(5.6, 4.4), layout="constrained")
            _draw_choice(grid, draw, names, choice, figure.subplots())
            picture.value = to_png(figure)
            plt.close(figure)
        picture.layout.display = ""

    for slider in sliders:
        slider.observe(enlarge, names="value")
    # In a page without a kernel this text replaces the sliders.
    text = "[Sliders: run this cell, then move them to enlarge one of the pictures.]"
    box = type("Sliders", (ipywidgets.VBox,), {"__repr__": lambda _: text})
    display(box([ipywidgets.Label("Move a slider to enlarge one of them:"), *sliders, picture]))


def _draw_choice(
    grid: Grid[T], draw: Draw[T], names: Sequence[str], choice: Choice, ax: Axes
) -> None:
    title = ", ".join(f"{name} = {value:g}" for name, value in zip(names, choice, strict=True))
    if choice in grid:
        draw(grid[choice], ax, title)
    else:
        ax.text(0.5, 0.5, f"{title}\nwas not trained", ha="center", transform=ax.transAxes)
        ax.set_axis_off()
