"""nbgrader's converter for feedback pages, one student at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from functools import cached_property
from pathlib import Path

from nbgrader.converters import GenerateFeedback

from autograder.course.language import configured_language
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import read_notebook
from autograder.errors import AutograderError, CourseError
from autograder.gradebook.autograded_folder import files_beside
from autograder.gradebook.page_scores import PageScores
from autograder.gradebook.student_folders import StudentFolders
from autograder.nbgrader_ext.feedback_scores import RESOURCE
from utils.messages import speaking


class PageConverter(GenerateFeedback):  # type: ignore[misc]  # nbgrader has no types
    """Makes the pages of one student after the other; nbgrader's own loop is not used."""

    def prepare(self) -> None:
        """Make the exporter, as nbgrader does at its start."""
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for preprocessor in self.preprocessors:
            self.exporter.register_preprocessor(preprocessor)
        name = self.coursedir.assignment_id
        self.exporter.lesson = _lesson(Course(Path(self.coursedir.root)).assignment(name))

    @contextmanager
    def in_course(self) -> Iterator[None]:
        """Inside, the course is the working directory, as nbgrader has it."""
        with chdir(self.coursedir.root):
            yield

    @cached_property
    def folders(self) -> StudentFolders:
        """Where the pages go."""
        permissions = int(str(self.permissions), 8)
        directory, name = self.coursedir.feedback_directory, self.coursedir.assignment_id
        return StudentFolders(self.coursedir, directory, name, permissions)

    def student_of(self, folder: str) -> str:
        """Whose folder in ``autograded/`` this is."""
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        match = re.match(pattern, folder)
        assert match is not None, folder
        return match["student_id"]

    def make(self, student: str, scores: Mapping[str, PageScores], key: str) -> None:
        """Make a student's pages, and put them in place with the files beside the notebooks.

        Args:
            student: The student's id.
            scores: By the name of each notebook.
            key: Is written into the pages.

        Raises:
            CourseError: If the gradebook does not have the scores of a notebook.
            OSError: If a file cannot be read or written.
        """
        source = Path(self._format_source(self.coursedir.assignment_id, student))
        pages = {}
        for path in sorted(source.glob("*.ipynb")):
            if path.stem not in scores:
                raise CourseError(
                    f"The gradebook has no score of {path.name}: grade this student again."
                )
            resources = self.init_single_notebook_resources(str(path))
            resources |= {RESOURCE: scores[path.stem], "feedback_key": key}
            with speaking(configured_language(self.config)):
                pages[f"{path.stem}.html"], _ = self.exporter.from_filename(
                    str(path), resources=resources
                )
        beside = dict(files_beside(self.coursedir, source))
        self.folders.replace(student, self.folders.stage(student, pages, beside))


def _lesson(assignment: Assignment) -> frozenset[str]:
    """The texts of the released cells; none without a release: pages then only take longer."""
    try:
        notebooks = [read_notebook(part.release).notebook for part in assignment.parts]
    except (OSError, AutograderError):
        return frozenset()
    return frozenset(cell.source for notebook in notebooks for cell in notebook.cells)
