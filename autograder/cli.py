"""The command line: arguments in, the rooms below called, an exit code out.

Exit codes: 0 done (whatever the marks); 1 ``check`` or ``doctor`` found a fault or ``try
--min-score`` was not reached; 2 usage or course error; 3 some submissions could not be graded.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder import __version__
from autograder.course import Assignment, Course, Submission
from autograder.errors import AutograderError, CourseError, RunnerError
from autograder.notebook import grade_ids, read_notebook, write_text
from autograder.outcome import Grade, Status
from autograder.reports import json_report, table

if TYPE_CHECKING:
    from autograder.grade import Options
    from autograder.runner import Runner

OK, FAULT, USAGE, NOT_GRADED = 0, 1, 2, 3

out = Console()
err = Console(stderr=True)


class Commands(click.Group):
    """A group whose errors are sentences on stderr, and that suggests what was meant."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; our own errors end it with their sentence and exit code."""
        try:
            return super().invoke(ctx)
        except RunnerError as error:
            _say(str(error))
            ctx.exit(NOT_GRADED)
        except AutograderError as error:
            _say(str(error))
            ctx.exit(USAGE)
        except OSError as error:
            _say(f"{error.filename2 or error.filename or 'A file'}: {error.strerror}.")
            ctx.exit(USAGE)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of an unknown one say which is nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error


def _course(ctx: click.Context, _: click.Parameter, value: Path | None) -> Course:
    try:
        return Course.find(value)
    except CourseError as error:
        _say(str(error))
        ctx.exit(USAGE)


course_option = click.option(
    "--course",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    callback=_course,
    help="The course folder; default: the nearest folder upward with an nbgrader_config.py.",
)
names_argument = click.argument("names", metavar="[NAME]...", nargs=-1)


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """What executes student code; by default what the course's config says."""
    for option in (
        click.option(
            "--jail",
            type=click.Choice(["auto", "none"]),
            help="'none' runs student code unjailed: only for work that you trust.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["jailed", "kernel"]),
            help="'kernel' runs tests and student code in one Jupyter kernel, as plain nbgrader.",
        ),
    ):
        command = option(command)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="autograder")
def main() -> None:
    """Build, check and grade the course's notebooks."""


@main.command()
@names_argument
@course_option
def build(names: tuple[str, ...], course: Course) -> None:
    """Make source notebooks and releases from the text masters."""
    from autograder.build import build as build_one  # noqa: PLC0415  imports nbgrader

    for assignment in _assignments(course, names):
        with out.status(f"building {assignment.name}"):
            built = build_one(assignment)
        parts = {"source": built.source_changed, "release": built.release_changed}
        changed = [part for part, new in parts.items() if new]
        out.print(f"{built.name}: {' and '.join(changed) + ' written' if changed else 'unchanged'}")


@main.command()
@names_argument
@engine_options
@course_option
def check(names: tuple[str, ...], course: Course, **settings: str | None) -> None:
    """Look an assignment over as its author: solution, release, tests, samples."""
    from autograder.lint import check as check_one  # noqa: PLC0415

    runner, options = _configured(course, settings)
    faults = 0
    for assignment in _assignments(course, names):
        with out.status(assignment.name) as status:
            findings = check_one(
                assignment,
                runner,
                options,
                lambda step, name=assignment.name: status.update(f"{name}: {step}"),  # type: ignore[misc]
            )
        for finding in findings:
            out.print(f"[red]✗[/] {assignment.name}: {escape(finding)}", highlight=False)
        if not findings:
            out.print(f"[green]✓[/] {assignment.name}: nothing found")
        faults += len(findings)
    sys.exit(FAULT if faults else OK)


@main.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--student", "students", metavar="ID", multiple=True, help="Only this student.")
@click.option("--force", is_flag=True, help="Grade again what has been graded.")
@click.option("--run-experiments", is_flag=True, help="Run cells that only train and plot, too.")
@click.option("--json", "json_file", metavar="FILE", help="Write the grades as JSON ('-': stdout).")
@engine_options
@course_option
def grade(
    names: tuple[str, ...],
    students: tuple[str, ...],
    force: bool,
    run_experiments: bool,
    json_file: str | None,
    course: Course,
    **settings: str | None,
) -> None:
    """Grade what was collected, into nbgrader's gradebook."""
    from autograder.gradebook import grade_all  # noqa: PLC0415  imports nbgrader

    if json_file and len(names) > 1:
        raise click.UsageError("--json takes the grades of one assignment; name just one.")
    failed = False
    for assignment in _assignments(course, names):
        waiting = len(list(assignment.submissions(list(students))))
        chosen = _settings(settings, run_experiments=run_experiments)
        graded = grade_all(assignment, list(students), force=force, settings=chosen)
        grades = list(_progress(graded, waiting, f"grading {assignment.name}"))
        failed |= _show(assignment.name, grades, json_file)
    sys.exit(NOT_GRADED if failed else OK)


@main.command("try")
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--assignment", "name", metavar="NAME", help="Default: told by the notebook's cells.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@click.option("--output", metavar="FILE", help="Write the report there instead of to stdout.")
@click.option("--min-score", type=float, help="Exit with 1 if the score is less.")
@click.option("--run-experiments", is_flag=True, help="Run cells that only train and plot, too.")
@engine_options
@course_option
def try_(
    notebook: Path,
    name: str | None,
    form: str,
    output: str | None,
    min_score: float | None,
    run_experiments: bool,
    course: Course,
    **settings: str | None,
) -> None:
    """Grade one notebook without a gradebook: what CI runs."""
    from autograder.grade import grade as grade_one  # noqa: PLC0415

    runner, options = _configured(course, settings, run_experiments=run_experiments)
    assignment = course.assignment(name) if name else _told_by(notebook, course)
    submission = Submission(assignment, notebook.stem, notebook.parent, notebook)
    with err.status(f"grading {notebook.name}"):
        result = grade_one(submission, runner, options).grade
    if form == "json":
        text = json_report.dumps(assignment.name, [result])
    else:
        wide = Console(width=None if not output else 100, record=True, file=None)
        with wide.capture() as captured:
            wide.print(table.submission_table(result))
        text = captured.get()
    if output and output != "-":
        write_text(text, Path(output))
    else:
        click.echo(text, nl=False)
    if result.status != Status.GRADED:
        if form == "json":
            _say(result.message)
        sys.exit(NOT_GRADED)
    sys.exit(FAULT if min_score is not None and result.score < min_score else OK)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Say what this machine has, and try whether it contains hostile notebooks."""
    from autograder.doctor import diagnose  # noqa: PLC0415  loads the engine

    with err.status("trying hostile cells"):
        found = diagnose()
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        found.show(out)
    if not found.sound:
        _say(found.problem)
        sys.exit(FAULT)


@main.command()
@names_argument
@click.option(
    "--into",
    default="demo-course",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The scratch course; an earlier demo there is replaced.",
)
@course_option
def demo(names: tuple[str, ...], into: Path, course: Course) -> None:
    """Grade a sample class in a scratch course, from the build to the feedback pages."""
    from autograder.demo import Demo  # noqa: PLC0415  imports nbgrader

    show = Demo(course, into.resolve())
    failed = False
    page = None
    for name in [one.name for one in _assignments(course, names)]:
        with err.status(f"building {name}"):
            assignment = show.build(name)
        examples = show.hand_in(assignment)
        grades = list(_progress(show.grade(assignment), len(examples), f"grading {name}"))
        remarks = {example.student.lower(): example.about for example in examples}
        failed |= _show(name, grades, None, remarks)
        wrong = [one for one in grades if one.score > 0 and "wrong" in str(one.cells)]
        page = show.feedback_page(assignment, (wrong or grades)[0].student)
    out.print(f"\nThe scratch course is {show.course.root}.", highlight=False, soft_wrap=True)
    out.print(f"A feedback page to look at: {page}", highlight=False, soft_wrap=True)
    out.print(
        "What to try next:\n"
        "  make lab                            the course in JupyterLab\n"
        f"  cd {into} && autograder grade --force {names[0] if names else name}\n"
        f"  cd {into} && nbgrader export          the grades as CSV",
        highlight=False,
        soft_wrap=True,
    )
    sys.exit(NOT_GRADED if failed else OK)


def _assignments(course: Course, names: Iterable[str]) -> list[Assignment]:
    chosen = [course.assignment(name) for name in names] or [
        course.assignment(name) for name in course.names()
    ]
    if not chosen:
        raise CourseError(f"The course {course.root} has no assignment yet.")
    return chosen


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


def _configured(
    course: Course, settings: dict[str, str | None], *, run_experiments: bool = False
) -> tuple[Runner, Options]:
    """The runner and the options that the course's config and the command line ask for."""
    from autograder.engines import shared_runner  # noqa: PLC0415
    from autograder.nbgrader_plugins import GradeCells, load_config  # noqa: PLC0415

    config = load_config(course)
    config.GradeCells.update(_settings(settings, run_experiments=run_experiments))
    step = GradeCells(config=config)
    return shared_runner(step.choice()), step.options()


def _settings(settings: dict[str, str | None], *, run_experiments: bool) -> dict[str, object]:
    """What was said on the command line, as traits of ``GradeCells``."""
    said: dict[str, object] = {name: value for name, value in settings.items() if value}
    if run_experiments:
        said["rerun_experiments"] = True
    return said


def _show(
    name: str, grades: list[Grade], json_file: str | None, remarks: dict[str, str] | None = None
) -> bool:
    """Print (or write) the grades; return whether one is missing."""
    if json_file == "-":
        click.echo(json_report.dumps(name, grades), nl=False)
    else:
        out.print(table.class_table(grades, remarks), highlight=False)
        if json_file:
            write_text(json_report.dumps(name, grades), Path(json_file))
    return any(one.status != Status.GRADED for one in grades)


def _progress(items: Iterator[Grade], total: int, title: str) -> Iterator[Grade]:
    """A bar on a terminal; nothing elsewhere, where it would only fill a log."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield from bar.track(items, total=total)


def _say(sentence: str) -> None:
    err.print(f"autograder: {sentence}", style="red", highlight=False, soft_wrap=True)
