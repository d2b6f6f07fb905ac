"""``autograder labreports``: the lab reports of a class, made from what was graded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import err, out
from autograder.commands.exit_codes import NOT_GRADED
from autograder.commands.options import course_option, workers_option
from autograder.errors import CourseError
from utils.labreport import words

if TYPE_CHECKING:
    from autograder.course.layout import Assignment, Course
    from autograder.course.settings import Settings
    from autograder.gradebook.student_scores import StudentScore
    from utils.labreport.cover import Particulars
    from utils.labreport.document import Options


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--pdf", is_flag=True, help="Make PDFs; default: HTML.")
@click.option(
    "--language",
    type=click.Choice(words.languages()),
    help="The language of the reports' own words; default: the notebooks'.",
)
@click.option("--points", is_flag=True, help="Show the points in the appendix.")
@click.option("--no-code", is_flag=True, help="Leave the students' code out.")
@click.option("--anonymous", is_flag=True, help="Leave names, numbers and the like out.")
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the reports go; default: reports/labreports/NAME.",
)
@workers_option
@course_option
@click.pass_context
def labreports(
    context: click.Context,
    name: str,
    pdf: bool,
    language: str | None,
    points: bool,
    no_code: bool,
    anonymous: bool,
    output: Path | None,
    workers: int | None,
    course: Course,
) -> None:
    """Make a lab report of each graded notebook."""
    from rich.progress import track

    from autograder.course.settings import Settings
    from autograder.gradebook.student_scores import read_scores
    from autograder.reports.lab_reports import LabReportJob, make_lab_reports
    from utils.labreport.cover import CoverError
    from utils.labreport.document import Options

    assignment = course.assignment(name)
    folder = output or course.root / "reports" / "labreports" / name
    settings = Settings.load(course)
    max_score, scores = read_scores(settings.coursedir, name)
    shown = Options(language or "", code=not no_code, anonymous=anonymous)
    jobs = [
        LabReportJob(
            score.student,
            notebook,
            folder / f"{score.student}.{'pdf' if pdf else 'html'}",
            _particulars(score, settings.course_id),
            _with_points(shown, score, max_score, name) if points else shown,
        )
        for score, notebook in _graded_notebooks(assignment, settings, scores)
    ]
    if not jobs:
        raise CourseError(f"No notebook of {name} has been graded yet: run `autograder grade`.")
    try:
        outcomes = make_lab_reports(jobs, course.root, workers)
        bar = track(
            outcomes, "lab reports", total=len(jobs), console=err, transient=True,
            disable=not err.is_terminal,
        )  # fmt: skip
        failed = 0
        for outcome in bar:
            failed += bool(outcome.error)
            for sentence in (*outcome.notes, *filter(None, [outcome.error])):
                style = "red" if outcome.error else "yellow"
                err.print(f"{outcome.student}: {sentence}", style=style, markup=False)
    except CoverError as error:
        raise CourseError(str(error)) from error
    out.print(
        f"{name}: {len(jobs) - failed} lab reports in {folder}",
        highlight=False, soft_wrap=True, markup=False,
    )  # fmt: skip
    if failed:
        context.exit(NOT_GRADED)


def _graded_notebooks(
    assignment: Assignment, settings: Settings, scores: list[StudentScore]
) -> Iterator[tuple[StudentScore, Path]]:
    """Each student of whom there is a graded notebook, and that notebook."""
    coursedir = settings.course_directory(assignment_id=assignment.name)
    for score in scores:
        path = coursedir.format_path(coursedir.autograded_directory, score.student, assignment.name)
        notebook = Path(path) / f"{assignment.name}.ipynb"
        if notebook.is_file():
            yield score, notebook


def _particulars(score: StudentScore, course_id: str) -> Particulars:
    """The cover, as far as the gradebook knows the student."""
    from utils.labreport.cover import Particulars

    values = {
        "course": course_id,
        "student_number": score.student,
        "name": " ".join(filter(None, (score.first_name, score.last_name))),
        "email": score.email,
    }
    return Particulars(values)


def _with_points(options: Options, score: StudentScore, max_score: float, name: str) -> Options:
    if score.total is None:
        return options
    line = f"{score.total:g} / {max_score:g}"
    return replace(options, points={name: line})
