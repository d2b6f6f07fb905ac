"""Pictures as a notebook's outputs, with a description for readers who cannot see them.

JupyterLab and nbconvert's page of a notebook give a picture no description, whatever its metadata
say. So the picture goes out as HTML with its description in it, and once more as a plain picture
for views that show no HTML, such as a PDF.
"""

from __future__ import annotations

import base64
import html
import io
from typing import Any, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.plotting.axes import AxesTable

Drawn = Figure | Axes | AxesTable

# A page that was exported from a notebook has a class for each tag of a cell. On paper the code of
# folded cells is left out: it is ours, and would fill more pages than everything else. So are
# folded details, which nobody can open there. Long lines of the code that is printed are broken.
# Letters are as large as in a book, the numbers of cells give their margin to the text, and the
# names of checks have room to stand in one line. An output may go on on the next page, but no
# picture and no row of a table is cut.
_ON_PAPER = (
    "<style>@media print {.celltag_hide-input .jp-Cell-inputWrapper {display: none} "
    ".jp-InputArea {display: block} .jp-InputArea pre {white-space: pre-wrap} "
    ":root {--jp-content-font-size1: 12.5px; --jp-content-line-height: 1.4; "
    "--jp-code-font-size: 11.5px; --jp-code-line-height: 1.2} "
    ".jp-InputPrompt, .jp-OutputPrompt {display: none} "
    ".jp-Notebook {padding: 0} .jp-Cell {padding: 2px 0} "
    ".jp-RenderedHTMLCommon {padding-right: 0} "
    ".jp-RenderedHTMLCommon p, .jp-RenderedHTMLCommon > img {margin-bottom: .6em} "
    ".check-report table {font-size: inherit !important; line-height: 1.3 !important} "
    ".check-report td {padding-top: .2em !important; padding-bottom: .2em !important} "
    ".check-report td:nth-child(2) {width: 50% !important} "
    ".jp-OutputArea-child {break-inside: auto} "
    ".jp-OutputArea-child details:not([open]) {display: none} "
    ".jp-Notebook img, .jp-Notebook tr {break-inside: avoid} "
    ".jp-Notebook h1, .jp-Notebook h2, .jp-Notebook h3 {break-after: avoid}}</style>"
)

# On a screen an animation is played; on paper its still form takes its place. JupyterLab's own
# style for pictures in outputs is the more specific one, hence "important". A page that shows no
# styles of others shows both.
_ONLY_ONE = (
    "<style>@media screen {.still-form {display: none !important}} "
    "@media print {.moving-form {display: none !important}}</style>"
)


class DescribedPicture:
    """A picture that says what it shows.

    Args:
        png: The picture, a PNG file.
        alt: What it shows.
        gif: The same as an animation, a GIF file, of which ``png`` is the still form.
    """

    def __init__(self, png: bytes, alt: str, gif: bytes | None = None) -> None:
        self.png, self.alt, self.gif = png, alt, gif

    def __repr__(self) -> str:
        return f"[Picture: {self.alt}]"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        page = _ON_PAPER + self._image("png", self.png, "still-form")
        if self.gif is not None:
            page = _ONLY_ONE + self._image("gif", self.gif, "moving-form") + page
        forms = {"text/plain": repr(self), "text/html": page, "image/png": _base64(self.png)}
        return forms, {"image/png": {"alt": self.alt}}

    def _image(self, kind: str, data: bytes, role: str) -> str:
        source, alt = f"data:image/{kind};base64,{_base64(data)}", html.escape(self.alt)
        return f'<img class="{role if self.gif else "picture"}" alt="{alt}" src="{source}">'


def show(drawn: Drawn, alt: str) -> None:
    """Show a picture below the cell, with a description for readers who cannot see it.

    The figure is closed, so the notebook does not show it a second time. Outside of a notebook it
    stays open, as any figure does.

    Args:
        drawn: The figure, or what a function of this package returned: axes, or a table of them.
        alt: What can be seen, in a sentence or two: the kind of picture, its axes, and what is to
            be noticed. It stands in for the picture in pages and in lab reports.
    """
    figure = figure_of(drawn)
    if not in_notebook():
        return
    from IPython.display import display  # noqa: PLC0415 - there is a notebook

    picture = DescribedPicture(to_png(figure), alt)
    plt.close(figure)
    display(picture)


def in_notebook() -> bool:
    """Tell whether there is a notebook that shows what is displayed."""
    try:
        from IPython import get_ipython  # noqa: PLC0415 - a script may run without it
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def figure_of(drawn: Drawn) -> Figure:
    """The figure to which axes belong."""
    if isinstance(drawn, Figure):
        return drawn
    ax = drawn if isinstance(drawn, Axes) else np.ravel(drawn)[0]
    return cast(Figure, ax.figure)


def to_png(figure: Figure) -> bytes:
    """A figure as a PNG file, cut to what is drawn, as notebooks show it."""
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
