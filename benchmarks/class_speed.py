"""What grading a class costs: `autograder grade` and plain nbgrader, side by side in one run.

Run it with ``make bench-class``. A simulated class is handed in; each row grades it in a process of
its own and is told in wall time, CPU time of the whole process tree, and the largest memory that
the tree had (PSS, so that shared pages count once). Plain nbgrader grades a few submissions and is
extrapolated, which the table says. ``--growth`` measures classes of several sizes, and a second
run over the unchanged class. Wall time is only worth something on an idle machine.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.table import Table

from autograder.course import Assignment, Course
from autograder.notebook import is_experiment, read_notebook, write_notebook
from autograder.simulate import into_course, simulate

ROOT = Path(__file__).parents[1]
_LOOK_EVERY = 0.5
# A plain nbgrader's course: nothing of ours in its pipeline.
_PLAIN = """
c = get_config()
c.CourseDirectory.course_id = "deep-foundations"
c.Execute.timeout = 600
"""


@dataclass(frozen=True)
class Cost:
    """What a command came to: seconds, and the largest memory of its process tree in MB."""

    submissions: int
    wall: float
    cpu: float
    memory: float
    told: str = ""

    def less(self, start: Cost) -> Cost:
        """Without what a run over fewer submissions cost: the price of each further one."""
        return Cost(
            self.submissions - start.submissions,
            self.wall - start.wall,
            self.cpu - start.cpu,
            self.memory,
        )


@click.command()
@click.argument("names", nargs=-1)
@click.option("--students", default=200, show_default=True)
@click.option("--slow", default=3, show_default=True, help="How many by plain nbgrader.")
@click.option("--growth", "sizes", multiple=True, type=int, help="Classes of these sizes instead.")
@click.option("--json", "json_file", metavar="FILE", help="Write the figures there, too.")
def main(
    names: tuple[str, ...], students: int, slow: int, sizes: tuple[int, ...], json_file: str | None
) -> None:
    """Measure what grading a class costs."""
    figures: dict[str, dict[str, object]] = {}
    for name in names or ("regularization",):
        with tempfile.TemporaryDirectory(prefix="autograder-bench-") as scratch:
            rows = (
                _growth(name, sizes, Path(scratch))
                if sizes
                else _side_by_side(name, students, slow, Path(scratch))
            )
            Console(width=110).print(_table(name, rows, students))
        figures[name] = {about: asdict(cost) for about, cost in rows.items()}
    if json_file:
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
        rows[about] = _nbgrader(few, "autograde", count=1 + slow).less(
            Cost(1, first.wall, first.cpu, 0)
        )
    ours = _class(name, students, scratch / "ours")
    rows["autograder grade"] = _ours(ours, students)
    rows["autograder grade, again"] = _ours(ours, students)
    return rows


def _growth(name: str, sizes: tuple[int, ...], scratch: Path) -> dict[str, Cost]:
    rows = {}
    for size in sizes:
        assignment = _class(name, size, scratch / str(size))
        rows[f"{size}"] = _ours(assignment, size)
        rows[f"{size}, again"] = _ours(assignment, size)
        shutil.rmtree(assignment.course.root)
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
    return _measured([_script("nbgrader"), command, assignment.name, *more], assignment, count)


def _ours(assignment: Assignment, count: int) -> Cost:
    return _measured([_script("autograder"), "grade", assignment.name], assignment, count)


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _measured(command: list[str], assignment: Assignment, count: int) -> Cost:
    """Run a command in the course."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=assignment.course.root,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        with _largest(process.pid) as memory:
            out, _ = process.communicate()
        wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}.")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = [line.split(": ", 1)[1] for line in out.splitlines() if "time of all" in line]
    return Cost(count, wall, cpu, memory[0] / 2**20, told[0] if told else "")


@contextmanager
def _largest(pid: int) -> Iterator[list[float]]:
    """The largest memory of a process tree while the block runs, looked at now and then."""
    largest, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_EVERY):
            try:
                tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            except psutil.Error:
                return
            largest[0] = max(largest[0], sum(map(_pss, tree)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield largest
    finally:
        over.set()
        thread.join()


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def _table(name: str, rows: dict[str, Cost], students: int) -> Table:
    table = Table(title=f"{name}: what one submission costs")
    for column in ("", "graded", "wall", "CPU", f"wall of {students}", "memory", "throughput"):
        table.add_column(column, justify="left" if not column else "right")
    plain = rows.get("plain nbgrader")
    for about, cost in rows.items():
        each = cost.wall / cost.submissions
        estimated = " (estimated)" if cost.submissions < students and plain else ""
        ratio = plain.wall / plain.submissions / each if plain else 0.0
        table.add_row(
            about,
            f"{cost.submissions}",
            f"{each:.3f} s",
            f"{cost.cpu / cost.submissions:.3f} s",
            f"{each * students:.0f} s{estimated}" if plain else f"{cost.wall:.1f} s in all",
            f"{cost.memory:.0f} MB",
            f"x{ratio:.0f}" if ratio else f"{1 / each:.1f}/s",
        )
    told = [f"{about}: {cost.told}" for about, cost in rows.items() if cost.told]
    table.caption = "\n".join(told)
    return table


if __name__ == "__main__":
    main()
