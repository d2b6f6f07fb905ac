"""The table that ``nbgrader export`` writes, with the scores that all other exports have."""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import Assignment, Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.gradebook.student_scores import StudentScore, read_scores

_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip


class ScoreExport(CsvExportPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Nbgrader's ``CsvExportPlugin`` that leaves a score empty where there is no grade.

    nbgrader writes 0 there, which a system that imports the file would take for a grade.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write ``grades.csv``, or what ``--to`` says, with the columns of nbgrader's plugin."""
        path = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", path)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_COLUMNS)
            for assignment in gradebook.assignments:
                if self._includes(self.assignment, assignment.name):
                    writer.writerows(self._rows(assignment))

    def _rows(self, assignment: Assignment) -> list[list[object]]:
        max_score, scores = read_scores(self.parent.coursedir, assignment.name)
        handed_in = {one.student_id: one.timestamp for one in assignment.submissions}
        rows: list[list[object]] = []
        for score in scores:
            if not self._includes(self.student, score.student):
                continue
            if score.problem:
                self.log.warning("%s has no grade: %s", score.student, score.problem)
            rows.append(
                [
                    *(assignment.name, assignment.duedate, handed_in.get(score.student)),
                    *(score.student, score.last_name, score.first_name, score.email),
                    *_points(score),
                    max_score,
                ]
            )
        return rows

    @staticmethod
    def _includes(wanted: list[object], name: str) -> bool:
        return not wanted or name in map(str, wanted)


def _points(score: StudentScore) -> tuple[object, object, object]:
    return score.score, "" if score.score is None else score.penalty, score.total
