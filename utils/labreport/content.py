"""What a notebook contributes to a lab report: exercises, results, figures and answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from utils.checking.report import MIME
from utils.labreport import words
from utils.labreport.pictures import PICTURES, Picture
from utils.messages import languages, load_messages
from utils.stubs import student_lines

# The metadata of the cells that are there for the report: {"labreport": "principle"}.
KEY = "labreport"
PURPOSE, PRINCIPLE, PROBLEMS = "purpose", "principle", "problems"
UNWRITTEN = frozenset({"", *(load_messages(name)["write_here"] for name in languages())})

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
_DISPLAY_FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_MOST_FORMULAS = 3
_MOST_RESULTS = 80
_MOST_VALUES = 6
_MOST_LINES, _MOST_CHARACTERS = 8, 1000  # of what one cell printed
_NUMBER = re.compile(r"^\d+\.\s+")  # of a section
_POINTS = re.compile(r"\s*\(\d+(?:\.\d+)? points?\)\s*$")
_MOST_OWN, _MOST_OWN_LINES, _MOST_OWN_CHARACTERS = 12, 60, 4000  # of cells that a student added
_BUILT_ID = re.compile(r"(?:code|md|raw)-[0-9a-f]{10}")  # of a cell that the course made
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class NotebookError(Exception):
    """A notebook cannot be made into a report; the text names it and says what to do."""


@dataclass(frozen=True)
class CheckLine:
    """One line of an exercise's table of results.

    Attributes:
        name: What was checked.
        right: Whether it is right.
        message: What the check said; empty if it said nothing.
        compared: Values that were compared: the name, the student's value, the expected one.
    """

    name: str
    right: bool
    message: str
    compared: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Text:
    """Markdown that somebody wrote, with the pictures that are attached to its cell."""

    markdown: str
    attached: Mapping[str, Picture] = field(default_factory=dict)

    @property
    def written(self) -> bool:
        """Whether it is more than the stub of the release."""
        return self.markdown.strip() not in UNWRITTEN


@dataclass(frozen=True)
class Exercise:
    """An exercise: its task, the student's lines, and what the checks said.

    Attributes:
        title: The heading above it.
        task: The first paragraph under that heading, in Markdown.
        code: The lines between the markers.
        checks: The results; empty if the check's cell has not been run.
    """

    title: str
    task: str
    code: str
    checks: tuple[CheckLine, ...]


@dataclass(frozen=True)
class Figure:
    """A picture among the outputs, and the heading under which it was made."""

    picture: Picture
    caption: str


@dataclass(frozen=True)
class Printed:
    """Lines that a cell printed, or cells with nothing else to show between them."""

    text: str


@dataclass(frozen=True)
class Answer:
    """A question of the notebook, and what the student wrote under it."""

    question: Text
    answer: Text


@dataclass
class NotebookContent:
    """What one notebook contributes.

    Attributes:
        name: The file's name without its ending.
        title: The notebook's title.
        language: The language that it was released in, such as ``zh_CN``.
        sha256: The hash of the file's bytes; empty if the notebook did not come from a file.
        purpose: What the notebook teaches, a line each; or the student's own words.
        formulas: The first displayed formulas, in TeX.
        principle: The principle in the student's own words, if the notebook has a cell for it.
        problems: The student's own questions and answers, likewise.
        results: Exercises, figures and what was printed, in the notebook's order.
        answers: The written questions.
        own_code: The code of cells that the student added, such as an experiment for a conclusion.
        lost_pictures: How many pictures are too large or damaged.
    """

    name: str
    title: str
    language: str = words.DEFAULT
    sha256: str = ""
    purpose: Text = field(default_factory=lambda: Text(""))
    formulas: list[str] = field(default_factory=list)
    principle: Text = field(default_factory=lambda: Text(""))
    problems: Text = field(default_factory=lambda: Text(""))
    results: list[Exercise | Figure | Printed] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    own_code: list[str] = field(default_factory=list)
    lost_pictures: int = 0

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises, in the notebook's order."""
        return [one for one in self.results if isinstance(one, Exercise)]

    @property
    def was_run(self) -> bool:
        """Whether the notebook holds any results."""
        return any(not isinstance(one, Exercise) or one.checks for one in self.results)


def read_file(path: Path) -> NotebookContent:
    """Read a notebook's file.

    Raises:
        NotebookError: If it cannot be read, or is not a notebook of this kind of course.
    """
    try:
        data = path.read_bytes()
        notebook = nbformat.reads(data.decode(), as_version=4)
    except OSError as error:
        raise NotebookError(f"{path}: {error.strerror}.") from None
    except Exception:  # noqa: BLE001  nbformat raises whatever the JSON leads it to
        raise NotebookError(
            f"{path} is not a Jupyter notebook. Name the .ipynb file that you work in."
        ) from None
    return read_notebook(notebook, path.stem, hashlib.sha256(data).hexdigest())


def read_notebook(notebook: NotebookNode, name: str, sha256: str = "") -> NotebookContent:
    """Collect what a notebook contributes.

    Args:
        notebook: The notebook, of nbformat 4.
        name: The file's name without its ending.
        sha256: The hash of the file's bytes.

    Raises:
        NotebookError: If it has neither exercises nor questions.
    """
    language = notebook.metadata.get("language")
    if language not in words.languages():
        language = words.DEFAULT
    content = NotebookContent(name, _title(notebook) or name, language, sha256)
    reader = _Reader(content, _results(notebook))
    learned = notebook.metadata.get("learned")
    if isinstance(learned, list):
        lines = [f"- {line[:1].upper()}{line[1:]}" for line in learned if isinstance(line, str)]
        reader.content.purpose = Text("\n".join(lines))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            reader.read_markdown(cell)
        elif cell.cell_type == "code":
            reader.read_code(cell)
    content = reader.content
    content.own_code = list(_own_code(notebook))[:_MOST_OWN]
    del content.formulas[_MOST_FORMULAS:], content.results[_MOST_RESULTS:]
    if not content.exercises and not content.answers:
        raise NotebookError(
            f"{name}.ipynb has no exercises: it is not a notebook that the course has released, "
            "or its metadata are lost. Make the report from the file that you hand in."
        )
    return content


class _Reader:
    """Goes through a notebook's cells, and remembers what stands above the present one."""

    def __init__(
        self, content: NotebookContent, checks: Mapping[str, tuple[CheckLine, ...]]
    ) -> None:
        self.content = content
        self._checks = checks
        self._heading, self._task, self._above = content.title, "", Text("")

    def read_markdown(self, cell: NotebookNode) -> None:
        text = Text(cell.source, _attached(cell))
        own = cell.metadata.get(KEY)
        if own in (PURPOSE, PRINCIPLE, PROBLEMS):
            if text.written:
                setattr(self.content, own, text)
        elif _is_solution(cell):
            self.content.answers.append(Answer(self._above, text))
        else:
            headings = list(_HEADING.finditer(cell.source))
            if headings:
                self._heading = _NUMBER.sub("", headings[-1][2])
                self._task = _first_paragraph(cell.source[headings[-1].end() :])
            self.content.formulas += _DISPLAY_FORMULA.findall(cell.source)
            last = cell.source.strip().split("\n\n")[-1]
            self._above = Text(_POINTS.sub("", last), text.attached)

    def read_code(self, cell: NotebookNode) -> None:
        if _is_solution(cell):
            checks = self._checks.get(_function(cell.source) or "", ())
            code = student_lines(cell.source)
            self.content.results.append(Exercise(self._heading, self._task, code, checks))
        if printed := _printed(cell):
            match self.content.results[-1:]:
                case [Printed(before)]:
                    self.content.results[-1] = Printed(f"{before}\n{printed}")
                case _:
                    self.content.results.append(Printed(printed))
        for picture, alt in _figures(cell, self._heading):
            if picture is None:
                self.content.lost_pictures += 1
            else:
                self.content.results.append(Figure(picture, alt))


def _first_paragraph(text: str) -> str:
    """The first paragraph; with the list after it, if it ends in a colon."""
    first, _, rest = text.strip().partition("\n\n")
    return f"{first}\n\n{rest.partition(chr(10) * 2)[0]}" if first.endswith(":") and rest else first


def _printed(cell: NotebookNode) -> str:
    """What a cell printed, without colours, progress bars, and more lines than anyone reads."""
    if __package__ in cell.source:  # the list of problems met is for the student
        return ""
    texts = [
        output["text"]
        for output in _outputs([cell])
        if output.get("name") == "stdout" and isinstance(output.get("text"), str)
    ]
    text = "".join(text for text in texts if "\r" not in text)
    lines = _ANSI.sub("", text).strip("\n").splitlines()
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "…"]
    shown = "\n".join(lines)[:_MOST_CHARACTERS]
    return shown if shown.strip() else ""


def _own_code(notebook: NotebookNode) -> Iterator[str]:
    """The code of cells that the course did not make, unless a tool has lost all cells' ids."""
    if not any(_BUILT_ID.fullmatch(cell.get("id", "")) for cell in notebook.cells):
        return
    for cell in notebook.cells:
        made = _BUILT_ID.fullmatch(cell.get("id", "")) or "nbgrader" in cell.metadata
        if cell.cell_type == "code" and not made and cell.source.strip():
            lines = cell.source.strip("\n").splitlines()
            yield "\n".join(lines[:_MOST_OWN_LINES])[:_MOST_OWN_CHARACTERS]


def _title(notebook: NotebookNode) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := _HEADING.search(cell.source)):
            return heading[2]
    return ""


def _is_solution(cell: NotebookNode) -> bool:
    """Whether nbgrader knows the cell as one that the student fills in."""
    settings = cell.metadata.get("nbgrader")
    return isinstance(settings, dict) and settings.get("solution") is True


def _function(source: str) -> str | None:
    """The last function that a cell defines at its left margin."""
    names = re.findall(r"^def (\w+)", source, re.MULTILINE)
    return names[-1] if names else None


def _results(notebook: NotebookNode) -> dict[str, tuple[CheckLine, ...]]:
    """The tables of results in the outputs, by the function that was checked."""
    results = {}
    for output in _outputs(notebook.cells):
        report = output.get("data", {}).get(MIME)
        if isinstance(report, dict) and isinstance(report.get("checks"), list):
            lines = [line for line in report["checks"] if isinstance(line, dict)]
            results[str(report.get("function"))] = tuple(map(_check_line, lines))
    return results


def _check_line(line: Mapping[str, Any]) -> CheckLine:
    """A line as it is kept in the outputs, which are the student's to change."""
    compared = line.get("compared")
    values = [
        tuple(map(str, one))
        for one in (compared if isinstance(compared, list) else [])
        if isinstance(one, list) and len(one) == len(("name", "yours", "expected"))
    ]
    return CheckLine(
        str(line.get("name", "")),
        line.get("verdict") == "right",
        str(line.get("message", "")),
        tuple((name, yours, expected) for name, yours, expected in values[:_MOST_VALUES]),
    )


def _outputs(cells: list[NotebookNode]) -> Iterator[NotebookNode]:
    for cell in cells:
        if cell.cell_type == "code":
            yield from cell.get("outputs", [])


def _figures(cell: NotebookNode, heading: str) -> Iterator[tuple[Picture | None, str]]:
    """Each picture that a cell shows, None if it cannot be used, and what it shows."""
    for output in _outputs([cell]):
        data = output.get("data", {})
        if not data.keys() & set(PICTURES):
            continue
        described = output.get("metadata", {}).get("image/png", {})
        alt = described.get("alt") if isinstance(described, dict) else None
        yield Picture.from_bundle(data), alt if isinstance(alt, str) and alt else heading


def _attached(cell: NotebookNode) -> dict[str, Picture]:
    pictures = {}
    for name, bundle in cell.get("attachments", {}).items():
        picture = Picture.from_bundle(bundle) if isinstance(bundle, dict) else None
        if picture is not None:
            pictures[name] = picture
    return pictures
