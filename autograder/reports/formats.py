"""Every form in which one submission's grade can be written, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from rich.console import Console

from autograder.reports import (
    classroom,
    gradescope,
    json_report,
    junit,
    markdown,
    table,
    workflow,
)
from autograder.reports.grade_view import GradeView

_FILE_WIDTH = 100

NAMES = ("table", "json", "junit", "markdown", "gradescope", "classroom", "annotations")


def writer(
    name: str, *, to_file: bool = False, visibility: str = gradescope.DEFAULT
) -> Callable[[GradeView], str]:
    """What makes the text of a report.

    Args:
        name: One of ``NAMES``.
        to_file: Whether it goes into a file, which is as wide as it is.
        visibility: Of hidden checks, for Gradescope.
    """
    writers: Mapping[str, Callable[[GradeView], str]] = {
        "table": partial(_table, to_file=to_file),
        "json": lambda shown: json_report.dumps(shown.grade.assignment, [shown.grade]),
        "junit": junit.dumps,
        "markdown": markdown.dumps,
        "gradescope": partial(gradescope.dumps, visibility=visibility),
        "classroom": classroom.dumps,
        "annotations": workflow.dumps,
    }
    return writers[name]


def _table(shown: GradeView, *, to_file: bool) -> str:
    console = Console(width=_FILE_WIDTH if to_file else None)
    with console.capture() as captured:
        console.print(table.submission_table(shown.grade))
    return captured.get()
