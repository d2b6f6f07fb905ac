"""``autograder adopt``: what an existing nbgrader course will be like with this engine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from autograder.commands.console import err, out
from autograder.commands.exit_codes import FAULT, OK
from autograder.course.grading_options import EngineChoice

if TYPE_CHECKING:
    from autograder.authoring.adoption import NotebookFinding
    from autograder.course.layout import Course

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="[COURSE]", type=_FOLDER, required=False)
@click.option("--write", is_flag=True, help="Add the two lines to the course's nbgrader_config.py.")
@click.option(
    "--compare",
    is_flag=True,
    help="Also run the solutions as plain nbgrader does, in a Jupyter kernel without a jail.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--course", metavar="DIR", type=_FOLDER, help="The course folder, as COURSE.")
def adopt(
    folder: Path | None,
    write: bool,
    compare: bool,
    as_json: bool,
    course: Path | None,
) -> None:
    """Say which tests of an nbgrader course this engine can run.

    COURSE is the course's folder; default: this one. Its own solutions are graded in the jail, and
    nothing of it is changed unless `--write` is given.
    """
    from autograder.authoring.adoption import SCHEMA, find_course, source_notebooks
    from autograder.reports.adoption_table import adoption_table, summary

    if folder and course:
        raise click.UsageError("Name the course once: as COURSE or with --course.")
    adopted = find_course(folder or course or Path.cwd())
    findings = _look_over(source_notebooks(adopted), compare=compare)
    if as_json:
        notebooks = [finding.to_json() for finding in findings]
        click.echo(json.dumps({"schema": SCHEMA, "notebooks": notebooks}, indent=1))
    else:
        out.print(adoption_table(findings))
        for sentence in ("", *summary(findings)):
            out.print(escape(sentence), highlight=False)
    if write:
        _write(adopted)
    elif not as_json:
        _show_lines(adopted)
    works = all(cell.works for finding in findings for cell in finding.cells)
    sys.exit(OK if works and not any(finding.problem for finding in findings) else FAULT)


def _look_over(paths: list[Path], *, compare: bool) -> list[NotebookFinding]:
    """Grade the solutions one after the other, and show how far that is."""
    from autograder.authoring.adoption import look_over
    from autograder.batch.process_runner import shared_process_runner
    from autograder.commands.progress import track

    runner = shared_process_runner(EngineChoice())
    runner.layers  # noqa: B018  starts it: a machine without a jail is no fault of the notebooks
    kernel = shared_process_runner(EngineChoice("kernel")) if compare else None
    looked_over = (look_over(path, runner, kernel) for path in paths)
    findings = track(looked_over, len(paths), "running the solutions")
    return [finding for finding in findings if finding.is_graded]


def _write(course: Course) -> None:
    from autograder.authoring.config_lines import LINES, add_lines
    from autograder.course.layout import CONFIG

    path = course.root / CONFIG
    if not add_lines(course):
        err.print(f"{path} calls configure already.", highlight=False, soft_wrap=True, markup=False)
        return
    err.print(f"Added to {path}:\n{LINES}", highlight=False, soft_wrap=True, markup=False)


def _show_lines(course: Course) -> None:
    from autograder.authoring.config_lines import LINES, has_lines
    from autograder.course.layout import CONFIG

    if has_lines(course):
        return
    out.print(
        f"\nTo grade with this engine, put these lines at the end of {course.root / CONFIG}, or "
        f"let `autograder adopt --write` do so:\n{LINES}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
