"""What grading one submission costs: plain nbgrader, ours, and the floor, side by side in one run.

Run it with ``make bench``. All rows grade the same submissions, the assignment's sample class as
often as it takes; each row is a process of its own, whose first submission pays for the start and
is not counted with the others. CPU time is that of the whole process tree. Wall time is only worth
something on an idle machine.

The floor is the student's functions, called bare on the inputs that our test cells gave them: no
notebook, no process, no check.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import click
import psutil
from msgspec import structs
from nbformat import NotebookNode
from rich.console import Console
from rich.table import Table

from autograder.authoring.examples import load_examples
from autograder.course.layout import CONFIG, Assignment, Course
from autograder.course.notebook import is_experiment, is_test, write_notebook
from benchmarks.measure import fixed_loop

ROOT = Path(__file__).parents[1]
Steps = Iterator[float | None]
_LONG = 10_000_000


@dataclass(frozen=True)
class Row:
    """One way to grade.

    Attributes:
        about: What it is.
        slow: Whether a few submissions must stand for all.
        training: Whether the training cells are still in the notebooks.
    """

    about: str
    slow: bool = False
    training: bool = True


ROWS = {
    "plain": Row("plain nbgrader autograde", slow=True),
    "plain_cut": Row("plain nbgrader, training cells cut", slow=True, training=False),
    "command": Row("ours: autograder grade, into the gradebook"),
    "engine": Row("ours: the engine alone, grade()"),
    "floor": Row("the floor: the functions, called bare"),
}


@dataclass(frozen=True)
class Cost:
    """What a row came to, in seconds: the start with the first submission, and each further one."""

    submissions: int
    start_wall: float
    start_cpu: float
    wall: float
    cpu: float


class Meter:
    """Wall and CPU time of this process and everything that it started, since the last look."""

    def __init__(self) -> None:
        self._last = self._now()

    def lap(self) -> tuple[float, float]:
        """Seconds since the last lap: wall, CPU."""
        before, self._last = self._last, self._now()
        return self._last[0] - before[0], self._last[1] - before[1]

    def _now(self) -> tuple[float, float]:
        me = psutil.Process()
        cpu = 0.0
        for process in (me, *me.children(recursive=True)):
            try:
                # those that have ended count with the parent that waited for them
                cpu += sum(process.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue
        return time.perf_counter(), cpu


@click.command()
@click.option("--assignment", "name", default="regularization", show_default=True)
@click.option("--submissions", default=20, show_default=True, help="How many to grade.")
@click.option("--slow", default=3, show_default=True, help="How many by plain nbgrader.")
@click.option("--only", multiple=True, type=click.Choice(list(ROWS)), help="Only these rows.")
@click.option("--json", "json_file", metavar="FILE", help="Write the figures there, too.")
def main(
    name: str, submissions: int, slow: int, only: tuple[str, ...], json_file: str | None
) -> None:
    """Measure what grading one submission costs."""
    costs: dict[str, Cost] = {}
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="autograder-bench-") as scratch:
        built = _build(name, Path(scratch, "built"))
        for kind, row in ROWS.items():
            if only and kind not in only:
                continue
            folder = Path(scratch, kind)
            shutil.copytree(built.course.root, folder)
            assignment = Course(folder).assignment(name)
            count = 1 + (min(slow, submissions) if row.slow else submissions)
            _hand_in(assignment, count, training=row.training)
            with console.status(f"{row.about}, {count} submissions"):
                costs[kind] = _measure(kind, assignment)
    Console(width=110).print(_table(name, costs, submissions))
    if json_file:
        figures = {kind: asdict(cost) for kind, cost in costs.items()}
        text = json.dumps({"assignment": name, "submissions": submissions, "rows": figures})
        Path(json_file).write_text(text + "\n", "utf-8")


def _build(name: str, folder: Path) -> Assignment:
    from autograder.authoring.build import build  # noqa: PLC0415  imports nbgrader with our plugins

    folder.mkdir()
    shutil.copy(ROOT / CONFIG, folder / CONFIG)
    shutil.copytree(ROOT / "assignments" / name, folder / "assignments" / name)
    assignment = Course(folder).assignment(name)
    build(assignment)
    return assignment


def _hand_in(assignment: Assignment, count: int, *, training: bool) -> None:
    # nbgrader itself does not find a notebook under another name
    examples = [example for example in load_examples(assignment) if not example.rename]
    for number, example in enumerate(islice(cycle(examples), count)):
        one = structs.replace(example, student=f"s{number:02}")
        path = one.write(assignment, assignment.course.submitted_dir)
        if not training:
            notebook = one.notebook(assignment)
            notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
            write_notebook(notebook, path)


def _measure(kind: str, assignment: Assignment) -> Cost:
    """Measure in a process of its own, where nothing is warm yet."""
    code = "from benchmarks.engine import work; import sys; work(*sys.argv[1:])"
    command = [sys.executable, "-c", code, kind, str(assignment.course.root), assignment.name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{kind} failed:\n{done.stderr[-3000:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def work(kind: str, folder: str, name: str) -> None:
    """In the process of one row: grade all submissions, print what it cost as JSON."""
    assignment = Course(Path(folder)).assignment(name)
    cost = _command(assignment) if kind == "command" else _steps(_STEPS[kind](assignment))
    print(json.dumps(asdict(cost)))


def _steps(steps: Steps) -> Cost:
    meter = Meter()
    next(steps)
    start_wall, start_cpu = meter.lap()
    count = 0
    own = [0.0, 0.0]
    for told in steps:
        count += 1
        if told:  # the floor counts its own seconds: the calls alone
            own = [own[0] + told, own[1] + told]
    wall, cpu = own if any(own) else meter.lap()
    return Cost(count, start_wall, start_cpu, wall / count, cpu / count)


def _command(assignment: Assignment) -> Cost:
    """The command on one submission, and again once all others are handed in."""
    handed_in = assignment.course.submitted_dir
    late = handed_in.with_name("late")
    late.mkdir()
    others = sorted(handed_in.iterdir())[1:]
    for folder in others:
        folder.rename(late / folder.name)
    meter = Meter()
    _grade(assignment)
    start_wall, start_cpu = meter.lap()
    for folder in others:
        (late / folder.name).rename(folder)
    meter.lap()
    _grade(assignment)
    wall, cpu = meter.lap()
    count = len(others)
    return Cost(
        count, start_wall, start_cpu, (wall - start_wall) / count, (cpu - start_cpu) / count
    )


def _grade(assignment: Assignment) -> None:
    command = [sys.executable, "-c", "from autograder.cli import main; main()"]
    command += ["grade", assignment.name, "--workers", "1"]
    course = assignment.course.root
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=course, env=environment, check=True, stdout=subprocess.DEVNULL)


# Each of these grades a submission a step; a step may say how many seconds of its time count.


def _plain(assignment: Assignment) -> Steps:
    """By nbgrader as it comes: nothing of ours is imported into its pipeline."""
    from nbgrader.apps import NbGraderAPI  # noqa: PLC0415
    from nbgrader.coursedir import CourseDirectory  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    assert "autograder.nbgrader_ext.config" not in sys.modules
    config = Config()
    config.CourseDirectory.root = str(assignment.course.root)
    config.CourseDirectory.course_id = "deep-foundations"
    config.Execute.timeout = 600  # a busy machine must not cut a training cell short
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    api.log = logging.getLogger("bench")
    api.log.setLevel(logging.CRITICAL)
    for submission in assignment.submissions():
        result = api.autograde(assignment.name, submission.student, force=True)
        if not result["success"]:
            raise RuntimeError(str(result))
        yield None


def _engine(assignment: Assignment) -> Steps:
    from autograder.course.grading_options import GradingOptions  # noqa: PLC0415
    from autograder.grading.grade import grade  # noqa: PLC0415
    from autograder.runners.jailed import JailedRunner  # noqa: PLC0415

    with JailedRunner() as runner:
        for submission in assignment.submissions():
            made = grade(submission, runner, GradingOptions(seed="bench")).grade
            assert made.status == "graded", made.message
            yield None


def _floor(assignment: Assignment) -> Steps:
    import matplotlib as mpl  # noqa: PLC0415

    from autograder.course.grading_options import GradingOptions  # noqa: PLC0415
    from autograder.engine.protocol import random_state  # noqa: PLC0415
    from autograder.grading.grade import grade  # noqa: PLC0415
    from autograder.runners.jailed import JailedRunner  # noqa: PLC0415

    mpl.use("agg")
    with JailedRunner() as runner:
        for submission in assignment.submissions():
            graded = grade(submission, runner, GradingOptions(seed="bench"))
            assert graded.notebook is not None
            functions = _namespace(graded.notebook)
            seconds = 0.0
            for call in (call for calls in graded.run.calls.values() for call in calls):
                arguments, keywords = call.arguments()
                random_state.restore(call.random_state)
                seconds += _time(functions[call.function], arguments, keywords)
            yield seconds


def _namespace(notebook: NotebookNode) -> dict[str, Any]:
    """What the student's own cells define, without the shell around them."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or is_test(cell) or is_experiment(cell):
            continue
        lines = (line for line in cell.source.split("\n") if not line.lstrip().startswith("%"))
        try:
            exec("\n".join(lines), names)  # noqa: S102  the sample class
        except Exception:  # noqa: BLE001, S112  a mistake of the class's: in a notebook, too, the next cell runs
            continue
    return names


def _time(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> float:
    begun = time.process_time()
    with contextlib.suppress(Exception):  # as above
        function(*args, **keywords)
    return time.process_time() - begun


_STEPS: dict[str, Callable[[Assignment], Steps]] = {
    "plain": _plain,
    "plain_cut": _plain,
    "engine": _engine,
    "floor": _floor,
}


def _table(name: str, costs: dict[str, Cost], submissions: int) -> Table:
    few = sorted({cost.submissions for cost in costs.values() if cost.submissions < submissions})
    caption = "CPU: the whole process tree. Start: until the first submission is graded."
    caption += f" A fixed loop took {fixed_loop(_LONG):.2f} s of CPU just now: compare runs by it."
    if few:
        caption += f" *: extrapolated from {few[0]} of the {submissions} submissions."
    table = Table(title=f"{name}, seconds a submission", caption=caption)
    table.add_column("")
    for title in ("wall", "CPU", "CPU over the floor", "CPU, ours = 1", "CPU, start"):
        table.add_column(title, justify="right")
    floor = costs["floor"].cpu if "floor" in costs else None
    ours = costs["command"].cpu if "command" in costs else None
    for kind, cost in costs.items():
        star = "*" if cost.submissions < submissions else ""
        table.add_row(
            ROWS[kind].about + star,
            f"{cost.wall:.3f}",
            f"{cost.cpu:.3f}",
            "" if floor is None or kind == "floor" else f"{cost.cpu - floor:.3f}",
            f"{cost.cpu / ours:.3g}" if ours else "",
            "" if kind == "floor" else f"{cost.start_cpu:.2f}",
        )
    return table


if __name__ == "__main__":
    main()
