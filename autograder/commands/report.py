"""What has been graded, for those who read it elsewhere: ``report``, ``gradescope``, ``export``.

Also what ``try`` writes its reports with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from autograder.commands.options import (
    assignments,
    course_option,
    err,
    names_argument,
    out,
)
from autograder.course.layout import Assignment, Course
from autograder.errors import CourseError
from autograder.files import write_text
from autograder.models import Grade

# As in ``reports.formats.NAMES`` and ``reports.gradescope.VISIBILITIES``; both take long to load.
_FORMATS = ("table", "json", "junit", "markdown", "gradescope", "classroom", "annotations")
_VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")

Destination = tuple[str, Path | None]


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """What ``try`` is told about its reports."""
    for option in (
        click.option(
            "--hidden-checks",
            type=click.Choice(_VISIBILITIES),
            default="after_published",
            show_default=True,
            help="When Gradescope shows students what came of hidden checks.",
        ),
        click.option(
            "--output",
            "outputs",
            metavar="FILE",
            multiple=True,
            help="Write the report there instead of to stdout; once a format.",
        ),
        click.option(
            "--format",
            "forms",
            type=click.Choice(_FORMATS),
            multiple=True,
            help="Whom the report is for; may be given several times. Default: table.",
        ),
    ):
        command = option(command)
    return command


def destinations(forms: Sequence[str], outputs: Sequence[str]) -> list[Destination]:
    """Which format goes where: the first to the first output, and so on; None is stdout.

    Raises:
        click.UsageError: If an output has no format, or two formats meet on stdout.
    """
    forms = forms or ("table",)
    if len(outputs) > len(forms):
        raise click.UsageError(f"There is no --format for {outputs[len(forms)]}.")
    places: list[Path | None] = [None if one == "-" else Path(one) for one in outputs]
    places += [None] * (len(forms) - len(places))
    if places.count(None) > 1:
        raise click.UsageError("Only one report goes to stdout; give the others an --output.")
    return list(zip(forms, places, strict=True))


def write_reports(
    wanted: Sequence[Destination], grade: Grade, assignment: Assignment, file: str, visibility: str
) -> None:
    """Write one grade in every form that was asked for."""
    from autograder.reports import formats  # noqa: PLC0415
    from autograder.reports.grade_view import GradeView, hidden_checks  # noqa: PLC0415

    shown = GradeView(grade, file, hidden_checks(assignment.notebook.cells, grade))
    for form, place in wanted:
        text = formats.writer(form, to_file=place is not None, visibility=visibility)(shown)
        if place is None:
            click.echo(text, nl=False)
        else:
            write_text(text, place)


@click.command()
@names_argument
@click.option("--output", metavar="FILE", help="Where the page goes; default: reports/NAME.html.")
@click.option("--json", "json_file", metavar="FILE", help="Write the page's figures as JSON, too.")
@course_option
def report(
    names: tuple[str, ...], output: str | None, json_file: str | None, course: Course
) -> None:
    """Show a class at a glance, as an HTML page an assignment."""
    from autograder.course.notebook import grade_id, is_graded  # noqa: PLC0415
    from autograder.diagnosis.mistakes import load_bank  # noqa: PLC0415
    from autograder.reports import class_page  # noqa: PLC0415
    from autograder.reports.class_grades import read_class_grades  # noqa: PLC0415  imports nbgrader
    from autograder.reports.class_statistics import class_statistics  # noqa: PLC0415

    wanted = assignments(course, names)
    if (output or json_file) and len(wanted) > 1:
        raise click.UsageError("--output and --json take one assignment; name just one.")
    missing: list[str] = []
    for assignment in wanted:
        try:
            roll = read_class_grades(assignment)
        except CourseError as error:
            missing.append(str(error))
            continue
        order = [str(grade_id(cell)) for cell in assignment.notebook.cells if is_graded(cell)]
        counted = class_statistics(roll, load_bank(assignment), order)
        title = str(assignment.spec.get("title", ""))
        text = class_page.page(counted, title, datetime.now(UTC).astimezone())
        place = Path(output) if output else course.root / "reports" / f"{assignment.name}.html"
        write_text(text, place)
        if json_file:
            write_text(json.dumps(counted.to_json(), indent=2, ensure_ascii=False), Path(json_file))
        out.print(f"{assignment.name}: {place}", highlight=False, soft_wrap=True, markup=False)
    # One that nobody has handed in yet is no fault, unless it was asked for or is all there is.
    if missing and (names or len(missing) == len(wanted)):
        raise CourseError(missing[0])


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--output", metavar="FILE", help="Default: gradescope-NAME.zip.")
@click.option(
    "--hidden-checks",
    type=click.Choice(_VISIBILITIES),
    default="after_published",
    show_default=True,
    help="When students see what came of hidden checks.",
)
@course_option
def gradescope(name: str, output: str | None, hidden_checks: str, course: Course) -> None:
    """Build the zip with which Gradescope grades an assignment."""
    from autograder.distribution.gradescope_zip import build_zip  # noqa: PLC0415

    place = Path(output or f"gradescope-{name}.zip")
    names = build_zip(course.assignment(name), place, hidden_checks)
    size = place.stat().st_size / 2**20
    out.print(f"{place}: {len(names)} files, {size:.1f} MB", highlight=False, markup=False)
    out.print("It holds the hidden tests and the course's seed; keep it as you keep them.")


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--format",
    "form",
    type=click.Choice(["canvas", "moodle", "csv"]),
    default="csv",
    show_default=True,
    help="Whom the table is for.",
)
@click.option("--output", metavar="FILE", help="Write it there instead of to stdout.")
@click.option("--column", metavar="TITLE", help="The assignment's name over there.")
@course_option
def export(name: str, form: str, output: str | None, column: str | None, course: Course) -> None:
    """Write an assignment's scores as a table for another system."""
    from autograder.course.config import course_directory  # noqa: PLC0415  imports nbgrader
    from autograder.reports.score_csv import dumps, read_scores  # noqa: PLC0415

    assignment = course.assignment(name)
    maximum, scored = read_scores(course_directory(course).db_url, assignment.name)
    # Canvas knows an assignment by its title; a column of another name makes a new one.
    column = column or (str(assignment.spec.get("title") or name) if form == "canvas" else name)
    text = dumps(form, column, maximum, scored)
    if output and output != "-":
        write_text(text, Path(output))
    else:
        click.echo(text, nl=False)
    waiting = sum(one.waits for one in scored)
    if waiting:
        err.print(
            f"Of {len(scored)} students, answers of {waiting} are yet to be graded by a person; "
            "what is written is what there is so far.",
            style="yellow",
        )
