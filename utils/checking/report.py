"""How the checks of an exercise are shown: a small table in a page, plain lines elsewhere."""

from __future__ import annotations

import os
import textwrap
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from utils.messages import get_message

MIME = "application/vnd.autograder.report+json"
SCHEMA = 1

# Colours that pass contrast on white and fall back on JupyterLab's own where there are any; the
# sign beside each colour carries the meaning for those who do not see it.
_GOOD, _BAD, _QUIET = "#1b7f4b", "#b3261e", "#6b7280"
_TABLE = (
    "border-collapse:collapse;margin:.4em 0;font-size:14px;line-height:1.45;text-align:left;"
    "max-width:52em;color:var(--jp-content-font-color1,#1f2328)"
)
_CELL = (
    "padding:.35em .8em .35em 0;vertical-align:top;text-align:left;border:0;"
    "border-top:1px solid var(--jp-border-color2,#d9dce1)"
)
_NARROW = _CELL + ";white-space:nowrap"


@dataclass(frozen=True)
class Line:
    """One check's row."""

    name: str
    verdict: str
    message: str
    points: float
    max_points: float
    hidden: bool = False
    mistake: str | None = None

    @property
    def right(self) -> bool:
        """Whether the check gave its points."""
        return self.verdict == "right"


@dataclass(frozen=True)
class Report:
    """What came of an exercise's checks.

    Its value for nbgrader is ``score``: while work is autograded the plain-text form is that
    number, which nbgrader reads as partial credit.
    """

    function: str
    max_points: float
    lines: tuple[Line, ...]

    @property
    def score(self) -> float:
        """Points earned by the checks in this notebook."""
        return float(sum(line.points for line in self.lines))

    @property
    def all_right(self) -> bool:
        """Whether every check in this notebook is right; a report of no checks is not."""
        return bool(self.lines) and all(line.right for line in self.lines)

    @property
    def undecided(self) -> float:
        """Points of checks that are not in this notebook."""
        return max(0.0, self.max_points - sum(line.max_points for line in self.lines))

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the program that writes the grade down."""
        return {
            "schema": SCHEMA,
            "function": self.function,
            "points": self.score,
            "max_points": self.max_points,
            "checks": [asdict(line) for line in self.lines],
        }

    def to_html(self, points: float | None = None) -> str:
        """The table as a self-contained piece of HTML.

        Args:
            points: What was earned, once that is decided; without it the table says how many
                checks are right here and what is decided later.
        """
        rows = "".join(
            f'<tr><td style="{_NARROW};color:{_GOOD if line.right else _BAD};font-weight:600">'
            f"{'✓' if line.right else '✗'}</td>"
            f'<td style="{_NARROW}">{escape(line.name)}</td>'
            f'<td style="{_CELL}">{marked(message)}</td></tr>'
            for line, message in zip(self.lines, self._messages(), strict=True)
        )
        return (
            f'<div class="check-report"><table style="{_TABLE}"><caption style="caption-side:top;'
            f"text-align:left;padding:.2em 0;font-weight:600;"
            f'color:var(--jp-content-font-color1,#1f2328)"><code>{escape(self.function)}</code>'
            f'</caption><tbody>{rows}</tbody></table><div style="font-size:13px;color:{_QUIET}">'
            f"{escape(self._summary(points))}</div></div>"
        )

    def to_text(self, width: int = 80) -> str:
        """The table as plain lines of at most ``width`` characters."""
        text = [self.function]
        for line, message in zip(self.lines, self._messages(), strict=True):
            head = f"  {'✓' if line.right else '✗'} {line.name}: "
            text.append(
                textwrap.fill(message, width, initial_indent=head, subsequent_indent="      ")
            )
        text += textwrap.wrap(self._summary(), width, initial_indent="  ", subsequent_indent="  ")
        return "\n".join(text)

    def _messages(self) -> list[str]:
        """One message a line; what went wrong is not said again in the same words."""
        shown: list[str] = []
        said: set[str] = set()
        for line in self.lines:
            message = line.message or get_message("passed" if line.right else "failed")
            shown.append(get_message("as_above") if not line.right and message in said else message)
            said.add(message)
        return shown

    def _summary(self, points: float | None = None) -> str:
        if points is not None:
            return get_message(
                "summary_points", points=_plain(points), max_points=_plain(self.max_points)
            )
        right = sum(line.right for line in self.lines)
        if self.undecided:
            return get_message(
                "summary_visible",
                right=right,
                total=len(self.lines),
                hidden=_plain(self.undecided),
                points=_plain(self.max_points),
            )
        return get_message("summary_all", right=right, total=len(self.lines))

    def bundle(self) -> dict[str, Any]:
        """The report in each of its forms, by MIME type."""
        return {
            "text/plain": self._number() or self.to_text(),
            "text/html": self.to_html(),
            MIME: self.to_json(),
        }

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.bundle()

    def _number(self) -> str:
        """What nbgrader reads as points, where it is nbgrader that reads; else nothing."""
        if execution() == "autograde":
            return repr(self.score)
        if execution() == "validate":  # a failed check was raised: see Exercise.report
            return repr(self.max_points)
        return ""

    def __repr__(self) -> str:
        return self.to_text()


class NotRightYet(Exception):  # noqa: N818  it says how far the work is
    """Raised under ``nbgrader validate``, which shows an error's text; here: the plain report."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n" + report.to_text())
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """IPython shows this in place of a traceback through our own code."""
        return self.report.to_text().split("\n")


def execution() -> str:
    """What nbgrader (or the engine, in the same way) says that the notebook is run for."""
    return os.environ.get("NBGRADER_EXECUTION", "")


def _plain(points: float) -> str:
    return f"{points:g}"


def marked(message: str) -> str:
    """A message as HTML: what stands between backticks is code."""
    parts = escape(message).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(
        f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)
    )
