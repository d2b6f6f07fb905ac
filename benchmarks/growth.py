"""How the cost of grading grows with the class: `python -m benchmarks.growth`.

Classes of several sizes are simulated, graded, and graded again unchanged. All notebooks differ in
their answers, words and saved figures, so that no grade can be used twice. The cost of an
additional submission is what a class costs beyond one with as many students as there are workers,
which includes the start. It should not depend on the size: time and memory should stay within 20 %.
At the end, the cost of a million submissions is estimated, each figure with its formula. Wall time
means something only on an idle machine.
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
from benchmarks.measure import Cost, measure_grade, time_shares

ROOT = Path(__file__).parents[1]
_MILLION = 1_000_000


@dataclass(frozen=True)
class ClassCosts:
    """What a class of one size has cost.

    Attributes:
        simulation: Seconds that it took to simulate the class.
        first: What it cost to grade it.
        again: What it cost to find that nothing has changed.
        disk: Bytes that ``autograded/`` and the gradebook take on the disk.
    """

    simulation: float
    first: Cost
    again: Cost
    disk: int


@click.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(min=10))
@click.option("--assignment", "name", default="regularization", show_default=True)
@click.option("--json", "json_file", metavar="FILE", help="Also write the figures there.")
@click.option(
    "--folder", metavar="DIR", help="Where to simulate the classes; default: a temporary folder."
)
def main(sizes: tuple[int, ...], name: str, json_file: str | None, folder: str | None) -> None:
    """Measure classes of these SIZES; by default of 100, 1,000 and 10,000."""
    console = Console(width=118)
    rows: dict[int, ClassCosts] = {}
    with tempfile.TemporaryDirectory(prefix="autograder-bench-", dir=folder) as scratch:
        # twice, as the very first start reads everything from disk
        _measure_class(name, core_count(), Path(scratch))
        start = _measure_class(name, core_count(), Path(scratch)).first
        for size in sizes or (100, 1_000, 10_000):
            rows[size] = _measure_class(name, size, Path(scratch))
            console.print(_table(name, rows, start))  # at once: the next may take an hour
            if json_file:
                text = json.dumps(_figures(rows, start), indent=1) + "\n"
                Path(json_file).write_text(text, "utf-8")
    largest = rows[max(rows)]
    console.print(f"where the workers' time goes: {time_shares(largest.first)}", highlight=False)
    for title, value, formula in _estimate_million(largest, start):
        console.print(f"a million: {title} {value}  = {formula}", highlight=False)


def _measure_class(name: str, size: int, scratch: Path) -> ClassCosts:
    """Simulate a class, grade it twice, and remove it."""
    assignment = into_course(Course(ROOT).assignment(name), scratch / str(size))
    start = time.perf_counter()
    simulate(assignment, size)
    simulation = time.perf_counter() - start
    first, again = measure_grade(assignment, size), measure_grade(assignment, size)
    root = assignment.course.root
    disk = _disk_usage(root / "autograded") + (root / "gradebook.db").stat().st_blocks * 512
    shutil.rmtree(root)
    return ClassCosts(simulation, first, again, disk)


def _disk_usage(folder: Path) -> int:
    return sum(
        os.lstat(Path(base, name)).st_blocks * 512
        for base, _, names in os.walk(folder)
        for name in names
    )


def _per_submission(costs: ClassCosts, start: Cost) -> tuple[float, float]:
    """Wall and CPU seconds of an additional submission."""
    additional = costs.first.minus(start)
    return additional.wall / additional.submissions, additional.cpu / additional.submissions


def _ratios(rows: dict[int, ClassCosts], start: Cost) -> dict[str, float]:
    """The largest over the smallest figure of all sizes; times also relative to the loop."""
    values = []
    for costs in rows.values():
        (wall, cpu), loop = _per_submission(costs, start), costs.first.loop
        values.append((wall, cpu, wall / loop, cpu / loop, costs.first.usual, costs.first.memory))
    titles = "wall", "cpu", "wall by the loop", "cpu by the loop", "usual memory", "largest memory"
    return {
        title: max(column) / min(column)
        for title, column in zip(titles, zip(*values, strict=True), strict=True)
    }


def _estimate_million(costs: ClassCosts, start: Cost) -> list[tuple[str, str, str]]:
    """What a million submissions would cost: title, value and formula of each figure."""
    _, cpu = _per_submission(costs, start)
    disk = costs.disk / costs.first.submissions
    again = costs.again.wall / costs.again.submissions
    return [
        ("core-hours", f"{_MILLION * cpu / 3600:.0f}", f"1,000,000 x {cpu:.3f} CPU s / 3,600"),
        ("disk, GB", f"{_MILLION * disk / 1e9:.0f}", f"1,000,000 x {disk / 1e3:.0f} kB"),
        ("second run, minutes", f"{_MILLION * again / 60:.0f}", f"1,000,000 x {again:.4f} s / 60"),
    ]


def _figures(rows: dict[int, ClassCosts], start: Cost) -> dict[str, Any]:
    return {
        "start": asdict(start),
        "sizes": {size: asdict(row) for size, row in rows.items()},
        "flat": _ratios(rows, start),
    }


def _table(name: str, rows: dict[int, ClassCosts], start: Cost) -> Table:
    table = Table(title=f"{name}: growth; a start costs {start.wall:.1f} s, {start.cpu:.1f} CPU s")
    for column in ("class", "made", "wall", "each", "CPU each", "fixed loop"):
        table.add_column(column, justify="right")
    for column in ("usual MB", "largest MB", "disk each"):
        table.add_column(column, justify="right")
    for column in ("again, wall", "again, CPU", "again, MB"):
        table.add_column(column, justify="right")
    for size, row in rows.items():
        wall, cpu = _per_submission(row, start)
        table.add_row(
            f"{size}",
            f"{row.simulation:.0f} s",
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
    ratios = ", ".join(f"{title} x{ratio:.2f}" for title, ratio in _ratios(rows, start).items())
    table.caption = f"largest over smallest: {ratios}"
    return table


if __name__ == "__main__":
    main()
