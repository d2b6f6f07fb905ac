"""``autograder grade``: a class into the gradebook, or one shard of it into a file."""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from autograder.commands.console import err, out
from autograder.commands.engine_options import chosen_traits, engine_options, warn_about_seed
from autograder.commands.exit_codes import NOT_GRADED, OK
from autograder.commands.feedback import make_feedback
from autograder.commands.options import (
    assignments,
    course_option,
    experiments_option,
    grades_json_option,
    workers_option,
)
from autograder.commands.report import write_report

if TYPE_CHECKING:
    from autograder.batch.shards import Shard
    from autograder.course.layout import Assignment, Course
    from autograder.course.settings import Settings


def _parse_shard(_: click.Context, __: click.Parameter, value: str | None) -> Shard | None:
    from autograder.batch.shards import Shard

    if value is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", value)
    if match and 1 <= int(match[1]) <= int(match[2]):
        return Shard(int(match[1]), int(match[2]))
    raise click.BadParameter("give it as I/N, such as 3/16: the third of sixteen.")


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--student", "students", metavar="ID", multiple=True, help="Only this student.")
@workers_option
@click.option("--scheduler", metavar="ADDRESS", help="Grade on the Dask cluster of this scheduler.")
@click.option(
    "--shard",
    metavar="I/N",
    callback=_parse_shard,
    help="Grade only the I-th of N parts of the class, for `autograder merge`.",
)
@click.option("--force", is_flag=True, help="Also grade again what has not changed.")
@click.option("--feedback", is_flag=True, help="Then make the feedback pages.")
@click.option("--report", is_flag=True, help="Then write the report on the class.")
@experiments_option
@grades_json_option
@engine_options
@course_option
def grade(
    names: tuple[str, ...],
    students: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    shard: Shard | None,
    force: bool,
    feedback: bool,
    report: bool,
    run_experiments: bool,
    json_file: str | None,
    course: Course,
    **engine: str | None,
) -> None:
    """Grade collected submissions into nbgrader's gradebook."""
    from autograder.batch.course_grading import CourseGrading
    from autograder.commands.progress import track
    from autograder.commands.run_summary import RunSummary, show_run
    from autograder.course.misplaced import misplaced_work

    if json_file and len(names) > 1:
        raise click.UsageError("--json takes the grades of one assignment; name just one.")
    if workers and scheduler:
        raise click.UsageError("--workers is for this machine; the cluster has its own number.")
    if shard and (feedback or report):
        raise click.UsageError(
            "--feedback and --report need the whole class; use them after merge."
        )
    wanted = assignments(course, names)
    executor = None
    if scheduler:
        # distributed is an optional dependency
        from autograder.batch.dask_cluster import connect

        executor, workers = connect(scheduler)
    traits = chosen_traits(engine, run_experiments=run_experiments)
    failed = False
    with CourseGrading(course, traits, workers=workers, executor=executor) as grading:
        warn_about_seed(course, grading.settings.options.seed)
        for assignment in wanted:
            for sentence in misplaced_work(assignment) if not (students or shard) else ():
                err.print(f"[yellow]![/] {escape(sentence)}", highlight=False, soft_wrap=True)
            submissions = grading.submissions(assignment, students, shard)
            store = grading.store(assignment, shard)
            grading.require_full_marks(assignment)
            summary = RunSummary()
            batch = grading.batch(assignment, store, force=force)
            outcomes = batch.run(submissions)
            title = f"grading {assignment.name}"
            for _ in summary.watch(track(outcomes, len(submissions), title)):
                pass
            summary.parts |= batch.seconds
            summary.moved = store.moved
            store.close()
            graded = sorted(submission.student for submission in submissions)
            grades = partial(store.grades, graded)
            show_run(assignment.name, grades, len(graded), summary, json_file)
            failed |= summary.failed
            if shard is not None:
                _print_next_step(course, shard, assignment.name)
    if feedback or report:
        console = err if json_file == "-" else out
        failed |= _publish(grading.settings, wanted, console, feedback=feedback, report=report)
    sys.exit(NOT_GRADED if failed else OK)


def _publish(
    settings: Settings,
    wanted: list[Assignment],
    console: Console,
    *,
    feedback: bool,
    report: bool,
) -> bool:
    """Make feedback pages and reports of what is graded; whether any page could not be made."""
    failed = False
    for assignment in wanted:
        if feedback:
            failed |= make_feedback(assignment.course, assignment.name, console=console)
        if report:
            write_report(settings, assignment, console=console)
    return failed


def _print_next_step(course: Course, shard: Shard, name: str) -> None:
    out.print(
        f"This was part {shard.number} of {shard.of}. When all parts are done, run "
        f"`autograder merge {name}` in {course.root}.",
        highlight=False,
        soft_wrap=True,
    )
