"""What grading a class costs with `autograder grade` and with plain nbgrader.

Run it with ``make bench-class``. Each row of the table grades a simulated class with one command,
and gives its wall time, and the CPU time and largest memory of its process tree (see
``benchmarks.measure``). Plain nbgrader grades only a few submissions; its other figures are
extrapolated, as the table says. Wall time means something only on an idle machine.
``benchmarks.growth`` measures how the cost grows with the class.
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
from benchmarks.measure import Cost, measure, measure_grade, script, time_shares

ROOT = Path(__file__).parents[1]
# The config of a course without anything of ours.
_PLAIN_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "deep-foundations"
c.Execute.timeout = 600
"""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--students", default=200, show_default=True)
@click.option(
    "--slow", default=3, show_default=True, help="How many submissions plain nbgrader grades."
)
@click.option("--json", "json_file", metavar="FILE", help="Also write the figures there.")
def main(names: tuple[str, ...], students: int, slow: int, json_file: str | None) -> None:
    """Measure what grading a class costs, for the named assignments or for all."""
    figures: dict[str, dict[str, object]] = {}
    for name in names or Course(ROOT).names():
        with tempfile.TemporaryDirectory(prefix="autograder-bench-") as scratch:
            rows = _measure_commands(name, students, slow, Path(scratch))
            Console(width=110).print(_table(name, rows, students))
        figures[name] = {command: asdict(cost) for command, cost in rows.items()}
        if json_file:  # at once, for the next assignment may take an hour
            Path(json_file).write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _make_class(name: str, students: int, folder: Path) -> Assignment:
    assignment = into_course(Course(ROOT).assignment(name), folder)
    simulate(assignment, students)
    return assignment


def _measure_commands(name: str, students: int, slow: int, scratch: Path) -> dict[str, Cost]:
    rows = {}
    for without_experiments in (False, True):
        few = _make_class(name, 1 + slow, scratch / f"plain-{without_experiments}")
        if without_experiments:
            _remove_experiments(few)
        (few.course.root / "nbgrader_config.py").write_text(_PLAIN_CONFIG, "utf-8")
        _nbgrader(few, "generate_assignment", "--force")
        _move_submissions_away(few, keep=1)
        first = _nbgrader(few, "autograde")
        _move_submissions_back(few)
        title = "plain nbgrader" + (", no training cells" if without_experiments else "")
        # with --force, as it would otherwise skip the one that it has graded
        rows[title] = _nbgrader(few, "autograde", "--force", count=1 + slow).minus(
            Cost(1, first.wall, first.cpu, 0)
        )
    many = _make_class(name, students, scratch / "ours")
    rows["autograder grade"] = measure_grade(many, students)
    rows["autograder grade, again"] = measure_grade(many, students)
    return rows


def _remove_experiments(assignment: Assignment) -> None:
    """Remove the cells that only train and plot from every notebook."""
    root = assignment.course.root
    for path in (assignment.source, *root.glob(f"submitted/*/{assignment.name}/*.ipynb")):
        notebook = read_notebook(path).notebook
        notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
        write_notebook(notebook, path)


def _move_submissions_away(assignment: Assignment, *, keep: int) -> None:
    submitted = assignment.course.submitted_dir
    aside = submitted.with_name("aside")
    aside.mkdir()
    for folder in sorted(submitted.iterdir())[keep:]:
        folder.rename(aside / folder.name)


def _move_submissions_back(assignment: Assignment) -> None:
    submitted = assignment.course.submitted_dir
    for folder in submitted.with_name("aside").iterdir():
        folder.rename(submitted / folder.name)


def _nbgrader(assignment: Assignment, command: str, *options: str, count: int = 1) -> Cost:
    return measure([script("nbgrader"), command, assignment.name, *options], assignment, count)


def _table(name: str, rows: dict[str, Cost], students: int) -> Table:
    table = Table(title=f"{name}: what one submission costs")
    for column in ("", "graded", "wall", "CPU", f"wall of {students}", "memory", "throughput"):
        table.add_column(column, justify="left" if not column else "right")
    plain = rows["plain nbgrader"]
    for title, cost in rows.items():
        each = cost.wall / cost.submissions
        estimated = " (estimated)" if cost.submissions < students else ""
        ratio = plain.wall / plain.submissions / each
        table.add_row(
            title,
            f"{cost.submissions}",
            f"{each:.3f} s",
            f"{cost.cpu / cost.submissions:.3f} s",
            f"{each * students:.0f} s{estimated}",
            f"{cost.memory:.0f} MB",
            f"x{ratio:.1f}" if ratio < 10 else f"x{ratio:.0f}",
        )
    table.caption = "\n".join(
        f"where the workers' time goes: {time_shares(cost)}" for cost in rows.values() if cost.parts
    )
    return table


if __name__ == "__main__":
    main()
