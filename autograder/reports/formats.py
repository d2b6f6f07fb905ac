"""The formats in which one submission's grade can be written: the one list of them.

To add a format, write a module with a ``render`` and add a line to ``FORMATS``. This module is
imported for ``--help``, so a format imports nothing that is slow to import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

DEFAULT_FORMAT = "table"


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a report depends on besides the grade.

    Attributes:
        to_file: Whether it is written to a file, not to a terminal.
        hidden_checks: When Gradescope shows hidden checks; one of ``gradescope.VISIBILITIES``.
    """

    to_file: bool = False
    hidden_checks: str = gradescope.DEFAULT_VISIBILITY


@dataclass(frozen=True, slots=True)
class Format:
    """A format of reports.

    Attributes:
        purpose: What the report is for, in a few words for ``--help``.
        render: Makes the report's text.
    """

    purpose: str
    render: Callable[[GradeView, RenderOptions], str]


FORMATS = {
    "table": Format("a terminal", lambda view, options: table.render(view, options.to_file)),
    "json": Format("programs", lambda view, _: json_report.render(view)),
    "junit": Format("the test results of a CI run", lambda view, _: junit.render(view)),
    "markdown": Format("a GitHub job summary", lambda view, _: markdown.render(view)),
    "gradescope": Format(
        "Gradescope's results.json",
        lambda view, options: gradescope.render(view, options.hidden_checks),
    ),
    "classroom": Format("GitHub Classroom", lambda view, _: classroom.render(view)),
    "annotations": Format(
        "notes on GitHub's page of a commit", lambda view, _: workflow.render(view)
    ),
}


def list_formats() -> str:
    """All formats with what each is for, for ``--help``."""
    return ", ".join(f"{name} for {format_.purpose}" for name, format_ in FORMATS.items())
