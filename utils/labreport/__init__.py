"""The lab report that students hand in, made from their notebooks, as HTML or PDF.

In a notebook: ``cover_form()`` and ``met_problems()``. In JupyterLab the report is in the menu
*File → Save and Export Notebook As*; in a terminal, ``python -m utils.labreport NOTEBOOK``.

The modules, from the bottom up: ``pandoc``, ``pictures``, ``fragments`` (a student's Markdown, made
harmless), ``content`` (what a notebook contributes), ``cover``, ``document`` (the report),
``render`` (its file), ``report``, and ``exporters`` and ``__main__``, which call it.
"""

from __future__ import annotations

from pathlib import Path

from utils.kernel import has_kernel
from utils.messages import current_language, get_message


def cover_form() -> None:
    """Show the form for the cover of the lab report, where there is a kernel to react to it."""
    if has_kernel():
        from utils.labreport.notebook_form import show_cover_form  # noqa: PLC0415  see below

        show_cover_form(current_language())


def met_problems() -> None:
    """List what the checks have said so far, as Markdown that can be copied into an answer."""
    # Only the student's own notebook asks, so a process that grades loads none of this.
    if has_kernel():
        from utils.labreport import cover, history  # noqa: PLC0415

        folder = cover.find_folder(Path.cwd())
        lines = history.met_problems(folder / history.FILE) if folder else []
        print("\n".join(lines) or get_message("no_problems_yet"))  # noqa: T201  it is what the cell shows
