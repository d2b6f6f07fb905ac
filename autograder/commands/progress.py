"""How far a run over a class is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

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

from autograder.commands.console import err

Outcome = TypeVar("Outcome")
_SECONDS_BETWEEN_LINES = 10.0


class _RateColumn(ProgressColumn):
    """Submissions per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")


def track(
    outcomes: Iterable[Outcome], total: int, title: str, console: Console = err
) -> Iterator[Outcome]:
    """Pass outcomes on as they come, and show how many of ``total`` there were."""
    if console.is_terminal:
        columns = (
            TextColumn(title),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            yield from bar.track(outcomes, total=total)
        return
    last_line = time.monotonic()
    first_outcome: float | None = None
    for count, outcome in enumerate(outcomes, start=1):
        yield outcome
        now = time.monotonic()
        if first_outcome is None:  # the rate is measured from here: before, workers were starting
            first_outcome = now
        if now - last_line >= _SECONDS_BETWEEN_LINES:
            last_line, speed = now, ""
            if count > 1:
                rate = (count - 1) / (now - first_outcome)
                speed = f", {rate:.1f}/s, {(total - count) / rate:.0f} s left"
            console.print(f"{title}: {count} of {total}{speed}", highlight=False)
