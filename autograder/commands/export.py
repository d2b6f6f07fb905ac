"""``autograder export``: scores as CSV, for another system to import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import err
from autograder.commands.options import assignments, course_option, names_argument
from autograder.errors import CourseError
from autograder.files import write_text
from autograder.reports.score_csv import DEFAULT_LAYOUT, LAYOUTS, list_layouts

if TYPE_CHECKING:
    from autograder.course.layout import Course
    from autograder.reports.score_csv import Column


@click.command()
@names_argument
@click.option(
    "--format",
    "layout",
    type=click.Choice(list(LAYOUTS)),
    default=DEFAULT_LAYOUT,
    show_default=True,
    help=f"Which columns to write: {list_layouts()}.",
)
@click.option("--output", metavar="FILE", help="Write to FILE instead of stdout.")
@click.option("--column", metavar="TITLE", help="The assignment's name in the other system.")
@course_option
def export(
    names: tuple[str, ...], layout: str, output: str | None, column: str | None, course: Course
) -> None:
    """Export scores as CSV for another system.

    All assignments are in one table unless some are named.
    """
    from autograder.course.settings import Settings
    from autograder.gradebook.student_scores import read_scores
    from autograder.reports.score_csv import Column, render_scores

    wanted = assignments(course, names)
    if column and len(wanted) > 1:
        raise click.UsageError("--column is the title of one assignment; name just one.")
    coursedir = Settings.load(course).coursedir
    columns: list[Column] = []
    ungraded: list[CourseError] = []
    for assignment in wanted:
        # Canvas identifies an assignment by its title; a column with another name makes a new one.
        title = column or (assignment.spec.title if layout == "canvas" else "") or assignment.name
        try:
            columns.append(Column(title, *read_scores(coursedir, assignment.name)))
        except CourseError as error:
            ungraded.append(error)
    # An assignment without grades is an error only if it was named, or if no other has any.
    if ungraded and (names or not columns):
        raise ungraded[0]
    text = render_scores(layout, columns)
    if output and output != "-":
        write_text(text, Path(output))
    else:
        click.echo(text, nl=False)
    for exported in columns:
        _warn(exported, several=len(columns) > 1)


def _warn(column: Column, *, several: bool) -> None:
    """Say which scores are missing, and how many are incomplete."""
    prefix = f"{column.title}: " if several else ""
    for score in column.scores:
        if score.problem:
            err.print(
                f"{prefix}{score.student} handed in and has no grade, so the score is left empty: "
                f"{score.problem}",
                style="yellow",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    waiting = sum(score.needs_manual_grade for score in column.scores)
    if waiting:
        err.print(
            f"{prefix}Of {len(column.scores)} students, {waiting} have answers that are yet to be "
            "graded by hand; their scores are incomplete.",
            style="yellow",
        )
