"""``autograder check``: what an author asks before a release, of several assignments at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from autograder.commands.options import (
    FAULT,
    OK,
    assignments,
    configured,
    course_option,
    engine_options,
    err,
    names_argument,
    out,
    workers_option,
)
from autograder.course.layout import Assignment, Course
from autograder.diagnosis.mistakes import FILE as MISTAKES
from autograder.errors import RunnerError

if TYPE_CHECKING:
    from autograder.authoring.test_strength import Strength
    from autograder.course.grading_options import EngineChoice, GradingOptions


@dataclass(frozen=True)
class Checked:
    """What came of one assignment."""

    name: str
    findings: list[str]
    proof: Strength


@click.command()
@names_argument
@workers_option
@engine_options
@course_option
def check(
    names: tuple[str, ...], workers: int | None, course: Course, **settings: str | None
) -> None:
    """Look an assignment over as its author: solution, release, tests, samples."""
    from autograder.batch.process_pool import core_count  # noqa: PLC0415
    from autograder.reports.test_strength_table import strength_table  # noqa: PLC0415

    wanted = assignments(course, names)
    choice, options = configured(course, settings)
    hands = min(workers or core_count(), len(wanted))
    if hands > 1:
        each = side_by_side(wanted, choice, options, hands)
    else:
        each = _one_by_one(wanted, choice, options)
    done: dict[str, Checked] = {}
    for one in each:
        done[one.name] = one
        for finding in one.findings:
            out.print(f"[red]✗[/] {one.name}: {escape(finding)}", highlight=False)
        if not one.findings:
            out.print(f"[green]✓[/] {one.name}: nothing found")
    out.print(strength_table({one.name: done[one.name].proof for one in wanted}))
    sys.exit(FAULT if any(one.findings for one in done.values()) else OK)


def _one_by_one(
    wanted: list[Assignment], choice: EngineChoice, options: GradingOptions
) -> Iterator[Checked]:
    """In this process, which tells each step."""
    for assignment in wanted:
        with err.status(assignment.name) as status:
            yield _check(
                assignment,
                choice,
                options,
                lambda step, name=assignment.name: status.update(f"{name}: {step}"),  # type: ignore[misc]
            )


def side_by_side(
    wanted: list[Assignment], choice: EngineChoice, options: GradingOptions, workers: int
) -> Iterator[Checked]:
    """In processes of their own, in the order in which they end.

    Raises:
        RunnerError: If such a process is killed.
    """
    from autograder.batch.process_pool import LocalProcessPool  # noqa: PLC0415

    # The long ones must not be the last ones, for which everybody waits.
    left = sorted(wanted, key=tried, reverse=True)
    with LocalProcessPool(workers, choice) as pool, err.status("") as status:
        under_way = {pool.submit(_check, one, choice, options): one for one in left}
        while under_way:
            now = ", ".join(one.name for one in left[:workers])
            status.update(f"{now}: {len(wanted) - len(left)} of {len(wanted)} done")
            ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ready:
                assignment = under_way.pop(future)
                left.remove(assignment)
                try:
                    yield future.result()
                except BrokenExecutor as error:
                    raise RunnerError(
                        f"The process that checked {assignment.name} was ended. Look at the "
                        "memory of this machine, and check one after the other with --workers 1."
                    ) from error


def tried(assignment: Assignment) -> int:
    """How long the list of mistakes is that will be tried, roughly."""
    path = assignment.folder / MISTAKES
    return path.stat().st_size if path.is_file() else 0


def _check(
    assignment: Assignment,
    choice: EngineChoice,
    options: GradingOptions,
    tell: Callable[[str], None] = lambda _: None,
) -> Checked:
    from autograder.authoring.check import check as check_one  # noqa: PLC0415
    from autograder.authoring.test_strength import Strength  # noqa: PLC0415
    from autograder.runners.selection import shared_runner  # noqa: PLC0415

    proof = Strength()
    findings = check_one(assignment, shared_runner(choice), options, tell, proof)
    return Checked(assignment.name, findings, proof)
