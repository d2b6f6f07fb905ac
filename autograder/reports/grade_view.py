"""One graded submission as reports for other programs see it: a flat list of checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.text import format_points
from autograder.reports.words import words

# Verdicts that say that an answer is wrong; any other that is not right is an error.
FAILED = frozenset({Verdict.WRONG, Verdict.NOT_DEFINED})


@dataclass(frozen=True)
class GradeView:
    """A grade, and what else a report says.

    Attributes:
        grade: Of one submission.
        file: The notebook's path, as the reader of the report knows it.
        hidden: Cell and name of each check that students cannot see.
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
    def automatic_points(self) -> float:
        """The most that checks can give; the rest is given by hand."""
        return sum(cell.max_points for cell in self.grade.cells if cell.checks)

    @property
    def total(self) -> str:
        """The score in words."""
        if not self.graded:
            return words("not_graded")
        grade = self.grade
        score, max_score = format_points(grade.score), format_points(grade.max_score)
        total = words("points_of_points", points=score, max_points=max_score)
        waiting = sum(cell.max_points for cell in grade.cells if cell.points is None)
        if waiting:
            total += words("points_by_hand", points=format_points(waiting))
        return total

    def checks(self) -> Iterator[tuple[CellResult, CheckResult]]:
        """Every check with its cell."""
        for cell in self.grade.cells:
            for check in cell.checks:
                yield cell, check

    def is_hidden(self, cell: CellResult, check: CheckResult) -> bool:
        """Whether students cannot see this check."""
        return (cell.key, check.name) in self.hidden
