"""``autograder demo``: a sample class graded in a scratch course, from build to feedback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.console import err, out
from autograder.commands.exit_codes import NOT_GRADED, OK
from autograder.commands.options import assignments, course_option, names_argument
from utils.messages import languages

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@names_argument
@click.option(
    "--into",
    default="demo-course",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The scratch course; an earlier demo there is replaced.",
)
@click.option(
    "--language",
    type=click.Choice(languages()),
    help="The language that the scratch course speaks; default: the course's.",
)
@course_option
def demo(names: tuple[str, ...], into: Path, language: str | None, course: Course) -> None:
    """Grade a sample class in a scratch course, feedback included."""
    from autograder.commands.demo_course import DemoCourse
    from autograder.commands.progress import track
    from autograder.commands.run_summary import RunSummary, show_run

    wanted = [assignment.name for assignment in assignments(course, names)]
    failed = False
    page = None
    with DemoCourse(course, into.resolve(), language or "") as demo_course:
        for name in wanted:
            with err.status(f"building {name}"):
                assignment = demo_course.build(name)
            examples = demo_course.submit(assignment)
            summary = RunSummary()
            outcomes = summary.watch(demo_course.grade(assignment))
            for _ in track(outcomes, len(examples), f"grading {name}"):
                pass
            grades = demo_course.grades(assignment)
            remarks = {example.student.lower(): example.about for example in examples}
            show_run(name, lambda **_: iter(grades), len(grades), summary, None, remarks)  # noqa: B023
            failed |= summary.failed
            partly_wrong = [
                grade for grade in grades if grade.score > 0 and "wrong" in str(grade.cells)
            ]
            page = demo_course.feedback_page(assignment, (partly_wrong or grades)[0].student)
        with err.status("writing feedback pages"):
            written = demo_course.write_feedback(wanted)
    out.print(
        f"\nThe scratch course is {demo_course.course.root}, with {written} feedback pages.\n"
        f"A feedback page to look at: {page}",
        highlight=False,
        soft_wrap=True,
    )
    out.print(
        "What to try next:\n"
        "  make lab                            the course in JupyterLab\n"
        f"  cd {into} && autograder grade --force {wanted[0] if names else wanted[-1]}\n"
        f"  cd {into} && nbgrader export          the grades as CSV",
        highlight=False,
        soft_wrap=True,
    )
    sys.exit(NOT_GRADED if failed else OK)
