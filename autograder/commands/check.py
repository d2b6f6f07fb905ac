"""``autograder check``: whether assignments are ready for release, several at once if need be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from autograder.commands.console import err, out
from autograder.commands.engine_options import engine_options, load_options, warn_about_seed
from autograder.commands.exit_codes import FAULT, OK
from autograder.commands.options import assignments, course_option, names_argument, workers_option
from autograder.course.grading_options import EngineChoice, GradingOptions
from autograder.errors import RunnerError

if TYPE_CHECKING:
    from autograder.authoring.test_strength import Strength
    from autograder.course.layout import Assignment, Course


@dataclass(frozen=True)
class CheckedAssignment:
    """What was found in one assignment.

    Attributes:
        name: The assignment's.
        findings: Its faults, in sentences.
        strength: How many wrong solutions its tests reject.
    """

    name: str
    findings: list[str]
    strength: Strength


@click.command()
@names_argument
@workers_option
@engine_options
@course_option
def check(
    names: tuple[str, ...], workers: int | None, course: Course, **engine: str | None
) -> None:
    """Check solutions, tests, mistakes and samples before release."""
    from autograder.batch.process_pool import core_count
    from autograder.reports.test_strength_table import strength_table

    wanted = assignments(course, names)
    choice, options = load_options(course, engine)
    warn_about_seed(course, options.seed)
    workers = min(workers or core_count(), len(wanted))
    if workers > 1:
        results = check_in_parallel(wanted, choice, options, workers)
    else:
        results = _check_in_turn(wanted, choice, options)
    checked: dict[str, CheckedAssignment] = {}
    order = [assignment.name for assignment in wanted]
    for result in results:
        checked[result.name] = result
        for finding in result.findings:
            out.print(f"[red]✗[/] {result.name}: {escape(finding)}", highlight=False)
        if not result.findings:
            out.print(f"[green]✓[/] {result.name}: nothing found")
    out.print(strength_table({name: checked[name].strength for name in order}))
    sys.exit(FAULT if any(result.findings for result in checked.values()) else OK)


def _check_in_turn(
    wanted: list[Assignment], choice: EngineChoice, options: GradingOptions
) -> Iterator[CheckedAssignment]:
    """Check in this process, and show each step."""
    for assignment in wanted:
        with err.status(assignment.name) as status:
            yield _check(
                assignment,
                choice,
                options,
                lambda step, name=assignment.name: status.update(f"{name}: {step}"),  # type: ignore[misc]
            )


def check_in_parallel(
    wanted: list[Assignment], choice: EngineChoice, options: GradingOptions, workers: int
) -> Iterator[CheckedAssignment]:
    """Check in worker processes; results come in the order in which they are ready.

    Raises:
        RunnerError: If a worker process is killed.
    """
    from autograder.batch.process_pool import LocalProcessPool

    # The largest first: the run should not wait for a long one that started last.
    remaining = sorted(wanted, key=mistake_bank_size, reverse=True)
    with LocalProcessPool(workers, choice) as pool, err.status("") as status:
        pending = {
            pool.submit(_check, assignment, choice, options): assignment for assignment in remaining
        }
        while pending:
            running = ", ".join(assignment.name for assignment in remaining[:workers])
            status.update(f"{running}: {len(wanted) - len(remaining)} of {len(wanted)} done")
            ready, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in ready:
                assignment = pending.pop(future)
                remaining.remove(assignment)
                try:
                    yield future.result()
                except BrokenExecutor as error:
                    raise RunnerError(
                        f"The process that checked {assignment.name} was killed. Check whether "
                        "this machine has enough memory, or run with --workers 1."
                    ) from error


def mistake_bank_size(assignment: Assignment) -> int:
    """The size of an assignment's mistake bank, in bytes: roughly how long a check takes."""
    from autograder.diagnosis.mistakes import FILE as MISTAKES

    path = assignment.folder / MISTAKES
    return path.stat().st_size if path.is_file() else 0


def _check(
    assignment: Assignment,
    choice: EngineChoice,
    options: GradingOptions,
    progress: Callable[[str], None] = lambda _: None,
) -> CheckedAssignment:
    from autograder.authoring.check import check as find_faults
    from autograder.authoring.test_strength import Strength
    from autograder.runners.selection import shared_runner

    strength = Strength()
    findings = find_faults(assignment, shared_runner(choice), options, progress, strength)
    return CheckedAssignment(assignment.name, findings, strength)
