"""``autograder try``: one notebook graded without a gradebook, as CI does it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import err, print_error
from autograder.commands.engine_options import chosen_traits, engine_options
from autograder.commands.exit_codes import FAULT, NOT_GRADED, OK
from autograder.commands.options import course_option, experiments_option, hidden_checks_option
from autograder.errors import BadSubmissionError, CourseError
from autograder.files import is_regular_file, write_text
from autograder.models import Grade, Status
from autograder.reports.formats import DEFAULT_FORMAT, FORMATS, RenderOptions, list_formats
from autograder.reports.grade_view import GradeView
from utils.messages import speaking

if TYPE_CHECKING:
    from autograder.course.layout import Assignment, Course

# The name of a format, and the file that its report goes to; None is stdout.
Destination = tuple[str, Path | None]


@click.command("try")
@click.argument("notebook", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--assignment", "name", metavar="NAME", help="Default: found by the notebook's cells."
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    help=f"Format of the report; may be given several times. Default: {DEFAULT_FORMAT}. "
    f"Formats: {list_formats()}.",
)
@click.option(
    "--output",
    "outputs",
    metavar="FILE",
    multiple=True,
    help="Write the report to FILE instead of stdout; one for each `--format`.",
)
@hidden_checks_option
@click.option("--min-score", type=float, help="Exit with 1 if the score is lower.")
@experiments_option
@engine_options
@course_option
def try_notebook(
    notebook: Path,
    name: str | None,
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    hidden_checks: str,
    min_score: float | None,
    run_experiments: bool,
    course: Course,
    **engine: str | None,
) -> None:
    """Grade one notebook without a gradebook, as CI does.

    To get several reports from one run, give several formats, each with its output.
    """
    from autograder.batch.process_runner import shared_process_runner
    from autograder.course.layout import Submission
    from autograder.course.settings import Settings
    from autograder.grading.grade import grade as grade_submission
    from autograder.reports.hidden_checks import find_hidden_checks

    destinations = pair_destinations(formats, outputs)
    settings = Settings.load(course, chosen_traits(engine, run_experiments=run_experiments))
    if notebook.is_dir() and not name:
        raise click.UsageError("For a folder, name the assignment with --assignment.")
    if not notebook.is_dir() and not is_regular_file(notebook):
        raise CourseError(f"{notebook} is a link or no file at all. Name the notebook itself.")
    assignment = _find_assignment(notebook, course, name)
    folder, path = (notebook, None) if notebook.is_dir() else (notebook.parent, notebook)
    submission = Submission(assignment, notebook.stem, folder, path)
    with err.status(f"grading {notebook.name}"):
        runner = shared_process_runner(settings.choice)
        beside = dict(settings.replacing_files(assignment))
        grade = grade_submission(submission, runner, settings.options, beside).grade
    if path is None:
        grade = _as_known(grade, folder)
    hidden = find_hidden_checks(assignment, grade)
    with speaking(settings.options.language):
        _write_reports(GradeView(grade, str(notebook), hidden), destinations, hidden_checks)
    if grade.status != Status.GRADED and ("table", None) not in destinations:
        print_error(grade.message)
    sys.exit(_exit_code(grade, min_score))


def _exit_code(grade: Grade, min_score: float | None) -> int:
    if grade.status != Status.GRADED:
        return NOT_GRADED
    return FAULT if min_score is not None and grade.score < min_score else OK


def pair_destinations(formats: Sequence[str], outputs: Sequence[str]) -> list[Destination]:
    """Pair each format with the output that was given for it; ``-`` and no output are stdout.

    Raises:
        click.UsageError: If an output has no format, or two reports would go to stdout.
    """
    formats = formats or (DEFAULT_FORMAT,)
    if len(outputs) > len(formats):
        raise click.UsageError(f"There is no --format for {outputs[len(formats)]}.")
    files = [None if output == "-" else Path(output) for output in outputs]
    files += [None] * (len(formats) - len(files))
    if files.count(None) > 1:
        raise click.UsageError("Only one report can go to stdout; give the others an --output.")
    return list(zip(formats, files, strict=True))


def _write_reports(view: GradeView, destinations: list[Destination], hidden_checks: str) -> None:
    for name, file in destinations:
        options = RenderOptions(to_file=file is not None, hidden_checks=hidden_checks)
        text = FORMATS[name].render(view, options)
        if file is None:
            click.echo(text, nl=False)
        else:
            write_text(text, file)


def _find_assignment(notebook: Path, course: Course, name: str | None) -> Assignment:
    """The assignment with which a notebook shares the most cells, or the one that was named.

    Of an assignment with several notebooks it is the part that is about the one.

    Raises:
        BadSubmissionError: If it shares a cell with none, or cannot be read.
    """
    from autograder.course.foreign import explain_foreign, find_assignment
    from autograder.course.notebook import read_notebook
    from autograder.course.notebook_file import is_zip

    named = course.assignment(name) if name else None
    if named and (notebook.is_dir() or len(named.parts) == 1):
        return named.parts[0] if len(named.parts) == 1 else named
    assignments = [named] if named else [course.assignment(one) for one in course.names()]
    if is_zip(notebook):
        return _assignment_of_zip(notebook, assignments)
    given = read_notebook(notebook).notebook
    found = find_assignment(given, assignments)
    if found is None:
        raise BadSubmissionError(explain_foreign(notebook, given, assignments))
    return found


def _assignment_of_zip(file: Path, assignments: list[Assignment]) -> Assignment:
    """The first assignment of which a zip holds a notebook.

    Raises:
        BadSubmissionError: If it holds none.
    """
    from autograder.course.layout import Submission

    sentence = f"{file} is a zip file without a notebook of this course. Hand in the .ipynb file."
    for assignment in assignments:
        try:
            Submission(assignment, file.stem, file.parent, file).find_notebooks()
        except BadSubmissionError as error:
            sentence = str(error)
        else:
            return assignment
    raise BadSubmissionError(sentence)


def _as_known(grade: Grade, folder: Path) -> Grade:
    """The grade with paths as whoever handed in the folder knows them: those inside it."""
    prefix = f"{folder}/"
    return replace(
        grade,
        message=grade.message.replace(prefix, ""),
        notes=tuple(note.replace(prefix, "") for note in grade.notes),
    )
