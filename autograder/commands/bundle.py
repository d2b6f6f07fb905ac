"""What students get: ``bundle`` to work with, ``receipt`` for what they handed in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from autograder.commands.options import (
    FAULT,
    OK,
    assignments,
    course_option,
    names_argument,
    out,
    print_error,
)
from autograder.course.layout import Course
from autograder.errors import BadSubmissionError
from autograder.files import write_zip


@click.command()
@names_argument
@click.option("--output", metavar="ZIP", help="Default: COURSE-students.zip in the course folder.")
@course_option
def bundle(names: tuple[str, ...], output: str | None, course: Course) -> None:
    """Make the zip that students download: releases, utils, how to begin."""
    from autograder.course.config import course_directory  # noqa: PLC0415  imports nbgrader
    from autograder.distribution import student_bundle  # noqa: PLC0415

    wanted = assignments(course, names)
    course_id = str(course_directory(course).course_id)
    files = student_bundle.bundle(wanted, course_id)
    top = student_bundle.plain_name(course_id)
    place = Path(output) if output else course.root / f"{top}-students.zip"
    write_zip({f"{top}/{name}": data for name, data in files.items()}, place)
    told = f"{place}: {len(files)} files, {place.stat().st_size / 1e6:.1f} MB"
    out.print(told, highlight=False, soft_wrap=True, markup=False)


@click.command()
@names_argument
@click.option("--student", "students", metavar="ID", multiple=True, help="Only this student.")
@click.option(
    "--check",
    "file",
    metavar="FILE",
    type=click.File(),
    help="Check the receipts in FILE ('-': stdin).",
)
@course_option
def receipt(
    names: tuple[str, ...],
    students: tuple[str, ...],
    file: TextIO | None,
    course: Course,
) -> None:
    """Sign for what was collected, or check a receipt that a student shows."""
    from autograder.course.config import load_config  # noqa: PLC0415  imports nbgrader
    from autograder.distribution.receipts import ReceiptSigner  # noqa: PLC0415
    from utils.receipt import receipts_in  # noqa: PLC0415

    office = ReceiptSigner(course, str(load_config(course).GradeCells.get("seed", "")))
    sound = True
    if file is not None:
        if names or len(students) > 1:
            raise click.UsageError("--check takes no assignment and at most one --student.")
        found = list(receipts_in(file.read()))
        if not found:
            raise click.UsageError(f"{file.name} holds no receipt. One begins with `receipt-1`.")
        for one in found:
            finding = office.check(one, *students)
            sound &= finding.holds
            click.echo(f"{'✓' if finding.holds else '✗'} {finding.sentence}")
        sys.exit(OK if sound else FAULT)
    if not names:
        raise click.UsageError("Name the assignment that was collected, or a file with --check.")
    for assignment in assignments(course, names):
        for submission in assignment.submissions(list(students) or None):
            try:
                click.echo(str(office.issue(submission)))
            except BadSubmissionError as error:
                print_error(f"{submission.student}: {error}")
                sound = False
    sys.exit(OK if sound else FAULT)
