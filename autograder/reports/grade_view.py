"""One graded submission as the reports for other programs look at it: a flat list of checks.

What a check says may be a student's own words (the text of an exception, say), so nothing in here
is taken as markup: each report escapes by its own reader's rules, after ``plain`` took out what no
reader can stand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nbformat import NotebookNode

from autograder.course.notebook import grade_id, is_test
from autograder.course.released_cells import release_source
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict

# Control characters, halves of surrogate pairs and the two that no XML file may hold.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WORDS = {
    Verdict.RIGHT: "right",
    Verdict.WRONG: "wrong",
    Verdict.RAISED: "stopped with an error",
    Verdict.NOT_DEFINED: "not defined",
    Verdict.TIMED_OUT: "took too long",
    Verdict.OUT_OF_MEMORY: "needed too much memory",
    Verdict.OUTPUT_TOO_LARGE: "printed too much",
    Verdict.FORBIDDEN: "forbidden",
    Verdict.INFRASTRUCTURE: "could not be run",
}
# Wrong answers; every other verdict that is not right is an error.
FAILED = frozenset({Verdict.WRONG, Verdict.NOT_DEFINED})


@dataclass(frozen=True)
class GradeView:
    """A grade, and what else a report says.

    Attributes:
        grade: Of one submission.
        file: The notebook as the reader knows it, for places in it.
        hidden: Cell and name of each check that a student does not have.
        when: When it was graded.
    """

    grade: Grade
    file: str = ""
    hidden: frozenset[tuple[str, str]] = frozenset()
    when: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def graded(self) -> bool:
        """Whether there is a grade."""
        return self.grade.status == Status.GRADED

    @property
    def automatic(self) -> float:
        """The most that checks can give; the rest is a person's to give."""
        return sum(cell.max_points for cell in self.grade.cells if cell.checks)

    @property
    def by_hand(self) -> float:
        """Points that a person has yet to decide on."""
        return sum(cell.max_points for cell in self.grade.cells if cell.points is None)

    def checks(self) -> Iterator[tuple[CellResult, CheckResult]]:
        """Every check with its cell."""
        for cell in self.grade.cells:
            for check in cell.checks:
                yield cell, check

    def is_hidden(self, cell: CellResult, check: CheckResult) -> bool:
        """Whether a student does not have this check."""
        return (cell.grade_id, check.name) in self.hidden

    @property
    def total(self) -> str:
        """The score in words."""
        if not self.graded:
            return "not graded"
        words = f"{number(self.grade.score)} of {number(self.grade.max_score)} points"
        waiting = self.by_hand
        return words + (f"; {number(waiting)} are graded by hand" if waiting else "")


def exercise(cell: CellResult) -> str:
    """A graded cell's name, as people say it."""
    return one_line(cell.grade_id).removesuffix("-check") or "unnamed"


def word(verdict: Verdict) -> str:
    """A verdict in words."""
    return _WORDS[verdict]


def number(points: float) -> str:
    """Points without needless digits."""
    return f"{round(points, 2):g}"


def plain(text: str) -> str:
    """Text without what no reader can stand; ends of lines are all alike."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Plain text in one line."""
    return " ".join(plain(text).split())


def hidden_checks(cells: Sequence[NotebookNode], grade: Grade) -> frozenset[tuple[str, str]]:
    """Cell and name of each check of a grade that does not stand in the release.

    Args:
        cells: Of the source notebook.
        grade: Whose checks are asked about.
    """
    open_names = {str(grade_id(cell)): _open_names(cell) for cell in cells if is_test(cell)}
    return frozenset(
        (cell.grade_id, check.name)
        for cell in grade.cells
        for check in cell.checks
        if check.name not in open_names.get(cell.grade_id, ())
    )


def _open_names(cell: NotebookNode) -> set[str]:
    """Names of the checks that the release has, and of the cell as a whole where that is open."""
    released = release_source(cell)
    names = {_WHOLE} if "checks.Exercise(" in released or released == cell.source else set()
    try:
        tree = ast.parse(released)
    except SyntaxError:
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            first = node.args[0]
            secret = any(
                one.arg == "hidden"
                and not (isinstance(one.value, ast.Constant) and not one.value.value)
                for one in node.keywords
            )
            if node.func.attr == "check" and isinstance(first, ast.Constant) and not secret:
                names.add(str(first.value))
    return names


# What ``autograder.grading.score`` calls the one check of a cell that has no report.
_WHOLE = "tests"
