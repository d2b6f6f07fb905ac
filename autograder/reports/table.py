"""Grades as a table on a terminal: of a class, or of one submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.models import CellResult, Grade, Status, Verdict
from autograder.reports.grade_view import GradeView
from autograder.reports.text import exercise_name, verdict_words
from autograder.reports.words import words
from utils.messages import get_message

_FILE_WIDTH = 100
_STYLES = {Verdict.RIGHT: "green", Verdict.INFRASTRUCTURE: "yellow"}


def render(view: GradeView, to_file: bool) -> str:
    """The table of one submission as text.

    Args:
        view: The grade.
        to_file: Whether it is for a file, which has a fixed width, and not for the terminal.
    """
    console = Console(width=_FILE_WIDTH, color_system=None) if to_file else Console()
    with console.capture() as captured:
        console.print(submission_table(view.grade))
    return captured.get()


def class_table(
    grades: Sequence[Grade], remarks: Mapping[str, str] | None = None
) -> RenderableType:
    """One row per student, one numbered column per exercise; below it a legend and the notes.

    Args:
        grades: Of one assignment.
        remarks: By student: a remark for the last column.
    """
    cells = {cell.key: cell for grade in grades for cell in grade.cells}
    tested = [name for name in cells if _has_checks(name, grades)]
    manual = [name for name in cells if name not in tested]
    table = Table(header_style="bold", pad_edge=False, box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("student", no_wrap=True)
    for number, _ in enumerate(tested, 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    if manual:
        table.add_column("by hand", justify="right", no_wrap=True)
    table.add_column("score", justify="right", style="bold", no_wrap=True)
    if remarks:
        table.add_column("", overflow="fold")
    for grade in grades:
        results = {cell.key: cell for cell in grade.cells}
        row = [_points(results.get(name)) for name in tested]
        if manual:
            row.append(_waiting([results[name] for name in manual if name in results]))
        remark = [_safe_text((remarks or {}).get(grade.student, ""), "dim")] if remarks else []
        table.add_row(_safe_text(grade.student), *row, _score(grade), *remark)
    title = _safe_text(grades[0].assignment if grades else "", "bold")
    legend = ", ".join(
        f"{number} {exercise_name(cells[name])} ({_worth(cells[name])})"
        for number, name in enumerate(tested, 1)
    )
    total = f"; score: of {grades[0].max_score:g}" if grades else ""
    parts: list[RenderableType] = [title, table, _safe_text(f"{legend}{total}", "dim")]
    return Group(*parts, *_notes(grades))


def submission_table(grade: Grade) -> RenderableType:
    """One row per exercise, and below it one row per check with its message."""
    if grade.status != Status.GRADED:
        return _not_graded(grade)
    table = Table(header_style="bold", pad_edge=False)
    table.add_column(words("exercise_check"), overflow="fold", ratio=2)
    table.add_column(words("result"), no_wrap=True)
    table.add_column(words("message"), overflow="fold", ratio=3)
    for cell in grade.cells:
        unchecked = words("graded_by_hand" if cell.points is None else "no_answer")
        note = "" if cell.checks else unchecked
        name = _safe_text(exercise_name(cell), "bold")
        table.add_row(name, _points(cell, of=True), Text(note, style="dim"))
        shown: set[str] = set()
        for check in cell.checks:
            verdict = Text(verdict_words(check.verdict), style=_STYLES.get(check.verdict, "red"))
            message = get_message("as_above") if check.message in shown else check.message
            table.add_row(
                Padding(_safe_text(check.name), (0, 0, 0, 2)), verdict, _safe_text(message)
            )
            shown |= {check.message} - {""}
        table.add_section()
    parts: list[RenderableType] = [table, Text(GradeView(grade).total, style="bold")]
    parts += [_safe_text(words("note_on", note=note), "dim") for note in grade.notes]
    return Group(*parts)


def _safe_text(text: str, style: str = "") -> Text:
    """Text that may be a student's, without terminal markup and without control codes."""
    return Text("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text), style=style)


def _points(cell: CellResult | None, *, of: bool = False) -> Text:
    if cell is None:
        return Text("-", style="dim")
    if cell.points is None:
        by_hand = words("by_hand")
        return Text(f"{by_hand} /{_worth(cell)}" if of else by_hand, style="dim")
    style = "green" if cell.points == cell.worth else "red" if not cell.points else "yellow"
    return Text(f"{cell.points:g}" + (f" /{_worth(cell)}" if of else ""), style=style)


def _worth(cell: CellResult) -> str:
    return words("extra", points=f"{cell.worth:g}") if cell.bonus else f"{cell.max_points:g}"


def _has_checks(name: str, grades: Sequence[Grade]) -> bool:
    """Whether any check ran in a cell; a cell without checks is graded by hand."""
    return any(cell.checks for grade in grades for cell in grade.cells if cell.key == name)


def _waiting(cells: Sequence[CellResult]) -> Text:
    """How many answers are yet to be graded by hand."""
    waiting = sum(cell.points is None for cell in cells)
    return Text(f"{waiting} to do", style="yellow") if waiting else Text("-", style="dim")


def _score(grade: Grade) -> str:
    return f"{grade.score:g}" if grade.status == Status.GRADED else "-"


def _notes(grades: Sequence[Grade]) -> Iterator[Text]:
    for grade in grades:
        if grade.status != Status.GRADED:
            yield _not_graded(grade)
        for note in grade.notes:
            yield _safe_text(f"{grade.student}: {note}", "dim")


def _not_graded(grade: Grade) -> Text:
    why = words("student_not_graded", student=grade.student, reason=grade.message)
    return _safe_text(why, "yellow")
