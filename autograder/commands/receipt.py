"""``autograder receipt``: receipts for collected notebooks, issued or checked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import click

from autograder.commands.console import print_error
from autograder.commands.exit_codes import FAULT, OK
from autograder.commands.options import assignments, course_option, names_argument
from autograder.errors import BadSubmissionError

if TYPE_CHECKING:
    from autograder.course.layout import Assignment, Course
    from autograder.distribution.receipts import ReceiptSigner


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
    names: tuple[str, ...], students: tuple[str, ...], file: TextIO | None, course: Course
) -> None:
    """Issue receipts for collected notebooks, or check a receipt."""
    from autograder.course.settings import Settings
    from autograder.distribution.receipts import ReceiptSigner

    signer = ReceiptSigner(course, Settings.load(course).options.seed)
    if file is not None:
        if names or len(students) > 1:
            raise click.UsageError("--check takes no assignment and at most one --student.")
        valid = _check_receipts(signer, file, students)
    elif names:
        valid = _issue_receipts(signer, assignments(course, names), students)
    else:
        raise click.UsageError("Name the assignment that was collected, or a file with --check.")
    sys.exit(OK if valid else FAULT)


def _check_receipts(signer: ReceiptSigner, file: TextIO, students: Sequence[str]) -> bool:
    """Print a verdict on each receipt in a file; return whether all are valid."""
    from utils.receipt import receipts_in

    receipts = list(receipts_in(file.read()))
    if not receipts:
        raise click.UsageError(f"{file.name} holds no receipt. One begins with `receipt-1`.")
    valid = True
    for signed in receipts:
        result = signer.check(signed, *students)
        click.echo(f"{'✓' if result.holds else '✗'} {result.sentence}")
        valid &= result.holds
    return valid


def _issue_receipts(
    signer: ReceiptSigner, wanted: Sequence[Assignment], students: Sequence[str]
) -> bool:
    """Print a receipt for each collected notebook; return whether each could be read."""
    readable = True
    for assignment in wanted:
        for submission in assignment.submissions(list(students) or None):
            try:
                for signed in signer.issue(submission):
                    click.echo(str(signed))
            except BadSubmissionError as error:
                print_error(f"{submission.student}: {error}")
                readable = False
    return readable
