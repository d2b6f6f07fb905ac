"""``autograder merge``: what ``autograder grade --shard`` graded into the gradebook."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from autograder.commands.console import print_error
from autograder.commands.exit_codes import NOT_GRADED, OK
from autograder.commands.options import assignments, course_option, grades_json_option

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@grades_json_option
@course_option
def merge(names: tuple[str, ...], json_file: str | None, course: Course) -> None:
    """Merge the results of `grade --shard` into the gradebook."""
    from autograder.batch.course_grading import CourseGrading
    from autograder.batch.outcomes import SubmissionState
    from autograder.commands.progress import track
    from autograder.commands.run_summary import RunSummary, show_run

    if json_file and len(names) > 1:
        raise click.UsageError("--json takes the grades of one assignment; name just one.")
    failed = False
    for assignment in assignments(course, names):
        with CourseGrading(course) as grading:
            submissions = grading.submissions(assignment)
            store = grading.gradebook_store(assignment)
            summary = RunSummary()
            outcomes = grading.merge(assignment, submissions, store)
            title = f"merging {assignment.name}"
            missing = [
                outcome.student
                for outcome in summary.watch(track(outcomes, len(submissions), title))
                if outcome.state == SubmissionState.NOT_GRADED
            ]
            store.close()
            students = sorted(submission.student for submission in submissions)
            grades = partial(store.grades, students)
            show_run(assignment.name, grades, len(students), summary, json_file)
            failed |= summary.failed
            if missing:
                print_error(
                    f"No shard has a grade for {len(missing)} submissions as they are now, such as "
                    f"that of {min(missing)}. Run `autograder grade {assignment.name} --shard` "
                    "again for their parts, then merge again."
                )
    sys.exit(NOT_GRADED if failed else OK)
