"""Points and comments for feedback pages, which were read for many students at once."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.errors import CourseError
from autograder.gradebook.page_scores import PageScores

RESOURCE = "page_scores"


class AddScores(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Does what nbgrader's ``GetGrades`` does, without asking the database for each cell."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Write points and comments into the cells, and the score into the resources.

        Raises:
            CourseError: If the gradebook has no score of a cell that has points.
        """
        scores: PageScores = resources[RESOURCE]
        for cell in nb.cells:
            role = cell.metadata.get("nbgrader")
            if utils.is_solution(cell) or utils.is_task(cell):
                role["comment"] = scores.comments.get(role["grade_id"])
            if utils.is_grade(cell) or utils.is_task(cell):
                if role["grade_id"] not in scores.points:
                    raise CourseError(
                        f"The gradebook has no score of the cell {role['grade_id']}: grade this "
                        "student again."
                    )
                role["score"], role["points"] = scores.points[role["grade_id"]]
        resources["nbgrader"] |= {
            "score": scores.score - scores.penalty,
            "max_score": scores.max_score,
            "late_penalty": scores.penalty,
        }
        return nb, resources
