"""The look of the course's pictures: colours, dashes and matplotlib's settings."""

import contextlib
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt

# Colours that readers with any common kind of colour blindness can tell apart: those of Okabe and
# Ito, "Color Universal Design" (2008), but the purple of Tol, "Colour Schemes" (2021). The classes
# also differ in their markers and the lines in their dashes, for black-and-white prints.
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#56B4E9"
INK, FRAME, GRID = "#222222", "#888888", "#E4E4E4"
CLASSES = ((0, ORANGE, "^", 34), (1, BLUE, "o", 28))  # label, colour, marker, size
TINTS = ("#F8DDCB", "#CFE3F1")
LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (SKY, "-"), (INK, "--"))


def style() -> dict[str, Any]:
    """Return the settings of the course, for ``plt.rcParams.update(style())``."""
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
def course_style() -> Iterator[None]:
    """Draw in the style of the course, then restore the reader's own settings.

    To be used in a ``with`` statement or as a decorator.
    """
    # Not rc_context: it would also undo what Jupyter's backend sets at the first figure, and then
    # no figure of the notebook would be shown.
    before = {name: plt.rcParams[name] for name in style()}
    plt.rcParams.update(style())
    try:
        yield
    finally:
        plt.rcParams.update(before)
