"""``autograder simulate``: submissions of a made-up class, for load tests and demos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import out
from autograder.commands.options import course_option

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--students",
    metavar="N",
    default=100,
    show_default=True,
    type=click.IntRange(1),
    help="Size of the class.",
)
@click.option(
    "--seed", metavar="N", default=0, show_default=True, help="Another seed, another class."
)
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A scratch course to create or to fill; default: the course's own submitted/.",
)
@course_option
def simulate(name: str, students: int, seed: int, into: Path | None, course: Course) -> None:
    """Submit the work of a made-up class, for load tests and demos."""
    from autograder.authoring import simulate as simulation

    assignment = course.assignment(name)
    if into is not None:
        assignment = simulation.into_course(assignment, into.resolve())
    count = simulation.simulate(assignment, students, seed)
    out.print(
        f"{count} submissions of {name} were written to {assignment.course.submitted_dir}.",
        highlight=False,
        soft_wrap=True,
    )
