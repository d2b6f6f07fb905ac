"""``autograder demo`` and ``autograder simulate``: classes that nobody ever taught."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from autograder.commands.options import (
    NOT_GRADED,
    OK,
    assignments,
    course_option,
    err,
    names_argument,
    out,
)
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
@course_option
def demo(names: tuple[str, ...], into: Path, course: Course) -> None:
    """Grade a sample class in a scratch course, from the build to the feedback pages."""
    from autograder.commands.demo_course import Demo  # noqa: PLC0415  imports nbgrader
    from autograder.commands.progress import Summary, progress, show  # noqa: PLC0415

    wanted = [one.name for one in assignments(course, names)]
    failed = False
    page = None
    with Demo(course, into.resolve()) as shown:
        for name in wanted:
            with err.status(f"building {name}"):
                assignment = shown.build(name)
            examples = shown.hand_in(assignment)
            summary = Summary()
            done = summary.watch(shown.grade(assignment))
            for _ in progress(done, len(examples), f"grading {name}"):
                pass
            grades = shown.grades(assignment)
            remarks = {example.student.lower(): example.about for example in examples}
            show(name, lambda **_: iter(grades), len(grades), summary, None, remarks)  # noqa: B023
            failed |= summary.failed
            wrong = [one for one in grades if one.score > 0 and "wrong" in str(one.cells)]
            page = shown.feedback_page(assignment, (wrong or grades)[0].student)
        with err.status("writing feedback pages"):
            written = shown.feedback(wanted)
    out.print(
        f"\nThe scratch course is {shown.course.root}, with {written} feedback pages.\n"
        f"A feedback page to look at: {page}",
        highlight=False,
        soft_wrap=True,
    )
    out.print(
        "What to try next:\n"
        "  make lab                            the course in JupyterLab\n"
        f"  cd {into} && autograder grade --force {names[0] if names else wanted[-1]}\n"
        f"  cd {into} && nbgrader export          the grades as CSV",
        highlight=False,
        soft_wrap=True,
    )
    sys.exit(NOT_GRADED if failed else OK)


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--students", metavar="N", default=100, show_default=True, type=click.IntRange(1))
@click.option("--seed", metavar="N", default=0, show_default=True, help="Another class.")
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A scratch course to make or to fill; default: the course's own submitted/.",
)
@course_option
def simulate(name: str, students: int, seed: int, into: Path | None, course: Course) -> None:
    """Hand in a made-up class, for load tests and demos."""
    from autograder.authoring import simulate as simulation  # noqa: PLC0415

    assignment = course.assignment(name)
    if into is not None:
        assignment = simulation.into_course(assignment, into.resolve())
    number = simulation.simulate(assignment, students, seed)
    out.print(
        f"{number} submissions of {name} were handed in below {assignment.course.submitted_dir}.",
        highlight=False,
        soft_wrap=True,
    )
    sys.exit(OK)
