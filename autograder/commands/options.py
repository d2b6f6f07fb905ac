"""What all commands share: where they print, what they take, how they end in a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autograder.course.layout import Assignment, Course
from autograder.errors import AutograderError, CourseError, RunnerError, StorageError

if TYPE_CHECKING:
    from autograder.course.grading_options import EngineChoice, GradingOptions

OK, FAULT, USAGE, NOT_GRADED = 0, 1, 2, 3

out = Console()
err = Console(stderr=True)


class Commands(click.Group):
    """A group whose errors are sentences on stderr, and that suggests what was meant."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; our own errors end it with their sentence and exit code."""
        try:
            return super().invoke(ctx)
        except (RunnerError, StorageError) as error:
            print_error(str(error))
            ctx.exit(NOT_GRADED)
        except AutograderError as error:
            print_error(str(error))
            ctx.exit(USAGE)
        except OSError as error:
            print_error(f"{error.filename2 or error.filename or 'A file'}: {error.strerror}.")
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
        print_error(str(error))
        ctx.exit(USAGE)


course_option = click.option(
    "--course",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    callback=_course,
    help="The course folder; default: the nearest folder upward with an nbgrader_config.py.",
)
names_argument = click.argument("names", metavar="[NAME]...", nargs=-1)


workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many processes work at once; default: as many as cores.",
)


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


def assignments(course: Course, names: Iterable[str]) -> list[Assignment]:
    """The named assignments; all, if none is named.

    Raises:
        CourseError: If there is none.
    """
    chosen = [course.assignment(name) for name in names] or [
        course.assignment(name) for name in course.names()
    ]
    if not chosen:
        raise CourseError(f"The course {course.root} has no assignment yet.")
    return chosen


def chosen(settings: dict[str, str | None], *, run_experiments: bool) -> dict[str, object]:
    """What was said on the command line, as traits of ``GradeCells``."""
    said: dict[str, object] = {name: value for name, value in settings.items() if value}
    if run_experiments:
        said["rerun_experiments"] = True
    return said


def configured(
    course: Course, settings: dict[str, str | None], *, run_experiments: bool = False
) -> tuple[EngineChoice, GradingOptions]:
    """What executes notebooks and how: by the course's config, and over it the command line."""
    from autograder.course.config import load_config  # noqa: PLC0415
    from autograder.nbgrader_ext.preprocessors import GradeCells  # noqa: PLC0415

    config = load_config(course)
    config.GradeCells.update(chosen(settings, run_experiments=run_experiments))
    step = GradeCells(config=config)
    return step.choice(), step.options()


def print_error(sentence: str) -> None:
    """An error, on stderr."""
    err.print(f"autograder: {sentence}", style="red", highlight=False, soft_wrap=True)
