"""Options and arguments that several commands take, and what they stand for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.errors import CourseError
from autograder.reports import gradescope

if TYPE_CHECKING:
    from autograder.course.layout import Assignment, Course


def _find_course(_: click.Context, __: click.Parameter, folder: Path | None) -> Course:
    from autograder.course.layout import Course

    return Course.find(folder)


def _find_optional_course(
    context: click.Context, parameter: click.Parameter, folder: Path | None
) -> Course | None:
    try:
        return _find_course(context, parameter, folder)
    except CourseError:
        if folder is not None:
            raise
        return None


_course_option = functools.partial(
    click.option,
    "--course",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
course_option = _course_option(
    callback=_find_course,
    help="The course folder; default: the nearest folder upward with an nbgrader_config.py.",
)
optional_course_option = _course_option(
    callback=_find_optional_course,
    help="The course folder; default: the nearest one upward, if there is one.",
)

names_argument = click.argument("names", metavar="[NAME]...", nargs=-1)

workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of worker processes; default: the number of cores.",
)

experiments_option = click.option(
    "--run-experiments", is_flag=True, help="Also run cells that only train or plot."
)

grades_json_option = click.option(
    "--json", "json_file", metavar="FILE", help="Write the grades as JSON ('-': stdout)."
)

hidden_checks_option = click.option(
    "--hidden-checks",
    type=click.Choice(gradescope.VISIBILITIES),
    default=gradescope.DEFAULT_VISIBILITY,
    show_default=True,
    help="When Gradescope shows students the results of hidden checks.",
)


def for_each_graded(
    wanted: Iterable[Assignment], names: Sequence[str], act: Callable[[Assignment], None]
) -> None:
    """Do something with each assignment that has grades.

    Args:
        wanted: The assignments.
        names: Those that were named on the command line.
        act: Raises a ``CourseError`` if an assignment has no grades.

    Raises:
        CourseError: If one without grades was named, or if no other has any.
    """
    ungraded: list[CourseError] = []
    done = False
    for assignment in wanted:
        try:
            act(assignment)
        except CourseError as error:
            ungraded.append(error)
        else:
            done = True
    if ungraded and (names or not done):
        raise ungraded[0]


def assignments(course: Course, names: Iterable[str]) -> list[Assignment]:
    """The named assignments; all of the course, if none is named.

    Raises:
        CourseError: If there is no assignment, or none of a given name.
    """
    chosen = [course.assignment(name) for name in names or course.names()]
    if not chosen:
        raise CourseError(f"The course {course.root} has no assignment yet.")
    return chosen
