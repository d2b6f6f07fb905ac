"""``autograder build``: from the text masters to source notebooks and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.commands.console import out
from autograder.commands.options import assignments, course_option, names_argument

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@names_argument
@course_option
def build(names: tuple[str, ...], course: Course) -> None:
    """Make source notebooks and releases from the text masters."""
    from autograder.authoring.build import build as build_assignment

    for assignment in assignments(course, names):
        with out.status(f"building {assignment.name}"):
            result = build_assignment(assignment)
        written = {"source": result.source_changed, "release": result.release_changed}
        changed = " and ".join(part for part, is_new in written.items() if is_new)
        out.print(f"{result.name}: {f'{changed} written' if changed else 'unchanged'}")
