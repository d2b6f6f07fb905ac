"""What a run of grading did, as it is printed at the end: the grades, counts and times."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from autograder.batch.outcomes import START, SubmissionOutcome, SubmissionState
from autograder.commands.console import err, out
from autograder.files import atomic_replacement
from autograder.gradebook.moved_points import MovedPoints
from autograder.models import Grade, Status
from autograder.reports import json_report
from autograder.reports.table import class_table

# Of a larger class only figures are printed; its grades are in the gradebook and in --json.
_MOST_LISTED = 100
_MOST_NAMED = 10  # students whose points moved by the same check
# The parts of the time, as they are called in the output. Student code is measured in CPU time,
# the other parts in wall time.
_PARTS = {
    "student": "student code",
    "engine": "engine",
    "diagnosis": "diagnosis",
    "notebook": "notebook",
    START: "starting",
    "reading": "reading",
    "gradebook": "gradebook",
}


class RunSummary:
    """Counts what a run does, in memory that does not grow with the class.

    Attributes:
        states: How many submissions are in each state.
        verdicts: How many exercises have each verdict.
        slowest: Seconds and student of the three slowest submissions, the slowest last.
        parts: Seconds that each part of the work took, in all workers together.
        moved: Whose points have moved although the work is as it was.
    """

    def __init__(self) -> None:
        self.states: Counter[SubmissionState] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.slowest: list[tuple[float, str]] = []
        self.parts: dict[str, float] = {}
        self.moved: Sequence[MovedPoints] = ()
        self._start = time.perf_counter()
        self._end = self._start

    def watch(self, outcomes: Iterable[SubmissionOutcome]) -> Iterator[SubmissionOutcome]:
        """Pass outcomes on, and count them."""
        for outcome in outcomes:
            self.states[outcome.state] += 1
            for part, seconds in outcome.seconds.items():
                self.parts[part] = self.parts.get(part, 0.0) + seconds
            if outcome.seconds:
                spent = sum(outcome.seconds.values()) - outcome.seconds.get(START, 0.0)
                self.slowest = sorted([*self.slowest, (spent, outcome.student)])[-3:]
            yield outcome
        self._end = time.perf_counter()

    def count_verdicts(self, grades: Iterable[Grade]) -> Iterator[Grade]:
        """Pass grades on, and count their exercises by verdict."""
        for grade in grades:
            self.verdicts.update(cell.verdict.value for cell in grade.cells if cell.verdict)
            yield grade

    @property
    def failed(self) -> bool:
        """Whether a submission has no grade."""
        return self.states[SubmissionState.NOT_GRADED] > 0

    def lines(self) -> Iterator[str]:
        """The summary, line by line."""
        seconds = max(self._end - self._start, 1e-9)
        states = [f"{number} {state}" for state, number in sorted(self.states.items())]
        graded = self.states[SubmissionState.GRADED]
        rate = f", {graded / seconds:.1f}/s" if graded else ""
        yield f"{', '.join(states) or 'nothing to grade'} in {seconds:.1f} s{rate}"
        if self.verdicts:
            yield "exercises: " + ", ".join(
                f"{number} {verdict.replace('_', ' ')}"
                for verdict, number in self.verdicts.most_common()
            )
        yield from _moved_lines(self.moved)
        if graded >= _MOST_LISTED:
            yield "time of all workers: " + ", ".join(
                f"{name} {self.parts[part]:.1f} s"
                for part, name in _PARTS.items()
                if part in self.parts
            )
        if self.slowest and self.slowest[-1][0] >= 1:
            slowest = (f"{student} {spent:.1f} s" for spent, student in reversed(self.slowest))
            yield "slowest: " + ", ".join(slowest)


def _moved_lines(moved: Sequence[MovedPoints]) -> Iterator[str]:
    """Whose points have moved, a line for each check and number of points."""
    if not moved:
        return
    groups: dict[tuple[str, str, float], list[str]] = {}
    for one in moved:
        place = one.title or one.cell
        groups.setdefault((place, one.check, round(one.points, 2)), []).append(one.student)
    count = len({one.student for one in moved})
    who = "1 student" if count == 1 else f"{count} students"
    yield f"points have moved for {who} whose work has not changed:"
    for (place, check, points), students in sorted(groups.items()):
        named = ", ".join(sorted(students)[:_MOST_NAMED])
        more = f" and {len(students) - _MOST_NAMED} more" if len(students) > _MOST_NAMED else ""
        yield f"  {points:+g}  {place}{f', {check}' if check else ''}: {named}{more}"


def show_run(
    name: str,
    grades: Callable[..., Iterator[Grade]],
    count: int,
    summary: RunSummary,
    json_file: str | None = None,
    remarks: dict[str, str] | None = None,
) -> None:
    """Print the grades of a run and its summary; write the grades as JSON, if asked for.

    Args:
        name: The assignment's.
        grades: Gives all grades, by student, each time it is called. With ``brief=True`` the
            grades come without their checks.
        count: How many there are.
        summary: Of the run.
        json_file: Where the JSON goes; ``-`` is stdout, to which nothing else is then printed.
        remarks: By student: a remark for the table's last column.
    """
    json_to_stdout = json_file == "-"
    listed = count <= _MOST_LISTED and not json_to_stdout
    counted = summary.count_verdicts(grades(brief=not listed))
    console = err if json_to_stdout else out
    if json_to_stdout:
        for _ in counted:
            pass
    elif listed:
        console.print(class_table(list(counted), remarks), highlight=False)
    else:
        for grade in counted:
            if grade.status != Status.GRADED:
                console.print(f"{grade.student}: not graded. {grade.message}", markup=False)
    for line in summary.lines():
        console.print(f"{name}: {line}", style="dim", highlight=False, soft_wrap=True)
    if json_to_stdout:
        for part in json_report.iter_text(name, grades):
            click.echo(part, nl=False)
    elif json_file:
        with (
            atomic_replacement(Path(json_file)) as temporary,
            temporary.open("w", encoding="utf-8") as file,
        ):
            file.writelines(json_report.iter_text(name, grades))
