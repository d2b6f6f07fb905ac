"""A whole assignment in another language: its notebook, and what is listed of it."""

from __future__ import annotations

import tokenize
from collections.abc import Iterator

import nbformat
from nbformat import NotebookNode

from autograder.authoring.translation.code_texts import (
    code_without_texts,
    translate_student_code,
    translate_test_code,
)
from autograder.authoring.translation.entries import CODE, Entry, Translate
from autograder.authoring.translation.markdown_texts import translate_markdown
from autograder.course.notebook import grade_id, is_solution, is_test
from autograder.course.released_cells import STUB
from autograder.diagnosis.places import HEADINGS, heading_lines
from utils.messages import load_messages


def translate_notebook(notebook: NotebookNode, translate: Translate, language: str) -> None:
    """Put a source notebook into another language, in place.

    Names, points and code stay, and so do the notes on headings that messages refer to.

    Args:
        notebook: As the text master describes it.
        translate: Gives the text to show in place of one in the source.
        language: The language, such as ``zh_CN``.
    """
    stub = load_messages(language)["write_here"]
    pairs: list[list[str]] = []
    for cell in notebook.cells:
        before = cell.source
        if cell.cell_type == "markdown" and is_solution(cell):
            cell.metadata[STUB] = stub
        cell.source = translate_cell(cell, translate)
        if cell.cell_type == "markdown":
            lines = zip(heading_lines(before), heading_lines(cell.source), strict=False)
            pairs += map(list, lines)
    notebook.metadata[HEADINGS] = pairs
    if "title" in notebook.metadata:
        notebook.metadata["title"] = translate(notebook.metadata["title"])
    if "learned" in notebook.metadata:
        notebook.metadata["learned"] = [translate(line) for line in notebook.metadata["learned"]]


def translate_cell(cell: NotebookNode, translate: Translate) -> str:
    """The text of a cell in another language; as it was, if the code would not be the same."""
    source = str(cell.source)
    if cell.cell_type == "markdown":
        return translate_markdown(source, translate)
    if grade_id(cell) is None:
        return source  # a submission in another language has the same cell
    done = _translate_code(cell, translate)
    return done if _is_same_code(source, done) else source


def _translate_code(cell: NotebookNode, translate: Translate) -> str:
    change = translate_test_code if is_test(cell) else translate_student_code
    try:
        return change(str(cell.source), translate)
    except (SyntaxError, tokenize.TokenError):  # a magic, or broken code, which `check` tells of
        return str(cell.source)


def code_faults(notebook: NotebookNode, translate: Translate) -> Iterator[str]:
    """Sentences on cells that are left as they are, as their translation would change the code."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and grade_id(cell) is not None:
            done = _translate_code(cell, translate)
            if done != cell.source and not _is_same_code(cell.source, done):
                yield (
                    f"the translation of the cell {grade_id(cell)!r} changes its code: look for "
                    "quotes, backslashes and placeholders in its texts."
                )


def notebook_entries(notebook: NotebookNode) -> Iterator[Entry]:
    """All texts of a source notebook, in its order."""
    found: list[Entry] = []
    note = ""

    def collect(text: str) -> str:
        found.append(Entry(text, note=note))
        return text

    copy = nbformat.from_dict(notebook)
    notes = {"markdown": "", "code": CODE}
    for cell in copy.cells:
        note = "what a check says" if is_test(cell) else notes.get(cell.cell_type, "")
        translate_cell(cell, collect)
    note = "the assignment's title, and what is learned"
    for text in (copy.metadata.get("title"), *copy.metadata.get("learned", ())):
        if text:
            collect(text)
    yield from found


def _is_same_code(source: str, done: str) -> bool:
    if source == done:
        return True
    try:
        return code_without_texts(source) == code_without_texts(done)
    except SyntaxError:
        return False
