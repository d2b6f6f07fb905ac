"""From notebooks to a report: what the exporters, the command and the grader's side share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from utils.labreport import words
from utils.labreport.content import NotebookContent
from utils.labreport.cover import find_folder, load_form, load_particulars
from utils.labreport.document import Options, build_document
from utils.labreport.render import HTML, Rendered, render


def make_report(
    contents: Sequence[NotebookContent], start: Path, options: Options, form: str = HTML
) -> Rendered:
    """Make one report of one or several notebooks.

    Args:
        contents: What the notebooks contribute.
        start: A notebook's folder; the folder ``labreport`` is looked for there and above.
        options: What the report looks like.
        form: ``html`` or ``pdf``.

    Raises:
        CoverError: If the form or the particulars cannot be used.
        ConversionError: If the report cannot be written.
    """
    folder = find_folder(start.absolute())
    document = build_document(contents, load_form(folder), load_particulars(folder), options)
    rendered = render(document, form, folder)
    say = words.load(document.language)
    not_run = [
        f"{content.name}.ipynb: {say['not_run']}" for content in contents if not content.was_run
    ]
    lost = [
        f"{content.name}.ipynb: {say['lost_pictures'].format(count=content.lost_pictures)}"
        for content in contents
        if content.lost_pictures
    ]
    return Rendered(rendered.data, [*rendered.notes, *not_run, *lost])
