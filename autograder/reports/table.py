"""Grades as a table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autograder.outcome import CellResult, Grade, Status, Verdict
from utils.messages import say

_STYLE = {Verdict.RIGHT: "green", Verdict.INFRASTRUCTURE: "yellow"}


def class_table(grades: Sequence[Grade]) -> RenderableType:
    """One row a student, one column a graded cell."""
    assignment = grades[0].assignment if grades else ""
    table = Table(title=assignment, title_justify="left", header_style="bold", pad_edge=False)
    names = list(dict.fromkeys(cell.grade_id for grade in grades for cell in grade.cells))
    table.add_column("student", no_wrap=True)
    for name in names:
        table.add_column(name.removesuffix("-check"), justify="right", overflow="fold")
    table.add_column("score", justify="right", style="bold")
    table.add_column("", overflow="fold")
    for grade in grades:
        cells = {cell.grade_id: cell for cell in grade.cells}
        table.add_row(
            grade.student,
            *(_points(cells.get(name)) for name in names),
            _score(grade),
            _remark(grade),
        )
    return table


def submission_table(grade: Grade) -> RenderableType:
    """One row a check, with its message."""
    if grade.status != Status.GRADED:
        return Text(f"{grade.student}: not graded. {grade.message}", style="yellow")
    table = Table(header_style="bold", pad_edge=False)
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("check", overflow="fold", ratio=2)
    table.add_column("verdict", no_wrap=True)
    table.add_column("message", overflow="fold", ratio=3)
    for cell in grade.cells:
        first = (cell.grade_id.removesuffix("-check"), _points(cell, of=True))
        if not cell.checks:
            note = "graded by hand" if cell.points is None else "no answer"
            table.add_row(*first, "", Text(note, style="dim"), "")
        last = ""
        for check in cell.checks:
            verdict = Text(check.verdict.value, style=_STYLE.get(check.verdict, "red"))
            repeats = check.message and check.message == last
            message = say("as_above") if repeats else check.message
            table.add_row(*first, check.name, verdict, message)
            first, last = ("", Text("")), check.message
        table.add_section()
    parts: list[RenderableType] = [table, _total(grade)]
    parts += [Text(f"Note: {note}", style="dim") for note in grade.notes]
    return Group(*parts)


def _points(cell: CellResult | None, *, of: bool = False) -> Text:
    if cell is None:
        return Text("-", style="dim")
    if cell.points is None:
        return Text(f"by hand /{cell.max_points:g}" if of else "by hand", style="dim")
    style = "green" if cell.points == cell.max_points else "red" if not cell.points else "yellow"
    return Text(f"{cell.points:g}" + (f" /{cell.max_points:g}" if of else ""), style=style)


def _score(grade: Grade) -> str:
    return f"{grade.score:g} /{grade.max_score:g}" if grade.status == Status.GRADED else "-"


def _remark(grade: Grade) -> Text:
    if grade.status != Status.GRADED:
        return Text(f"not graded: {grade.message}", style="yellow")
    return Text("; ".join(grade.notes), style="dim")


def _total(grade: Grade) -> Text:
    text = f"{grade.score:g} of {grade.max_score:g} points"
    waiting = sum(cell.max_points for cell in grade.cells if cell.points is None)
    return Text(text + (f"; {waiting:g} are graded by hand" if waiting else ""), style="bold")
