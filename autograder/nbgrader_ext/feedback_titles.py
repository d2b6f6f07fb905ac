"""Titles of exercises for feedback pages."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.grading.grade import METADATA


class AddTitles(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Gives the page's template the titles of the graded cells, from the grade in the notebook."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add ``exercise_titles``, by nbgrader's names; empty for a cell without one."""
        titles = {
            str(cell.get("grade_id")): str(cell.get("title", ""))
            for cell in nb.metadata.get(METADATA, {}).get("cells", [])
        }
        resources["exercise_titles"] = defaultdict(str, titles)
        return nb, resources
