"""``autograder export``: an assignment's scores as CSV, for another system to import."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands.console import err
from autograder.commands.options import course_option
from autograder.course.layout import Course
from autograder.course.settings import Settings
from autograder.files import write_text
from autograder.gradebook.student_scores import read_scores
from autograder.reports.score_csv import DEFAULT_LAYOUT, LAYOUTS, list_layouts, render_scores


@click.command()
@click.argument("name", metavar="NAME")
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
def export(name: str, layout: str, output: str | None, column: str | None, course: Course) -> None:
    """Export an assignment's scores as CSV for another system."""
    assignment = course.assignment(name)
    max_score, scores = read_scores(Settings.load(course).coursedir, assignment.name)
    # Canvas identifies an assignment by its title; a column with another name makes a new one.
    column = column or ((assignment.spec.title or name) if layout == "canvas" else name)
    text = render_scores(layout, column, max_score, scores)
    if output and output != "-":
        write_text(text, Path(output))
    else:
        click.echo(text, nl=False)
    for score in scores:
        if score.problem:
            err.print(
                f"{score.student} handed in and has no grade, so the score is left empty: "
                f"{score.problem}",
                style="yellow",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    waiting = sum(score.needs_manual_grade for score in scores)
    if waiting:
        err.print(
            f"Of {len(scores)} students, {waiting} have answers that are yet to be graded by hand; "
            "their scores are incomplete.",
            style="yellow",
        )
