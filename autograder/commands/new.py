"""``autograder new``: a small working assignment to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.commands.options import course_option

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@click.argument("name", metavar="NAME")
@course_option
def new(name: str, course: Course) -> None:
    """Create a small working assignment, and build it.

    It is written as a text master in assignments/, also in a course whose other assignments are
    notebooks in source/ alone.
    """
    from autograder.authoring.new import create_assignment

    assignment = create_assignment(course, name)
    click.echo(
        f"{assignment.folder} is a new assignment with one exercise, leaky_relu:\n"
        f"  {assignment.text.name:20} the notebook: text, solution and checks\n"
        "  assignment.toml      title, points and prerequisites\n"
        "  mistakes.toml        what students get wrong, and what they are told\n"
        "  examples/            sample submissions, and the score that each must get\n"
        f"From it source/{name}/ and release/{name}/ were built.\n"
        "\n"
        "Replace the exercise by your own. After each change run\n"
        f"  autograder build {name}\n"
        f"  autograder check {name}"
    )
