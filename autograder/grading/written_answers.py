"""Text of the student's own near a question whose answer cell was left as released.

Students retype a cell that they deleted, write below the given one, or in the question's own cell.
Such an answer must reach a person: it is nobody's zero.
"""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from autograder.course.notebook import grade_id, is_graded, is_manual, is_solution
from autograder.course.released_cells import checksum, release_source
from autograder.course.stubs import StubError
from autograder.grading.setup_cells import SourceCells, normalized, share_of_lines, text_of

_SIMILAR = 0.6  # a line this similar to a released one is that line with a correction
_MAX_COMPARED = 500  # lines that are looked at so closely
_SHOWN = 60  # characters of the text that a note quotes
_WORDS = 3  # a comment or a text in code with so many words may be an answer


def is_untouched(cell: NotebookNode) -> bool:
    """Whether a restored answer is still what was released, with nothing written elsewhere."""
    return bool(cell.metadata.get("nbgrader", {}).get("checksum") == checksum(cell))


def is_unanswered(cell: NotebookNode) -> bool:
    """Whether the cell of a written answer holds no answer itself."""
    return not cell.get("attachments") and (is_untouched(cell) or not cell.source.strip())


def note_answers_elsewhere(
    cells: Sequence[NotebookNode], source: NotebookNode, known: SourceCells
) -> list[str]:
    """Have a person look at each answer that may stand in another cell; returns notes.

    Args:
        cells: Of the restored notebook. An answer cell loses the checksum by which it counts as
            untouched, here and for nbgrader.
        source: The source notebook.
        known: Its plain cells.
    """
    questions = [i for i, cell in enumerate(cells) if is_manual(cell) and is_solution(cell)]
    if not questions:
        return []
    own = _OwnTexts(cells, source, known)
    notes = []
    for index in questions:
        cell = cells[index]
        name = grade_id(cell)
        if cell.get("attachments") and is_untouched(cell):
            cell.metadata.nbgrader["checksum"] = ""  # a picture is an answer
        unanswered = is_unanswered(cell)
        places = _near(cells, index) if unanswered else _beside(cells, index)
        is_code = cell.cell_type == "code"
        texts = {i: text for i in places if (text := own.text(i, any_code=is_code))}
        if not texts:
            continue
        if unanswered:
            cell.metadata.nbgrader["checksum"] = ""
        where = "; ".join(f"cell {i + 1} (“{_quote(texts[i])}”)" for i in sorted(texts)[:3])
        what = "holds no answer itself, but" if unanswered else "holds an answer, and"
        notes.append(
            f"The cell {name!r} {what} text that is not the course's stands near it, in {where}: "
            "a person decides."
        )
    return notes


def _near(cells: Sequence[NotebookNode], index: int) -> Iterator[int]:
    """The places around a question up to the next exercises, and the notebook's end."""
    for step in (-1, 1):
        i = index + step
        while 0 <= i < len(cells) and not _is_exercise(cells[i]):
            yield i
            i += step
    last = max(i for i, cell in enumerate(cells) if grade_id(cell))
    yield from (i for i in range(last + 1, len(cells)) if cells[i].cell_type != "code")


def _beside(cells: Sequence[NotebookNode], index: int) -> Iterator[int]:
    """The places directly before and after a cell."""
    return (i for i in (index - 1, index + 1) if 0 <= i < len(cells))


def _is_exercise(cell: NotebookNode) -> bool:
    return (
        cell.cell_type == "code" and not is_manual(cell) and (is_solution(cell) or is_graded(cell))
    )


class _OwnTexts:
    """What students wrote in cells of their own, and into the course's text."""

    def __init__(
        self, cells: Sequence[NotebookNode], source: NotebookNode, known: SourceCells
    ) -> None:
        self._cells = cells
        self._known = known
        self._released = {text for cell in source.cells for text in _released_texts(cell)}
        texts = [cell for cell in cells if cell.cell_type == "markdown" and not grade_id(cell)]
        found = [(cell, known.by_id.get(cell.get("id", ""))) for cell in texts]
        shares = [share_of_lines(one.source, text_of(cell)) for cell, one in found if one]
        # Of a translated notebook hardly a line is the source's: there, an id is enough.
        self._translated = sum(share < 0.5 for share in shares) > len(shares) / 2

    def text(self, index: int, *, any_code: bool) -> str:
        """What the student wrote in a cell; empty if that is nothing, or nothing like an answer.

        Args:
            index: The cell's place.
            any_code: Whether code is an answer, and not only what is written in it as text.
        """
        cell = self._cells[index]
        if grade_id(cell) is not None:
            return ""
        text = text_of(cell)
        if normalized(text) in self._released:
            return ""
        if not text.strip() and cell.get("attachments"):
            return "a picture"
        original = self._known.find(cell)
        if original is None and self._translated:
            original = self._known.by_id.get(cell.get("id", ""))
        if original is not None:
            if self._translated:
                return ""
            text = _added_lines(original.source, text)
        if cell.cell_type == "code" and not any_code:
            text = _written_in_code(text)
        return text.strip() if re.search(r"\w|!\[", text) else ""


def _released_texts(cell: NotebookNode) -> Iterator[str]:
    yield normalized(cell.source)
    try:
        yield normalized(release_source(cell))
    except StubError:
        return


def _added_lines(original: str, changed: str) -> str:
    lines = [line.strip() for line in original.split("\n") if line.strip()]
    known = set(lines)
    added = [line for line in changed.split("\n") if line.strip() and line.strip() not in known]
    compared, others = added[:_MAX_COMPARED], added[_MAX_COMPARED:]
    new = [line for line in compared if not difflib.get_close_matches(line, lines, 1, _SIMILAR)]
    return "\n".join(new + others)


def _written_in_code(text: str) -> str:
    """Comments and texts in a cell of code; all of it if it is no code."""
    parts = []
    try:
        parts += [
            token.string.strip("#\"' \n")
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type in (tokenize.COMMENT, tokenize.STRING)
        ]
    except (tokenize.TokenError, SyntaxError):
        parts.append(text)
    else:
        try:
            compile(text, "cell", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            parts = [text] if not re.search(r"^[ \t]*[%!]", text, re.MULTILINE) else parts
    return "\n".join(part for part in parts if _is_prose(part))


def _is_prose(text: str) -> bool:
    return (
        len(re.findall(r"[^\W\d_]+", text)) >= _WORDS
        or re.search(r"[\u3040-\u9fff]", text) is not None
    )


def _quote(text: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in text)
    shown = " ".join(shown.split())
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
