"""``autograder bundle``: the zip that students download."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import out
from autograder.commands.options import assignments, course_option, names_argument
from autograder.files import write_zip

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@names_argument
@click.option("--output", metavar="ZIP", help="Default: COURSE-students.zip in the course folder.")
@course_option
def bundle(names: tuple[str, ...], output: str | None, course: Course) -> None:
    """Make the zip of notebooks and utils that students download."""
    from autograder.course.settings import Settings
    from autograder.distribution import student_bundle

    wanted = assignments(course, names)
    course_id = Settings.load(course).course_id
    files = student_bundle.bundle(wanted, course_id)
    top = student_bundle.plain_name(course_id)
    path = Path(output) if output else course.root / f"{top}-students.zip"
    day = student_bundle.release_day(wanted)
    write_zip({f"{top}/{name}": data for name, data in files.items()}, path, day=day)
    size = path.stat().st_size / 1e6
    out.print(
        f"{path}: {len(files)} files, {size:.1f} MB", highlight=False, soft_wrap=True, markup=False
    )
