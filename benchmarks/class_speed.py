"""What grading a class costs: `autograder grade` and plain nbgrader, side by side in one run.

Run it with ``make bench-class``. A simulated class is handed in; each row grades it in a process of
its own and is told in wall time, CPU time of the whole process tree, and the largest memory that
the tree had (see ``benchmarks.measure``). Plain nbgrader grades a few submissions and is
extrapolated, which the table says. Wall time is only worth something on an idle machine; how cost
grows with the class is measured by ``benchmarks.growth``.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from autograder.authoring.simulate import into_course, simulate
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import is_experiment, read_notebook, write_notebook
from benchmarks.measure import Cost, measured, ours, script, shares

ROOT = Path(__file__).parents[1]
# A plain nbgrader's course: nothing of ours in its pipeline.
_PLAIN = """
c = get_config()
c.CourseDirectory.course_id = "deep-foundations"
c.Execute.timeout = 600
"""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--students", default=200, show_default=True)
@click.option("--slow", default=3, show_default=True, help="How many by plain nbgrader.")
@click.option("--json", "json_file", metavar="FILE", help="Write the figures there, too.")
def main(names: tuple[str, ...], students: int, slow: int, json_file: str | None) -> None:
    """Measure what grading a class costs, for all assignments if none is named."""
    figures: dict[str, dict[str, object]] = {}
    for name in names or Course(ROOT).names():
        with tempfile.TemporaryDirectory(prefix="autograder-bench-") as scratch:
            rows = _side_by_side(name, students, slow, Path(scratch))
            Console(width=110).print(_table(name, rows, students))
        figures[name] = {about: asdict(cost) for about, cost in rows.items()}
        if json_file:  # each as it comes: the next may take an hour
            Path(json_file).write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _class(name: str, students: int, folder: Path) -> Assignment:
    assignment = into_course(Course(ROOT).assignment(name), folder)
    simulate(assignment, students)
    return assignment


def _side_by_side(name: str, students: int, slow: int, scratch: Path) -> dict[str, Cost]:
    rows = {}
    for cut in (False, True):
        few = _class(name, 1 + slow, scratch / f"plain-{cut}")
        if cut:
            _cut(few)
        (few.course.root / "nbgrader_config.py").write_text(_PLAIN, "utf-8")
        _nbgrader(few, "generate_assignment", "--force")
        _set_aside(few, keep=1)
        first = _nbgrader(few, "autograde")
        _set_aside(few, back=True)
        about = "plain nbgrader" + (", training cells cut" if cut else "")
        # all of them anew: without --force it would pass over the one that it has graded
        rows[about] = _nbgrader(few, "autograde", "--force", count=1 + slow).less(
            Cost(1, first.wall, first.cpu, 0)
        )
    many = _class(name, students, scratch / "ours")
    rows["autograder grade"] = ours(many, students)
    rows["autograder grade, again"] = ours(many, students)
    return rows


def _cut(assignment: Assignment) -> None:
    """Take the cells that only train and plot out of every notebook."""
    root = assignment.course.root
    for path in (assignment.source, *root.glob(f"submitted/*/{assignment.name}/*.ipynb")):
        notebook = read_notebook(path).notebook
        notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
        write_notebook(notebook, path)


def _set_aside(assignment: Assignment, keep: int = 0, *, back: bool = False) -> None:
    here = assignment.course.submitted_dir
    there = here.with_name("aside")
    there.mkdir(exist_ok=True)
    for folder in sorted((there if back else here).iterdir())[keep:]:
        folder.rename((here if back else there) / folder.name)


def _nbgrader(assignment: Assignment, command: str, *more: str, count: int = 1) -> Cost:
    return measured([script("nbgrader"), command, assignment.name, *more], assignment, count)


def _table(name: str, rows: dict[str, Cost], students: int) -> Table:
    table = Table(title=f"{name}: what one submission costs")
    for column in ("", "graded", "wall", "CPU", f"wall of {students}", "memory", "throughput"):
        table.add_column(column, justify="left" if not column else "right")
    plain = rows["plain nbgrader"]
    for about, cost in rows.items():
        each = cost.wall / cost.submissions
        estimated = " (estimated)" if cost.submissions < students else ""
        ratio = plain.wall / plain.submissions / each
        table.add_row(
            about,
            f"{cost.submissions}",
            f"{each:.3f} s",
            f"{cost.cpu / cost.submissions:.3f} s",
            f"{each * students:.0f} s{estimated}",
            f"{cost.memory:.0f} MB",
            f"x{ratio:.1f}" if ratio < 10 else f"x{ratio:.0f}",
        )
    table.caption = "\n".join(
        f"where the workers' time goes: {shares(cost)}" for cost in rows.values() if cost.parts
    )
    return table


if __name__ == "__main__":
    main()
