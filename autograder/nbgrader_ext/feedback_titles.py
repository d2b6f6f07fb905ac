"""Titles of exercises for feedback pages."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.notebook import nbgrader_of
from autograder.grading.grade import METADATA
from utils.messages import get_message, language_tag

NO_RESPONSE = "No response."  # nbgrader's comment on an answer that is as it was released


class AddTitles(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Gives the page's template its words, and the titles of the graded cells."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add ``exercise_titles``, by nbgrader's names; empty for a cell without one."""
        grade = nb.metadata.get(METADATA, {})
        titles = {
            str(cell.get("grade_id")): str(cell.get("title", ""))
            for notebook in grade.get("notebooks", [grade])  # which earlier versions did not list
            for cell in notebook.get("cells", [])
        }
        for cell in nb.cells:
            data = nbgrader_of(cell)
            if data.get("comment") == NO_RESPONSE:
                data["comment"] = get_message("no_response")
        resources["language"] = language_tag()
        resources["say"] = get_message  # in the language of whoever makes the page
        resources["exercise_titles"] = defaultdict(str, titles)
        return nb, resources
