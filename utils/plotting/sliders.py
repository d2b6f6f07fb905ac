"""Pictures of runs that were made beforehand, to be looked through with sliders."""

import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from utils.plotting.axes import AxesTable, new_axes_table
from utils.plotting.style import course_style

Choice = tuple[float, ...]
T = TypeVar("T")
Grid = Mapping[Choice, T]
Draw = Callable[[T, Axes, str], object]


@course_style()
def explore(grid: Grid[T], draw: Draw[T], names: Sequence[str]) -> AxesTable | None:
    """Show runs that were made beforehand: with sliders in a notebook, otherwise all at once.

    In a notebook the picture, at first that of the first run in ``grid``, is an ordinary output
    that the sliders replace. So a saved or exported notebook shows it too.

    Args:
        grid: For each choice of settings, one or two numbers, the result of the run.
        draw: ``draw(result, ax, title)`` draws one result into the axes ``ax``.
        names: The names of the settings, in the order of the numbers in each choice.

    Returns:
        In a notebook None. Otherwise the axes, ``(first setting, last setting)``.
    """
    values = [sorted({choice[i] for choice in grid}) for i in range(len(names))]
    if _can_show_sliders():
        _show_sliders(grid, draw, names, values)
        return None
    *down, right = values
    rows: list[Choice] = [(value,) for value in down[0]] if down else [()]
    axes = new_axes_table(len(rows), len(right), 2.9, 2.8)
    for (row, value), ax in zip(itertools.product(rows, right), axes.ravel().tolist(), strict=True):
        _draw_choice(grid, draw, names, (*row, value), ax)
        ax.label_outer()
    return axes


def _show_sliders(
    grid: Grid[T], draw: Draw[T], names: Sequence[str], values: Sequence[Sequence[float]]
) -> None:
    import ipywidgets  # noqa: PLC0415 - _can_show_sliders has made sure that it is installed
    from IPython.display import Image, display  # noqa: PLC0415

    def picture() -> Image:
        png, choice = io.BytesIO(), tuple(slider.value for slider in sliders)
        with course_style():
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
    # In a page without a kernel, such as a feedback page, this text replaces the sliders.
    text = "[Sliders: run this cell to move them.]"
    box = type("Sliders", (ipywidgets.VBox,), {"__repr__": lambda _: text})
    display(box(sliders))
    output = display(picture(), display_id=True)
    for slider in sliders:
        slider.observe(lambda _: output.update(picture()), names="value")


def _draw_choice(
    grid: Grid[T], draw: Draw[T], names: Sequence[str], choice: Choice, ax: Axes
) -> None:
    title = ", ".join(f"{name} = {value:g}" for name, value in zip(names, choice, strict=True))
    if choice in grid:
        draw(grid[choice], ax, title)
    else:
        ax.text(0.5, 0.5, f"{title}\nwas not trained", ha="center", transform=ax.transAxes)
        ax.set_axis_off()


def _can_show_sliders() -> bool:
    """Tell whether there is a kernel that can react to sliders, and the package that draws them."""
    try:
        import ipywidgets  # noqa: F401, PLC0415
        from IPython import get_ipython  # noqa: PLC0415
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
