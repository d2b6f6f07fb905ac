"""``autograder grade`` and ``autograder merge``: a class into the gradebook."""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from autograder.commands.options import (
    NOT_GRADED,
    OK,
    assignments,
    chosen,
    course_option,
    engine_options,
    out,
    print_error,
    workers_option,
)
from autograder.course.layout import Course

if TYPE_CHECKING:
    from autograder.batch.shards import Shard


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", value)
    if match and 1 <= int(match[1]) <= int(match[2]):
        return int(match[1]), int(match[2])
    raise click.BadParameter("give it as I/N, such as 3/16: the third of sixteen.")


json_option = click.option(
    "--json", "json_file", metavar="FILE", help="Write the grades as JSON ('-': stdout)."
)


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--student", "students", metavar="ID", multiple=True, help="Only this student.")
@workers_option
@click.option("--scheduler", metavar="ADDRESS", help="Grade on the Dask cluster of this scheduler.")
@click.option(
    "--shard",
    metavar="I/N",
    callback=_shard,
    help="Grade the I-th of N parts of the class, for `autograder merge`.",
)
@click.option("--force", is_flag=True, help="Grade again what has not changed.")
@click.option("--run-experiments", is_flag=True, help="Run cells that only train and plot, too.")
@json_option
@engine_options
@course_option
def grade(
    names: tuple[str, ...],
    students: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    shard: tuple[int, int] | None,
    force: bool,
    run_experiments: bool,
    json_file: str | None,
    course: Course,
    **settings: str | None,
) -> None:
    """Grade what was collected, into nbgrader's gradebook."""
    from autograder.batch.course_grading import CourseGrading  # noqa: PLC0415  imports nbgrader
    from autograder.batch.shards import Shard  # noqa: PLC0415
    from autograder.commands.progress import Summary, progress, show  # noqa: PLC0415

    if json_file and len(names) > 1:
        raise click.UsageError("--json takes the grades of one assignment; name just one.")
    if workers and scheduler:
        raise click.UsageError("--workers is for this machine; the cluster has its own number.")
    wanted = assignments(course, names)
    part = Shard(*shard) if shard else None
    executor = None
    if scheduler:
        from autograder.batch.dask_cluster import connect  # noqa: PLC0415  imports dask

        executor, workers = connect(scheduler)
    said = chosen(settings, run_experiments=run_experiments)
    failed = False
    with CourseGrading(course, said, workers=workers, executor=executor) as grading:
        for assignment in wanted:
            submissions = grading.submissions(assignment, students, part)
            store = grading.store(assignment, part)
            summary = Summary()
            batch = grading.batch(assignment, store, force=force)
            done = batch.run(submissions)
            title = f"grading {assignment.name}"
            for _ in summary.watch(progress(done, len(submissions), title)):
                pass
            summary.parts |= batch.seconds
            store.close()
            who = sorted(one.student for one in submissions)
            grades = partial(store.grades, who)
            show(assignment.name, grades, len(who), summary, json_file)
            failed |= summary.failed
            if part is not None:
                _tell_shard(course, part, assignment.name)
    sys.exit(NOT_GRADED if failed else OK)


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
@course_option
def merge(names: tuple[str, ...], json_file: str | None, course: Course) -> None:
    """Bring the parts that `grade --shard` graded into the gradebook."""
    from autograder.batch.course_grading import CourseGrading  # noqa: PLC0415  imports nbgrader
    from autograder.batch.outcomes import SubmissionState  # noqa: PLC0415
    from autograder.commands.progress import Summary, progress, show  # noqa: PLC0415

    if json_file and len(names) > 1:
        raise click.UsageError("--json takes the grades of one assignment; name just one.")
    failed = False
    for assignment in assignments(course, names):
        with CourseGrading(course) as grading:
            submissions = grading.submissions(assignment)
            store = grading.gradebook_store(assignment)
            summary = Summary()
            done = grading.merge(assignment, submissions, store)
            title = f"merging {assignment.name}"
            missing = [
                one.student
                for one in summary.watch(progress(done, len(submissions), title))
                if one.state == SubmissionState.NOT_GRADED
            ]
            store.close()
            who = sorted(one.student for one in submissions)
            grades = partial(store.grades, who)
            show(assignment.name, grades, len(who), summary, json_file)
            failed |= summary.failed
            if missing:
                print_error(
                    f"{len(missing)} submissions have no grade in any shard as they lie here now, "
                    f"such as that of {min(missing)}. Run `autograder grade {assignment.name} "
                    "--shard` for their parts again, then merge again."
                )
    sys.exit(NOT_GRADED if failed else OK)


def _tell_shard(course: Course, part: Shard, name: str) -> None:
    out.print(
        f"This was part {part.number} of {part.of}. When all are done, run `autograder merge "
        f"{name}` in {course.root}.",
        highlight=False,
        soft_wrap=True,
    )
