"""``autograder report``: an HTML page on a class, for its instructors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autograder.commands.console import out
from autograder.commands.options import assignments, course_option, for_each_graded, names_argument
from autograder.files import write_text
from autograder.models import cell_key
from utils.messages import speaking

if TYPE_CHECKING:
    from autograder.course.layout import Assignment, Course
    from autograder.course.settings import Settings


@click.command()
@names_argument
@click.option("--output", metavar="FILE", help="Where the page goes; default: reports/NAME.html.")
@click.option("--json", "json_file", metavar="FILE", help="Also write the page's figures as JSON.")
@course_option
def report(
    names: tuple[str, ...], output: str | None, json_file: str | None, course: Course
) -> None:
    """Write an HTML report on a class, one page per assignment."""
    from autograder.course.settings import Settings

    wanted = assignments(course, names)
    if (output or json_file) and len(wanted) > 1:
        raise click.UsageError("--output and --json take one assignment; name just one.")
    settings = Settings.load(course)
    for_each_graded(
        wanted, names, lambda assignment: write_report(settings, assignment, output, json_file)
    )


def write_report(
    settings: Settings,
    assignment: Assignment,
    output: str | None = None,
    json_file: str | None = None,
    console: Console = out,
) -> None:
    """Write one assignment's page, and say where it is.

    Raises:
        CourseError: If nothing has been graded.
        StorageError: If the gradebook cannot be read.
    """
    from autograder.course.catalogues import translations
    from autograder.course.notebook import grade_id, is_graded
    from autograder.diagnosis.mistakes import load_bank
    from autograder.gradebook.class_grades import read_class_grades
    from autograder.reports.class_page import render_page
    from autograder.reports.class_statistics import class_statistics

    grades = read_class_grades(settings.coursedir, assignment.name)
    order = [
        cell_key(part.notebook_label, str(grade_id(cell)))
        for part in assignment.parts
        for cell in part.notebook.cells
        if is_graded(cell)
    ]
    title = assignment.spec.title
    title = translations(assignment, settings.language).get(title, title)
    with speaking(settings.language):
        statistics = class_statistics(grades, load_bank(assignment), order)
        page = render_page(statistics, title, datetime.now(UTC).astimezone())
    name = assignment.name
    file = Path(output) if output else assignment.course.root / "reports" / f"{name}.html"
    write_text(page, file)
    if json_file:
        text = json.dumps(statistics.to_json(), indent=2, ensure_ascii=False)
        write_text(text, Path(json_file))
    console.print(f"{name}: {file}", highlight=False, soft_wrap=True, markup=False)
