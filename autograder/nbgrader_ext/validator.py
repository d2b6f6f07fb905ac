"""``nbgrader validate`` and the Validate button: they say what grading would refuse."""

from __future__ import annotations

import html
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbgrader.validator
from nbformat import NotebookNode
from nbgrader.validator import Validator

from autograder.course.foreign import explain_foreign, find_assignment
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import read_notebook
from autograder.errors import BadSubmissionError, CourseError
from autograder.grading.grade import read_submission


class CourseValidator(Validator):  # type: ignore[misc]  # nbgrader has no types
    """Nbgrader's ``Validator`` that reads a notebook as grading reads it.

    nbgrader calls a notebook of another course a success, for none of its checks fails, and ends
    with a traceback on a damaged one. Here either is a failure, with the sentence that the
    instructor would get.
    """

    def validate(self, filename: str) -> dict[str, list[dict[str, str]]]:
        """Run the visible checks; what is wrong, by kind.

        Raises:
            CourseError: If a source notebook of the course cannot be read.
        """
        try:
            read_for_grading(Path(filename), self._assignments())
            results: dict[str, list[dict[str, str]]] = super().validate(filename)
        except BadSubmissionError as error:
            name = Path(filename).name
            sentence = str(error).replace(filename, name)
            width = self.width - len(self.indent) - 3  # nbgrader cuts longer lines
            sentence = textwrap.fill(sentence, width, break_on_hyphens=False)
            failure = {"source": name, "raw_error": sentence}
            results = {"failed": [{**failure, "error": html.escape(sentence)}]}
        return results

    def _assignments(self) -> list[Assignment]:
        """The course's assignments; none where a student has no source notebooks."""
        root = self.config.CourseDirectory.get("root") or "."
        assignments = []
        with suppress(CourseError):
            course = Course.find(Path(root))
            assignments = [course.assignment(name) for name in course.names()]
        parts = (part for assignment in assignments for part in assignment.parts)
        return [part for part in parts if part.source.is_file()]


def read_for_grading(path: Path, assignments: list[Assignment]) -> NotebookNode:
    """A notebook as it would be graded, if it belongs to one of these assignments.

    Args:
        path: The notebook.
        assignments: The course's; of a notebook without them only the form is looked at.

    Raises:
        BadSubmissionError: If grading would refuse it.
    """
    named = [one for one in assignments if one.file_name == path.name]
    if len(named) == 1:
        return read_submission(path, named[0]).notebook
    notebook = read_notebook(path).notebook
    if assignments and find_assignment(notebook, assignments) is None:
        raise BadSubmissionError(explain_foreign(path, notebook, assignments))
    return notebook


def install() -> None:
    """Let nbgrader repair what it reads as grading does: there is no setting."""

    def read(file: str, **_: Any) -> NotebookNode:
        return read_notebook(Path(file)).notebook

    nbgrader.validator.read_nb = read
