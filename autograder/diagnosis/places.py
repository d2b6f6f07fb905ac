"""References from a mistake's message to a place in the notebook.

An author writes the name of a heading, in the form of a MyST role; a student reads its number:

.. code-block:: text

    {part}`forward`                         part 2        from the heading  2. Forward
    {exercise}`the-check`                   exercise 3    from  Exercise 3 · The check
    {exercises}`zeros, he`                  exercises 1 and 4
    {heading}`when-the-network-is-used`     When the network is used

With a capital (``{Part}``, ``{Exercise}``) the word has one, too. A name is the heading's text
without its number, in lower case, with hyphens for spaces and without punctuation. In another
language than English only numbers are put in, and the text around them has the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.course.toml_files import suggestion
from utils.messages import ENGLISH, load_messages

HEADINGS = "headings"  # in a translated notebook's metadata: English, and as they are shown
_REFERENCE = re.compile(r"\{(\w+)\}(?:`([^`]*)`)?")
_NAME = re.compile(r"[\w-]+")
_HEADING = re.compile(r"#{1,6}[ \t]+(.*\S)")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_NUMBERED = {
    "part": re.compile(r"(\d+)\.[ \t]+(.*)"),
    "exercise": re.compile(r"Exercise (\d+) · (.*)"),
}
_KINDS = {
    "part": "part",
    "parts": "part",
    "exercise": "exercise",
    "exercises": "exercise",
    "heading": "heading",
}
_ROLES = (*_KINDS, *(role.capitalize() for role in _KINDS if role != "heading"))
_QUOTED = re.compile(r'"([A-Z][^"{}\n]*)"')
_BY_NUMBER = re.compile(r"\b(part|exercise)s? (\d+)", re.IGNORECASE)


class PlaceError(ValueError):
    """A faulty reference to a place; the text is the end of a sentence that says where it is."""


class Heading(NamedTuple):
    """One heading of a notebook.

    Attributes:
        kind: ``part``, ``exercise`` or ``heading``.
        number: Of a part or an exercise; empty for others.
        title: The text without the number.
        shown: The title in the notebook's language, where that is another one.
    """

    kind: str
    number: str
    title: str
    shown: str = ""

    @property
    def name(self) -> str:
        """What references call it."""
        return re.sub(r"[^\w -]", "", self.title.lower()).strip().replace(" ", "-")


def headings(text: str) -> list[Heading]:
    """The headings of a Markdown text, in order."""
    return [_heading(line) for line in heading_lines(text)]


def heading_lines(text: str) -> list[str]:
    """The headings of a Markdown text as they are written, without the marks before them."""
    found = []
    fence = ""
    for line in text.split("\n"):
        if match := _FENCE.match(line.lstrip()):
            if not fence:
                fence = match[1]
            elif line.lstrip().startswith(fence):
                fence = ""
        elif not fence and (match := _HEADING.fullmatch(line.rstrip())):
            found.append(match[1])
    return found


def notebook_headings(notebook: NotebookNode) -> list[Heading]:
    """The headings of a notebook, in order; of a translated one as the author wrote them."""
    if HEADINGS in notebook.metadata:
        return [_heading(line)._replace(shown=shown) for line, shown in notebook.metadata[HEADINGS]]
    return [
        heading
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in headings(cell.source)
    ]


def has_references(text: str) -> bool:
    """Whether a message may refer to places by name."""
    return _REFERENCE.search(text) is not None


def numbered_places(text: str, known: Sequence[Heading]) -> Iterator[tuple[str, str]]:
    """Places that a message names by number, and the reference that it should have instead.

    A number is right only until a part is added before it. Where no heading has the number, the
    reference is empty.
    """
    for match in _BY_NUMBER.finditer(text):
        word, number = match.groups()
        names = [one.name for one in known if (one.kind, one.number) == (word.lower(), number)]
        yield match[0], f"{{{word}}}`{names[0]}`" if names else ""


def missing_numbers(text: str, known: Sequence[Heading]) -> Iterator[str]:
    """The places that a message names by a number that no heading has."""
    numbers = {(heading.kind, heading.number) for heading in known}
    for match in _BY_NUMBER.finditer(text):
        if (match[1].lower(), match[2]) not in numbers:
            yield match[0]


def missing_phrases(text: str, notebook: NotebookNode) -> Iterator[str]:
    """The phrases that a message quotes, and that are nowhere in the notebook's text.

    Students are sent to them: ``see "A word on shapes"``.
    """
    quoted = [phrase for phrase in _QUOTED.findall(text) if " " in phrase]
    if quoted:
        cells = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        prose = _plain("\n".join(cells))
        yield from (phrase for phrase in quoted if _plain(phrase) not in prose)


def _plain(text: str) -> str:
    """A text without emphasis, in single spaces."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def render_places(text: str, known: Sequence[Heading], language: str = ENGLISH) -> str:
    """A message as students read it.

    Args:
        text: The message as the author wrote it.
        known: The notebook's headings.
        language: The language that the message is in.

    Raises:
        PlaceError: If a reference has an unknown role, or no heading or several fit it.
    """
    return _REFERENCE.sub(lambda match: _render(match, known, language), text)


def _render(match: re.Match[str], known: Sequence[Heading], language: str) -> str:
    role, names = match[1], match[2]
    if role not in _ROLES:
        if names is None or not _NAME.fullmatch(names):
            return match[0]  # code
        raise PlaceError(f"has an unknown role {{{role}}}.{suggestion(role, _ROLES)}")
    if names is None:
        raise PlaceError(f"has {{{role}}} without the name of a heading in backticks.")
    found = [_find(role, name.strip(), known) for name in names.split(",")]
    *first, last = [heading.number or heading.shown or heading.title for heading in found]
    listed = last
    if first:
        messages = load_messages(language)
        listed = messages["and"].format(first=messages["between_names"].join(first), last=last)
    return f"{role} {listed}" if language == ENGLISH and found[0].number else listed


def _find(role: str, name: str, known: Sequence[Heading]) -> Heading:
    kind = _KINDS[role.lower()]
    of_kind = [heading for heading in known if heading.kind == kind]
    fitting = [heading for heading in of_kind if heading.name == name]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        problem = f"{len(fitting)} headings have that name."
    else:
        problem = "no heading has that name."
        problem += suggestion(name, [heading.name for heading in of_kind])
    raise PlaceError(f"refers to {{{role}}}`{name}`, but {problem}")


def _heading(text: str) -> Heading:
    for kind, pattern in _NUMBERED.items():
        if match := pattern.fullmatch(text):
            return Heading(kind, match[1], match[2])
    return Heading("heading", "", text)
