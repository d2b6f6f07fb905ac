"""How the cost of a class grows with it: `python -m benchmarks.growth`.

Classes of several sizes are made up, graded, and graded again unchanged. Every student's notebook
has bytes of its own (another draw of answers, words and saved pictures), so no grade stands for
two students. The price of a further submission is what a class costs beyond a class of as many
students as there are workers, which pays for the start. It should be flat: within 20 % for time and
memory. At the end: what a million would cost, each figure with its formula. Wall time is only worth
something on an idle machine.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from autograder.authoring.simulate import into_course, simulate
from autograder.batch.process_pool import core_count
from autograder.course.layout import Course
from benchmarks.measure import Cost, ours, shares

ROOT = Path(__file__).parents[1]
_MILLION = 1_000_000


@dataclass(frozen=True)
class Size:
    """A class of one size.

    Attributes:
        made: Seconds that it took to make the class up.
        first: What it costs to grade it.
        again: What it costs to find that nothing has changed.
        disk: Bytes of ``autograded/`` and the gradebook, as the disk counts them.
    """

    made: float
    first: Cost
    again: Cost
    disk: int


@click.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(min=10))
@click.option("--assignment", "name", default="regularization", show_default=True)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures there, too.")
@click.option("--folder", metavar="DIR", help="Where the classes are made; a temporary folder.")
def main(sizes: tuple[int, ...], name: str, json_file: str | None, folder: str | None) -> None:
    """Measure classes of these SIZES; of 100, 1,000 and 10,000 if none is given."""
    console = Console(width=118)
    rows: dict[int, Size] = {}
    with tempfile.TemporaryDirectory(prefix="autograder-bench-", dir=folder) as scratch:
        _graded(
            name, core_count(), Path(scratch)
        )  # the very first start reads everything from disk
        start = _graded(name, core_count(), Path(scratch)).first
        for size in sizes or (100, 1_000, 10_000):
            rows[size] = _graded(name, size, Path(scratch))
            console.print(_table(name, rows, start))  # as it comes: the next may take an hour
            if json_file:
                text = json.dumps(_figures(rows, start), indent=1) + "\n"
                Path(json_file).write_text(text, "utf-8")
    largest = rows[max(rows)]
    console.print(f"where the workers' time goes: {shares(largest.first)}", highlight=False)
    for about, value, formula in _million(largest, start):
        console.print(f"a million: {about} {value}  = {formula}", highlight=False)


def _graded(name: str, size: int, scratch: Path) -> Size:
    """Make a class up, grade it twice, and take it away."""
    assignment = into_course(Course(ROOT).assignment(name), scratch / str(size))
    begun = time.perf_counter()
    simulate(assignment, size)
    made = time.perf_counter() - begun
    first, again = ours(assignment, size), ours(assignment, size)
    root = assignment.course.root
    disk = _disk(root / "autograded") + (root / "gradebook.db").stat().st_blocks * 512
    shutil.rmtree(root)
    return Size(made, first, again, disk)


def _disk(folder: Path) -> int:
    return sum(
        os.lstat(Path(base, name)).st_blocks * 512
        for base, _, names in os.walk(folder)
        for name in names
    )


def _each(size: Size, start: Cost) -> tuple[float, float]:
    """Wall and CPU seconds of a further submission."""
    further = size.first.less(start)
    return further.wall / further.submissions, further.cpu / further.submissions


def _flat(rows: dict[int, Size], start: Cost) -> dict[str, float]:
    """The largest over the smallest, of all sizes; times also as multiples of the fixed loop's."""
    values = []
    for size in rows.values():
        (wall, cpu), loop = _each(size, start), size.first.loop
        values.append((wall, cpu, wall / loop, cpu / loop, size.first.usual, size.first.memory))
    told = "wall", "cpu", "wall by the loop", "cpu by the loop", "usual memory", "largest memory"
    return {
        what: max(column) / min(column)
        for what, column in zip(told, zip(*values, strict=True), strict=True)
    }


def _million(size: Size, start: Cost) -> list[tuple[str, str, str]]:
    """What a million would cost: what, how much, and the formula."""
    _, cpu = _each(size, start)
    disk = size.disk / size.first.submissions
    again = size.again.wall / size.again.submissions
    return [
        ("core-hours", f"{_MILLION * cpu / 3600:.0f}", f"1,000,000 x {cpu:.3f} CPU s / 3,600"),
        ("disk, GB", f"{_MILLION * disk / 1e9:.0f}", f"1,000,000 x {disk / 1e3:.0f} kB"),
        ("second run, minutes", f"{_MILLION * again / 60:.0f}", f"1,000,000 x {again:.4f} s / 60"),
    ]


def _figures(rows: dict[int, Size], start: Cost) -> dict[str, Any]:
    return {
        "start": asdict(start),
        "sizes": {size: asdict(row) for size, row in rows.items()},
        "flat": _flat(rows, start),
    }


def _table(name: str, rows: dict[int, Size], start: Cost) -> Table:
    table = Table(title=f"{name}: growth; a start costs {start.wall:.1f} s, {start.cpu:.1f} CPU s")
    for column in ("class", "made", "wall", "each", "CPU each", "fixed loop"):
        table.add_column(column, justify="right")
    for column in ("usual MB", "largest MB", "disk each"):
        table.add_column(column, justify="right")
    for column in ("again, wall", "again, CPU", "again, MB"):
        table.add_column(column, justify="right")
    for size, row in rows.items():
        wall, cpu = _each(row, start)
        table.add_row(
            f"{size}",
            f"{row.made:.0f} s",
            f"{row.first.wall:.0f} s",
            f"{wall:.3f} s",
            f"{cpu:.3f} s",
            f"{1e3 * row.first.loop:.1f} ms",
            f"{row.first.usual:.0f}",
            f"{row.first.memory:.0f}",
            f"{row.disk / size / 1e3:.0f} kB",
            f"{row.again.wall:.1f} s",
            f"{row.again.cpu:.1f} s",
            f"{row.again.memory:.0f}",
        )
    flat = ", ".join(f"{what} x{ratio:.2f}" for what, ratio in _flat(rows, start).items())
    table.caption = f"largest over smallest: {flat}"
    return table


if __name__ == "__main__":
    main()
