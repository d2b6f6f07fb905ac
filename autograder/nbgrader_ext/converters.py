"""Our subclasses of nbgrader's converters, which its commands run."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException

from autograder.course.layout import Course, Submission
from autograder.gradebook.autograded_folder import files_beside
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.penalties import update_penalties
from autograder.gradebook.scores import discard_scores
from autograder.nbgrader_ext.literal_paths import find_paths
from utils.checking.hints import FILE as HINTS


class CourseGenerateAssignment(GenerateAssignment):  # type: ignore[misc]  # nbgrader has no types
    """``GenerateAssignment`` that says what is wrong with a source notebook in a sentence."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log.addFilter(_replace_traceback)


class _CopyData(BaseConverter):  # type: ignore[misc]
    """Copies what lies beside a notebook as ``autograder grade`` does: neither links nor too much.

    It comes after nbgrader's own converter in the order in which methods are looked up, in the
    place of what that would call.
    """

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the files beside one student's notebook."""
        target = Path(self._format_dest(assignment_id, student_id))
        source = Path(self._format_source(assignment_id, student_id))
        for name, path in files_beside(self.coursedir, source):
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copy(path, copy)


class CourseAutograde(Autograde, _CopyData):  # type: ignore[misc]
    """``Autograde`` that finds renamed notebooks and never keeps the grade of earlier work."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log.addFilter(_replace_traceback)

    def init_notebooks(self) -> None:
        """Find submissions; an empty folder is one, too, so that a sentence is logged for it."""
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        folders = [Path(folder) for folder in find_paths(pattern)]
        empty = [path for path in folders if path.is_dir() and not any(path.glob("*.ipynb"))]
        try:
            super().init_notebooks()
        except NbGraderException:
            if not empty:
                raise
        self.assignments.update({str(path): [str(path / f"{path.name}.ipynb")] for path in empty})

    def convert_notebooks(self) -> None:
        """Grade what is new; of what is kept, the penalties are brought up to date."""
        _update_penalties(self)
        super().convert_notebooks()

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook, and always remove nbgrader's variable from the environment."""
        try:
            super().convert_single_notebook(notebook_filename)
        finally:
            os.environ.pop("NBGRADER_EXECUTION", None)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one submission, and discard its earlier grade."""
        folder = Path(self._format_source(assignment_id, student_id))
        expected = folder / f"{assignment_id}.ipynb"
        # the exporter finds what stands in its place, or says why not
        self.notebooks = [str(expected)]
        course = Course(Path(self.coursedir.root))
        Submission(course.assignment(assignment_id), student_id, folder).refuse_links()
        super().init_assignment(assignment_id, student_id)
        remove_hints(self, assignment_id, student_id)
        database = open_gradebook(self.coursedir.db_url)
        try:
            database.run(lambda connection: discard_scores(connection, assignment_id, [student_id]))
        finally:
            database.close()


class CourseFeedback(GenerateFeedback, _CopyData):  # type: ignore[misc]
    """``GenerateFeedback`` that leaves out the hints, which students have already."""


def _update_penalties(converter: BaseConverter) -> None:
    coursedir = converter.coursedir
    database = open_gradebook(coursedir.db_url)
    try:
        update_penalties(database, coursedir, coursedir.assignment_id)
    finally:
        database.close()


def remove_hints(converter: BaseConverter, assignment: str, student: str) -> None:
    """Remove the hints from a new folder, as nbgrader copies all files beside a notebook.

    They are as large as the notebook, students have them, and graders do not need them.
    """
    Path(converter._format_dest(assignment, student), HINTS).unlink(missing_ok=True)  # noqa: SLF001


def _replace_traceback(record: logging.LogRecord) -> bool:
    """Log our own errors as a sentence; nbgrader logs every failure with its traceback."""
    text = str(record.msg).strip()
    if text.startswith("Traceback") and "\nautograder.errors." in text:
        record.msg = text.rsplit("\nautograder.errors.", 1)[1].split(": ", 1)[1]
    return True
