"""nbgrader's converters with our behaviour: what ``autograde`` and ``generate_feedback`` run."""

from __future__ import annotations

import glob
import logging
import os
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException

from autograder.files import is_regular_file, walk_special_files
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.scores import discard_scores
from utils.checking.hints import FILE as HINTS


class CourseAutograde(Autograde):  # type: ignore[misc]
    """``Autograde`` that grades a renamed notebook and leaves no earlier grade standing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log.addFilter(_sentence_for_traceback)

    def init_notebooks(self) -> None:
        """Find what was handed in; an empty folder counts, for it must end in a sentence."""
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        folders = [Path(folder) for folder in glob.glob(pattern)]  # noqa: PTH207  it is absolute
        empty = [one for one in folders if one.is_dir() and not any(one.glob("*.ipynb"))]
        try:
            super().init_notebooks()
        except NbGraderException:
            if not empty:
                raise
        self.assignments.update({str(one): [str(one / f"{one.name}.ipynb")] for one in empty})

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook; nbgrader's mark in the environment goes, failure or not."""
        try:
            super().convert_single_notebook(notebook_filename)
        finally:
            os.environ.pop("NBGRADER_EXECUTION", None)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one submission; until it is graded, it has no automatic grade."""
        folder = Path(self._format_source(assignment_id, student_id))
        expected = folder / f"{assignment_id}.ipynb"
        if not is_regular_file(
            expected
        ):  # the exporter finds what stands in its place, or says why not
            self.notebooks = [str(expected)]
        ignored = self.coursedir.ignore
        # links and special files, which nbgrader would read with the grader's rights
        special = [glob.escape(str(folder / name)) for name in walk_special_files(folder)]
        try:
            self.coursedir.ignore = [*ignored, *special]
            super().init_assignment(assignment_id, student_id)
        finally:
            self.coursedir.ignore = ignored
        leave_out_hints(self, assignment_id, student_id)
        database = open_gradebook(self.coursedir.db_url)
        try:
            database.run(lambda connection: discard_scores(connection, assignment_id, [student_id]))
        finally:
            database.close()


class CourseFeedback(GenerateFeedback):  # type: ignore[misc]
    """``GenerateFeedback`` that leaves out what students have already."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one student's folder."""
        super().init_assignment(assignment_id, student_id)
        leave_out_hints(self, assignment_id, student_id)


def leave_out_hints(converter: BaseConverter, assignment: str, student: str) -> None:
    """Take the hints out of a folder that is made: nbgrader copies all that lies beside a notebook.

    They are as large as the notebook, a student has them, and whoever grades does not need them.
    """
    Path(converter._format_dest(assignment, student), HINTS).unlink(missing_ok=True)  # noqa: SLF001


def _sentence_for_traceback(record: logging.LogRecord) -> bool:
    """Nbgrader logs every failure as a traceback; ours carry a sentence, which is enough."""
    text = str(record.msg).strip()
    if text.startswith("Traceback") and "\nautograder.errors." in text:
        record.msg = text.rsplit("\nautograder.errors.", 1)[1].split(": ", 1)[1]
    return True
