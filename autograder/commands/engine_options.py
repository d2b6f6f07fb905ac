"""Options that choose what executes student code, over what the course's config says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from autograder.commands.console import err
from autograder.course.grading_options import ENGINES, JAILS, EngineChoice, GradingOptions

if TYPE_CHECKING:
    from autograder.course.layout import Course


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--engine`` and ``--jail``, which a command takes as ``**engine``."""
    for option in (
        click.option(
            "--jail",
            type=click.Choice(JAILS),
            help="'none' runs student code without a jail: only for code that you trust.",
        ),
        click.option(
            "--engine",
            type=click.Choice(ENGINES),
            help="'kernel' runs tests and student code in one Jupyter kernel, like plain nbgrader.",
        ),
    ):
        command = option(command)
    return command


def chosen_traits(
    engine: Mapping[str, str | None], *, run_experiments: bool = False
) -> dict[str, object]:
    """What was chosen on the command line, as traits of ``GradeCells``."""
    traits: dict[str, object] = {name: value for name, value in engine.items() if value}
    if run_experiments:
        traits["rerun_experiments"] = True
    return traits


def warn_about_seed(course: Course, seed: str) -> None:
    """Say so if others could know or guess the course's seed."""
    from autograder.course.layout import CONFIG
    from autograder.course.seed import seed_problem

    if problem := seed_problem(course.root, course.root / CONFIG, seed):
        err.print(f"[yellow]![/] {escape(problem)}", highlight=False, soft_wrap=True)


def load_options(
    course: Course, engine: Mapping[str, str | None], *, run_experiments: bool = False
) -> tuple[EngineChoice, GradingOptions]:
    """What executes notebooks, and how: the command line's choices over the course's config.

    Raises:
        CourseError: If the config is faulty.
    """
    from autograder.course.settings import Settings

    settings = Settings.load(course, chosen_traits(engine, run_experiments=run_experiments))
    return settings.choice, settings.options
