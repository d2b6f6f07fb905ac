"""``autograder doctor``: whether this machine can contain what students submit."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from autograder.commands.console import err, out, print_error
from autograder.commands.exit_codes import FAULT
from autograder.commands.options import optional_course_option
from autograder.errors import CourseError

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@optional_course_option
def doctor(as_json: bool, course: Course | None) -> None:
    """Check whether this machine can contain hostile notebooks.

    In a course, also whether its seed is a secret.
    """
    from autograder.commands.machine_report import examine_machine

    seed = describe_seed(course) if course is not None else ""
    with err.status("running hostile cells"):
        report = examine_machine()
    if seed:
        report = replace(report, facts={**report.facts, "seed": seed})
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1))
    else:
        report.show(out)
    if not report.is_safe:
        print_error(report.problem)
        sys.exit(FAULT)


def describe_seed(course: Course) -> str:
    """Where a course's seed is, or what is wrong with it."""
    from autograder.course.layout import CONFIG
    from autograder.course.seed import seed_file, seed_problem
    from autograder.course.settings import Settings

    try:
        settings = Settings.load(course)
        seed = settings.options.seed
    except CourseError as error:
        return str(error)
    where = course.root / CONFIG if settings.traits.seed else seed_file(course.root)
    return seed_problem(course.root, course.root / CONFIG, seed) or f"a secret, in {where}"
