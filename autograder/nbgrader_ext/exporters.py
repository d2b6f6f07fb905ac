"""How nbgrader reads submissions: in the same way as we do, with limits and repairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter

from autograder.course.data_files import left_out
from autograder.course.layout import Course, Submission
from autograder.grading.grade import read_submission


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Reads a submission as ``autograder grade`` does: size-limited, repaired, even if renamed."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Read ``filename``, or the notebook that was submitted in its place, and convert it."""
        name = (resources or {}).get("nbgrader", {}).get("assignment", "")
        student = (resources or {}).get("nbgrader", {}).get("student", "")
        coursedir = self.parent.coursedir
        expected = Path(filename)
        assignment = Course(Path(coursedir.root)).assignment(name).part(expected.stem)
        submission = Submission(assignment, student, expected.parent)
        path, notes = submission.find_notebook()
        read = read_submission(path, assignment)
        resources = resources or {}
        missing = left_out(submission.folder)
        resources["autograder_notes"] = [*notes, *read.notes, *filter(None, [missing])]
        resources.setdefault("metadata", {}).update(name=expected.stem, path=str(path.parent))
        converted: tuple[Any, dict[str, Any]] = self.from_notebook_node(
            read.notebook, resources, **kw
        )
        return converted
