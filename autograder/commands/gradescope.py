"""``autograder gradescope``: the zip with which Gradescope grades an assignment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import out
from autograder.commands.options import course_option, hidden_checks_option

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--output", metavar="FILE", help="Default: gradescope-NAME.zip.")
@hidden_checks_option
@course_option
def gradescope(name: str, output: str | None, hidden_checks: str, course: Course) -> None:
    """Build the zip with which Gradescope grades an assignment."""
    from autograder.distribution.gradescope_zip import build_zip

    file = Path(output or f"gradescope-{name}.zip")
    contents = build_zip(course.assignment(name), file, hidden_checks)
    size = file.stat().st_size / 2**20
    out.print(f"{file}: {len(contents)} files, {size:.1f} MB", highlight=False, markup=False)
    out.print("It contains the hidden tests and the course's seed: keep it secret.")
