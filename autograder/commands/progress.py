"""What a run of grading shows: how far it is, and at its end what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.batch.outcomes import SubmissionOutcome, SubmissionState
from autograder.batch.worker import START
from autograder.commands.options import err, out
from autograder.files import atomic_replacement
from autograder.models import Grade, Status
from autograder.reports import json_report, table

# A larger class is told in figures; its grades are in the gradebook and in --json.
_SHOWN = 100
_LINE_EVERY = 10.0
# Parts of the time, as they are told. Student's code is CPU time, the others are by the clock.
_PARTS = {
    "student": "student's code",
    "engine": "engine",
    "naming": "naming",
    "notebook": "notebook",
    START: "getting ready",
    "reading": "reading",
    "gradebook": "gradebook",
}


class _Rate(ProgressColumn):
    """Submissions a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")


def progress(
    items: Iterable[SubmissionOutcome], total: int, title: str, console: Console = err
) -> Iterator[SubmissionOutcome]:
    """A bar on a terminal; elsewhere a plain line now and then."""
    if console.is_terminal:
        columns = (
            TextColumn(title),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            yield from bar.track(items, total=total)
        return
    last = time.monotonic()
    first: float | None = None
    for count, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if first is None:  # from here on: until then the workers got ready
            first = now
        if now - last >= _LINE_EVERY:
            last, speed = now, ""
            if count > 1:
                rate = (count - 1) / (now - first)
                speed = f", {rate:.1f}/s, {(total - count) / rate:.0f} s left"
            console.print(f"{title}: {count} of {total}{speed}", highlight=False)


class Summary:
    """Counts what a run did, in memory that does not grow with the class."""

    def __init__(self) -> None:
        self.states: Counter[SubmissionState] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.slowest: list[tuple[float, str]] = []
        self.parts: dict[str, float] = {}
        self._begun = time.perf_counter()
        self._end = self._begun

    def watch(self, outcomes: Iterable[SubmissionOutcome]) -> Iterator[SubmissionOutcome]:
        """Count what passes."""
        for one in outcomes:
            self.states[one.state] += 1
            for part, seconds in one.seconds.items():
                self.parts[part] = self.parts.get(part, 0.0) + seconds
            if one.seconds:
                spent = sum(one.seconds.values()) - one.seconds.get(START, 0.0)
                self.slowest = sorted([*self.slowest, (spent, one.student)])[-3:]
            yield one
        self._end = time.perf_counter()

    def count(self, grades: Iterable[Grade]) -> Iterator[Grade]:
        """Count what passes, by verdict."""
        for one in grades:
            self.verdicts.update(cell.verdict.value for cell in one.cells if cell.verdict)
            yield one

    @property
    def failed(self) -> bool:
        """Whether a submission has no grade."""
        return self.states[SubmissionState.NOT_GRADED] > 0

    def lines(self) -> Iterator[str]:
        """What is told at the end."""
        seconds = max(self._end - self._begun, 1e-9)
        parts = [f"{number} {state}" for state, number in sorted(self.states.items())]
        done = self.states[SubmissionState.GRADED]
        rate = f", {done / seconds:.1f}/s" if done else ""
        yield f"{', '.join(parts) or 'nothing to grade'} in {seconds:.1f} s{rate}"
        if self.verdicts:
            yield "exercises: " + ", ".join(
                f"{number} {verdict.replace('_', ' ')}"
                for verdict, number in self.verdicts.most_common()
            )
        if done >= _SHOWN:
            yield "time of all workers: " + ", ".join(
                f"{what} {self.parts[part]:.1f} s"
                for part, what in _PARTS.items()
                if part in self.parts
            )
        if self.slowest and self.slowest[-1][0] >= 1:
            told = (f"{student} {seconds:.1f} s" for seconds, student in reversed(self.slowest))
            yield "slowest: " + ", ".join(told)


def show(
    name: str,
    grades: Callable[..., Iterator[Grade]],
    number: int,
    summary: Summary,
    json_file: str | None = None,
    remarks: dict[str, str] | None = None,
) -> None:
    """Print (or write) the grades, and what the run did.

    Args:
        name: The assignment's.
        grades: Gives all grades, by student; again each time. With ``brief``, without their checks.
        number: How many there are.
        summary: Of the run.
        json_file: Where the JSON goes; ``-`` is stdout, which then gets nothing else.
        remarks: By student: something to say in a last column.
    """
    listed = number <= _SHOWN and json_file != "-"
    counted = summary.count(grades(brief=not listed))
    console = err if json_file == "-" else out
    if json_file == "-":
        for _ in counted:
            pass
    elif listed:
        console.print(table.class_table(list(counted), remarks), highlight=False)
    else:
        for one in counted:
            if one.status != Status.GRADED:
                console.print(f"{one.student}: not graded. {one.message}", markup=False)
    for line in summary.lines():
        console.print(f"{name}: {line}", style="dim", highlight=False, soft_wrap=True)
    if json_file == "-":
        for piece in json_report.pieces(name, grades):
            click.echo(piece, nl=False)
    elif json_file:
        with (
            atomic_replacement(Path(json_file)) as temporary,
            temporary.open("w", encoding="utf-8") as file,
        ):
            file.writelines(json_report.pieces(name, grades))
