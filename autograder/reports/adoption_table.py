"""What ``autograder adopt`` found, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autograder.authoring.adoption import CellFinding, NotebookFinding

_MOST_CELLS = 40  # of a larger course only what needs a look is listed cell by cell
_NAMES_SHOWN = 3
CLASS = 100  # submissions, for which the time is told


def adoption_table(findings: Sequence[NotebookFinding]) -> RenderableType:
    """One row per test cell, of a larger course one per notebook; below it what needs a look."""
    cells = sum(len(finding.cells) for finding in findings)
    table = _by_cell(findings) if cells <= _MOST_CELLS else _by_notebook(findings)
    return Group(table, *_reasons(findings))


def summary(findings: Sequence[NotebookFinding]) -> Iterator[str]:
    """What the whole course will be like, in sentences."""
    cells = [cell for finding in findings for cell in finding.cells]
    works = sum(cell.works for cell in cells)
    by_hand = sum(finding.by_hand for finding in findings)
    share = f" ({works / len(cells):.0%})" if cells else ""
    yield (
        f"{works} of {len(cells)} test cells{share} give the course's own solution full points, "
        f"asked from outside of the student's process."
    )
    if by_hand:
        yield f"{_count(by_hand, 'cell is', 'cells are')} graded by hand."
    broken = sum(cell.works_in_kernel is False for cell in cells)
    inside = sum(cell.works_in_kernel is True for cell in cells)
    if inside:
        yield (
            f"{_count(inside, 'cell needs', 'cells need')} tests and answers in one process. "
            "Rewrite what the reason names, or grade their assignments with `--engine kernel`, "
            "which has neither the jail nor secret tests."
        )
    if broken:
        yield (
            f"{_count(broken, 'cell fails', 'cells fail')} on the course's own solution in a plain "
            "kernel as well: a file, a package or a download may be missing here, or the "
            "solution is wrong."
        )
    yield from _times(findings)


def _times(findings: Sequence[NotebookFinding]) -> Iterator[str]:
    ran = [finding for finding in findings if finding.seconds]
    if not ran:
        return
    ours = sum(finding.seconds for finding in ran) * CLASS
    sentence = (
        f"A class of {CLASS} takes about {_duration(ours)} of one core for all of it, measured on "
        "the solutions."
    )
    compared = [finding for finding in ran if finding.kernel_seconds]
    if compared:
        kernel = sum(finding.kernel_seconds for finding in compared) * CLASS
        sentence += f" A Jupyter kernel for each, as in plain nbgrader: {_duration(kernel)}."
    else:
        sentence += " `--compare` measures a Jupyter kernel for each, as in plain nbgrader."
    yield sentence


def _by_cell(findings: Sequence[NotebookFinding]) -> Table:
    table = _table("notebook", "test cell", "points", "tests")
    for finding in findings:
        title = Text(finding.title)
        for cell in finding.cells:
            table.add_row(title, Text(cell.name), f"{cell.points:g}", _way(cell))
        if not finding.cells:
            way = Text("none", "red") if finding.problem else Text("by hand", "dim")
            table.add_row(title, "", "", way)
    return table


def _by_notebook(findings: Sequence[NotebookFinding]) -> Table:
    table = _table("notebook", "test cells", "outside", "one process", "fail", "by hand", "seconds")
    for finding in findings:
        cells = finding.cells
        inside = sum(cell.works_in_kernel is True for cell in cells)
        counts = [len(cells), sum(cell.works for cell in cells), inside]
        counts += [len(cells) - sum(counts[1:]), finding.by_hand]
        table.add_row(
            Text(finding.title),
            *(str(count) if count else "" for count in counts),
            f"{finding.seconds:.2f}" if finding.seconds else "",
        )
    return table


def _reasons(findings: Sequence[NotebookFinding]) -> Iterator[RenderableType]:
    """The cells that need a look, grouped by reason, the most frequent first."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        if finding.problem:
            groups.setdefault(finding.problem, []).append(finding.title)
        for cell in finding.cells:
            if not cell.works:
                groups.setdefault(_why(cell), []).append(f"{finding.title}: {cell.name}")
    if not groups:
        return
    table = _table("cells", "why", "where")
    for reason, names in sorted(groups.items(), key=lambda group: -len(group[1])):
        more = f", and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        table.add_row(str(len(names)), Text(reason), Text(", ".join(names[:_NAMES_SHOWN]) + more))
    yield ""
    yield table


def _way(cell: CellFinding) -> Text:
    if cell.works:
        return Text("outside", "green")
    return Text("one process", "yellow") if cell.works_in_kernel else Text("none", "red")


def _why(cell: CellFinding) -> str:
    also = "" if cell.works_in_kernel else "In a plain kernel, too: "
    return f"{also}{cell.reason}"


def _table(*titles: str) -> Table:
    table = Table(header_style="bold", pad_edge=False, box=box.SIMPLE_HEAD, show_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _count(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
