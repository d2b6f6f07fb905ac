"""The results of an exercise's checks: as a table in a page, as plain lines elsewhere."""

from __future__ import annotations

import os
import textwrap
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from utils.checking.values import Compared
from utils.messages import get_message

MIME = "application/vnd.autograder.report+json"
SCHEMA = 1

# The colours have enough contrast on white, and JupyterLab's own are used where they are defined.
# The meaning is in the sign beside each colour, for readers who do not see colours.
_GOOD, _BAD, _MUTED = "#1b7f4b", "#b3261e", "#6b7280"
_TABLE = (
    "border-collapse:collapse;margin:.4em 0;font-size:14px;line-height:1.45;text-align:left;"
    "table-layout:fixed;width:100%;max-width:52em;color:var(--jp-content-font-color1,#1f2328)"
)
_CELL = (
    "padding:.35em .8em .35em 0;vertical-align:top;text-align:left;border:0;"
    "border-top:1px solid var(--jp-border-color2,#d9dce1)"
)
_SIGN = _CELL + ";width:.9em"
_NAME = _CELL + ";width:32%;overflow-wrap:break-word"
_MESSAGE = _CELL + ";overflow-wrap:break-word"


@dataclass(frozen=True)
class Line:
    """The result of one check, a row of the table.

    Attributes:
        name: What is checked.
        verdict: ``right``, ``wrong``, ``raised`` and so on.
        message: What the student is told; empty if there is nothing to say.
        points: The points that the check gave.
        max_points: The points that it can give.
        hidden: Whether it is a hidden check.
        mistake: The id of the known mistake that the answer comes from, if one was found.
        compared: The student's values and the expected ones, for a reader who opens them.
    """

    name: str
    verdict: str
    message: str
    points: float
    max_points: float
    hidden: bool = False
    mistake: str | None = None
    compared: tuple[Compared, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the check gave its points."""
        return self.verdict == "right"


@dataclass(frozen=True)
class Report:
    """The results of all checks of an exercise.

    While work is autograded the plain-text form is ``score`` and nothing else: nbgrader reads a
    number as partial credit.

    Attributes:
        function: The function that was checked.
        max_points: The points of the exercise, with checks that are not in this notebook.
        lines: The results, in the order of the checks.
        bonus: Whether the points are extra points, of which nbgrader knows nothing.
    """

    function: str
    max_points: float
    lines: tuple[Line, ...]
    bonus: bool = False

    @property
    def score(self) -> float:
        """The points earned by the checks in this notebook."""
        return float(sum(line.points for line in self.lines))

    @property
    def all_right(self) -> bool:
        """Whether every check in this notebook is right. Without any checks this is False."""
        return bool(self.lines) and all(line.right for line in self.lines)

    @property
    def undecided(self) -> float:
        """The points of checks that are not in this notebook."""
        return max(0.0, self.max_points - sum(line.max_points for line in self.lines))

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, for the program that records the grade."""
        return {
            "schema": SCHEMA,
            "function": self.function,
            "points": self.score,
            "max_points": self.max_points,
            "checks": [
                {name: value for name, value in asdict(line).items() if name != "compared"}
                for line in self.lines
            ],
        }

    def to_html(self, points: float | None = None) -> str:
        """The table as HTML that needs no style sheet.

        Args:
            points: The points earned, once all checks are decided. Without them the line under
                the table says how many checks are right and how many points are decided later.
        """
        rows = "".join(
            f'<tr><td style="{_SIGN};color:{_GOOD if line.right else _BAD};font-weight:600">'
            f"{'✓' if line.right else '✗'}</td>"
            f'<td style="{_NAME}">{escape(line.name)}</td>'
            f'<td style="{_MESSAGE}">{message_to_html(message)}{_values(line)}</td></tr>'
            for line, message in zip(self.lines, self._messages(), strict=True)
        )
        return (
            f'<div class="check-report"><table style="{_TABLE}"><caption style="caption-side:top;'
            f"text-align:left;padding:.2em 0;font-weight:600;"
            f'color:var(--jp-content-font-color1,#1f2328)"><code>{escape(self.function)}</code>'
            f'</caption><tbody>{rows}</tbody></table><div style="font-size:13px;color:{_MUTED}">'
            f"{escape(self._summary(points))}</div></div>"
        )

    def to_text(self, width: int = 80) -> str:
        """The table as plain lines of at most ``width`` characters, unless a word is longer."""
        text = [self.function]
        for line, message in zip(self.lines, self._messages(), strict=True):
            head = f"  {'✓' if line.right else '✗'} {line.name}: "
            text.append(
                textwrap.fill(message, width, initial_indent=head, subsequent_indent="      ")
            )
        text += textwrap.wrap(self._summary(), width, initial_indent="  ", subsequent_indent="  ")
        return "\n".join(text)

    def _messages(self) -> list[str]:
        """One message for each line; a failed check does not repeat a message in full."""
        messages: list[str] = []
        earlier: set[str] = set()
        for line in self.lines:
            message = line.message or get_message("passed" if line.right else "failed")
            repeated = not line.right and message in earlier
            messages.append(get_message("as_above") if repeated else message)
            earlier.add(message)
        return messages

    def _summary(self, points: float | None = None) -> str:
        if points is not None:
            return get_message(
                "summary_points",
                points=_format_points(points),
                max_points=_format_points(self.max_points),
            )
        right = sum(line.right for line in self.lines)
        if self.undecided:
            return get_message(
                "summary_visible",
                right=right,
                total=len(self.lines),
                hidden=_format_points(self.undecided),
                points=_format_points(self.max_points),
            )
        return get_message("summary_all", right=right, total=len(self.lines))

    def mime_bundle(self) -> dict[str, Any]:
        """The report in each of its forms, by MIME type."""
        return {
            "text/plain": self._text_for_nbgrader() or self.to_text(),
            "text/html": self.to_html(),
            MIME: self.to_json(),
        }

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.mime_bundle()

    def _text_for_nbgrader(self) -> str:
        """The number that nbgrader reads as points; empty when nbgrader does not run the cell.

        To nbgrader a bonus is a cell of 0 points, and it refuses a number above that.
        """
        if self.bonus and nbgrader_execution():
            return repr(0.0)
        if nbgrader_execution() == "autograde":
            return repr(self.score)
        if nbgrader_execution() == "validate":  # if a check failed, Exercise.report has raised
            return repr(self.max_points)
        return ""

    def __repr__(self) -> str:
        return self.to_text()


class NotRightYet(Exception):  # noqa: N818  it is not an error, the work is just not finished
    """Raised under ``nbgrader validate`` if a check failed; its text is the plain report."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n" + report.to_text())
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback, which would only go through our own code."""
        return self.report.to_text().split("\n")


def nbgrader_execution() -> str:
    """What the notebook is run for: ``autograde``, ``validate``, or empty when a person runs it.

    Nbgrader says so in the environment variable ``NBGRADER_EXECUTION``, and so does our engine.
    """
    return os.environ.get("NBGRADER_EXECUTION", "")


def _values(line: Line) -> str:
    """The compared values, folded: reports quote them, and most readers do not need them."""
    if not line.compared:
        return ""
    heads = "".join(
        f'<th style="{_CELL};color:{_MUTED}">{escape(get_message(key))}</th>'
        for key in ("value", "yours", "expected")
    )
    rows = "".join(
        f'<tr><td style="{_CELL}"><code>{escape(part.name)}</code></td>'
        + "".join(
            f'<td style="{_CELL}"><pre style="margin:0;font-size:12px">{escape(text)}</pre></td>'
            for text in (part.yours, part.expected)
        )
        + "</tr>"
        for part in line.compared
    )
    return (
        f'<details style="color:{_MUTED};overflow-x:auto"><summary style="cursor:pointer">'
        f"{escape(get_message('yours_and_expected'))}</summary>"
        f'<table style="border-collapse:collapse"><tr>{heads}</tr>{rows}</table></details>'
    )


def _format_points(points: float) -> str:
    return f"{points:g}"


def message_to_html(message: str) -> str:
    """A message as HTML, with text between backticks as code."""
    parts = escape(message).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(
        f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)
    )
