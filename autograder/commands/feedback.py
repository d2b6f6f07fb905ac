"""``autograder feedback``: the pages that students get back, for a whole class."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autograder.commands.console import err, out
from autograder.commands.exit_codes import NOT_GRADED, OK
from autograder.commands.options import (
    assignments,
    course_option,
    for_each_graded,
    names_argument,
    workers_option,
)

if TYPE_CHECKING:
    from autograder.course.layout import Assignment, Course


@click.command()
@names_argument
@click.option("--student", metavar="ID", default="*", help="Only this student.")
@workers_option
@click.option("--force", is_flag=True, help="Also make pages that are up to date.")
@course_option
def feedback(
    names: tuple[str, ...], student: str, workers: int | None, force: bool, course: Course
) -> None:
    """Make the feedback pages that are out of date."""
    failed = []

    def make(assignment: Assignment) -> None:
        name = assignment.name
        failed.append(make_feedback(course, name, student=student, force=force, workers=workers))

    for_each_graded(assignments(course, names), names, make)
    sys.exit(NOT_GRADED if any(failed) else OK)


def make_feedback(
    course: Course,
    name: str,
    *,
    student: str = "*",
    force: bool = False,
    workers: int | None = None,
    console: Console = out,
) -> bool:
    """Make one assignment's pages, with progress and a line at the end; whether any failed.

    Raises:
        CourseError: If nothing has been graded.
        StorageError: If pages cannot be written.
    """
    from autograder.commands.progress import track
    from autograder.nbgrader_ext.feedback import feedback_run

    start, failed = time.monotonic(), 0
    run = feedback_run(course, name, student=student, force=force, workers=workers)
    for outcome in track(run.run(), len(run.jobs), f"feedback on {name}"):
        if outcome.error:
            failed += 1
            err.print(f"{outcome.student}: {outcome.error}", style="red", markup=False)
    made, kept = len(run.jobs) - failed, len(run.students) - len(run.jobs)
    folder, pages = Path(course.root, "feedback"), "page" if made == 1 else "pages"
    console.print(
        f"{name}: {made} feedback {pages} made in {time.monotonic() - start:.1f} s, "
        f"{kept} were up to date, in {folder}",
        highlight=False, soft_wrap=True, markup=False,
    )  # fmt: skip
    return bool(failed)
