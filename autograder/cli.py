"""The command line: arguments in, the rooms below called, an exit code out.

Exit codes: 0 done (whatever the marks); 1 ``check`` or ``doctor`` found a fault or ``try
--min-score`` was not reached; 2 usage or course error; 3 some submissions could not be graded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from autograder import __version__
from autograder.commands import bundle, check, demo, grade, report
from autograder.commands.options import (
    FAULT,
    NOT_GRADED,
    OK,
    Commands,
    assignments,
    configured,
    course_option,
    engine_options,
    err,
    names_argument,
    out,
    print_error,
)
from autograder.course.layout import Assignment, Course, Submission
from autograder.course.notebook import grade_ids, read_notebook
from autograder.errors import CourseError
from autograder.models import Status


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="autograder")
def main() -> None:
    """Build, check and grade the course's notebooks."""


main.add_command(check.check)
main.add_command(grade.grade)
main.add_command(grade.merge)
main.add_command(report.report)
main.add_command(report.gradescope)
main.add_command(report.export)
main.add_command(demo.demo)
main.add_command(demo.simulate)
main.add_command(bundle.bundle)
main.add_command(bundle.receipt)


@main.command()
@names_argument
@course_option
def build(names: tuple[str, ...], course: Course) -> None:
    """Make source notebooks and releases from the text masters."""
    from autograder.authoring.build import build as build_one  # noqa: PLC0415  imports nbgrader

    for assignment in assignments(course, names):
        with out.status(f"building {assignment.name}"):
            built = build_one(assignment)
        parts = {"source": built.source_changed, "release": built.release_changed}
        changed = [part for part, new in parts.items() if new]
        out.print(f"{built.name}: {' and '.join(changed) + ' written' if changed else 'unchanged'}")


@main.command("try")
@click.argument("notebook", type=click.Path(exists=True, path_type=Path))
@click.option("--assignment", "name", metavar="NAME", help="Default: told by the notebook's cells.")
@report.report_options
@click.option("--min-score", type=float, help="Exit with 1 if the score is less.")
@click.option("--run-experiments", is_flag=True, help="Run cells that only train and plot, too.")
@engine_options
@course_option
def try_(
    notebook: Path,
    name: str | None,
    forms: tuple[str, ...],
    outputs: tuple[str, ...],
    hidden_checks: str,
    min_score: float | None,
    run_experiments: bool,
    course: Course,
    **settings: str | None,
) -> None:
    """Grade one notebook without a gradebook: what CI runs.

    Several reports are made in one go by naming several formats, each with its output.
    """
    from autograder.grading.grade import grade as grade_one  # noqa: PLC0415
    from autograder.runners.selection import shared_runner  # noqa: PLC0415

    wanted = report.destinations(forms, outputs)
    choice, options = configured(course, settings, run_experiments=run_experiments)
    if notebook.is_dir() and not name:
        raise click.UsageError("Of a folder the assignment must be named, with --assignment.")
    assignment = course.assignment(name) if name else _told_by(notebook, course)
    folder = notebook if notebook.is_dir() else notebook.parent
    given = None if notebook.is_dir() else notebook
    submission = Submission(assignment, notebook.stem, folder, given)
    with err.status(f"grading {notebook.name}"):
        result = grade_one(submission, shared_runner(choice), options).grade
    report.write_reports(wanted, result, assignment, str(notebook), hidden_checks)
    if result.status != Status.GRADED:
        if ("table", None) not in wanted:
            print_error(result.message)
        sys.exit(NOT_GRADED)
    sys.exit(FAULT if min_score is not None and result.score < min_score else OK)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Say what this machine has, and try whether it contains hostile notebooks."""
    from autograder.commands.machine_report import examine_machine  # noqa: PLC0415  loads the engine

    with err.status("trying hostile cells"):
        found = examine_machine()
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        found.show(out)
    if not found.sound:
        print_error(found.problem)
        sys.exit(FAULT)


def _told_by(notebook: Path, course: Course) -> Assignment:
    """The assignment whose cells a notebook holds.

    Raises:
        CourseError: If there is none.
    """
    held = grade_ids(read_notebook(notebook).notebook)
    known = [course.assignment(name) for name in course.names()]
    shared = {one.name: len(held & grade_ids(one.notebook)) for one in known}
    best = max(shared, key=shared.__getitem__, default=None)
    if best is None or not shared[best]:
        raise CourseError(
            f"{notebook} holds no exercise of this course. Name the assignment with --assignment."
        )
    return course.assignment(best)
