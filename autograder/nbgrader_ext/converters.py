"""Our subclasses of nbgrader's converters, which its commands run."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter, NbGraderException
from sqlalchemy import Connection

from autograder.course.layout import CONFIG, Assignment, Course, HandedIn, Submission
from autograder.course.seed import seed_problem
from autograder.course.settings import GradingTraits
from autograder.errors import AutograderError
from autograder.gradebook.autograded_folder import files_beside
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.page_scores import PageScores
from autograder.gradebook.penalties import update_penalties
from autograder.gradebook.scores import discard_scores, write_zeros
from autograder.grading.grade import missing_notebook, not_graded
from autograder.nbgrader_ext.feedback import FeedbackRun
from autograder.nbgrader_ext.feedback_converter import PageConverter
from autograder.nbgrader_ext.literal_paths import find_paths
from autograder.nbgrader_ext.preprocessors import save_nbgraders_result
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
        """Grade what is new; of what is kept, the penalties are brought up to date.

        As ``autograder grade`` does, it says so if others could know or guess the course's seed.
        """
        root = Path(self.coursedir.root)
        seed = GradingTraits(config=self.config).options(root).seed
        if problem := seed_problem(root, root / CONFIG, seed):
            self.log.warning("%s", problem)
        with closing(open_gradebook(self.coursedir.db_url)) as database:
            update_penalties(database, self.coursedir, self.coursedir.assignment_id)
        super().convert_notebooks()

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether a submission is to be graded, as nbgrader sees it."""
        self._student = student_id
        with self._save_failure():
            return bool(super().init_destination(assignment_id, student_id))

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one submission, and discard its earlier grade."""
        with self._save_failure():
            self._init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook, and always remove nbgrader's variable from the environment."""
        try:
            with self._save_failure():
                super().convert_single_notebook(notebook_filename)
        finally:
            os.environ.pop("NBGRADER_EXECUTION", None)

    def _init_assignment(self, assignment_id: str, student_id: str) -> None:
        folder = Path(self._format_source(assignment_id, student_id))
        assignment = Course(Path(self.coursedir.root)).assignment(assignment_id)
        submission = Submission(assignment, student_id, folder)
        submission.refuse_links()
        parts, missing = assignment.parts, list[HandedIn]()
        if len(parts) > 1:
            missing = [one for one in submission.find_notebooks() if one.path is None]
        lacking = [one.part for one in missing]
        # the exporter finds what stands in its place, or says why not
        self.notebooks = [str(folder / part.file_name) for part in parts if part not in lacking]
        super().init_assignment(assignment_id, student_id)
        remove_hints(self, assignment_id, student_id)
        names = [one.part.source.stem for one in missing]

        def begin(connection: Connection) -> None:
            discard_scores(connection, assignment_id, [student_id])
            for name in names:
                write_zeros(connection, assignment_id, student_id, name)

        with closing(open_gradebook(self.coursedir.db_url)) as database:
            database.run(begin)
        for one in missing:
            self.log.warning("%s: %s", student_id, *one.notes)
            grade = replace(missing_notebook(one.part, student_id), notes=one.notes)
            save_nbgraders_result(self.coursedir.db_url, grade)

    @contextmanager
    def _save_failure(self) -> Iterator[None]:
        """If the block fails, save why the submission has no grade; nbgrader goes on."""
        try:
            yield
        except Exception as error:
            text = str(error) if isinstance(error, AutograderError) else repr(error)
            assignment = Assignment(Course(Path(self.coursedir.root)), self.coursedir.assignment_id)
            grade = not_graded(self._student, assignment, text)
            save_nbgraders_result(self.coursedir.db_url, grade)
            raise


class CourseFeedback(PageConverter):
    """``GenerateFeedback`` that makes the pages which are out of date, on all cores."""

    def start(self) -> None:
        """Make the pages.

        Raises:
            NbGraderException: If one of them could not be made; the log says why.
        """
        self.prepare()
        hooked = self.pre_convert_hook is not None or self.post_convert_hook is not None
        try:
            run = FeedbackRun(self, force=self.force, workers=1 if hooked else None)
            self.log.info("%d pages are up to date.", len(run.students) - len(run.jobs))
            failed = [outcome for outcome in run.run() if outcome.error]
        except AutograderError as error:
            self.log.error(str(error))  # noqa: TRY400  a sentence
            raise NbGraderException(str(error)) from error
        for outcome in failed:
            self.log.error("%s: %s", outcome.student, outcome.error)
        if failed:
            raise NbGraderException(f"{failed[0].student}: {failed[0].error}")

    def make(self, student: str, scores: Mapping[str, PageScores], key: str) -> None:
        """Make a student's pages between the hooks of the config."""
        self.run_pre_convert_hook()
        super().make(student, scores, key)
        self.run_post_convert_hook()


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
