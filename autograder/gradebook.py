"""Grades into nbgrader's gradebook and ``autograded/``, by nbgrader's own ``autograde``.

Each submission goes through nbgrader's converter with this course's config, so what formgrader,
``generate_feedback`` and ``export`` show afterwards is what they show after ``nbgrader autograde``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograder.course import Assignment, Course, Submission
from autograder.errors import AutograderError, BadSubmissionError, RunnerError
from autograder.grade import not_graded, read_submission, recorded
from autograder.nbgrader_plugins import course_directory, last_sentence, withdraw
from autograder.notebook import read_notebook
from autograder.outcome import Grade


class Nbgrader:
    """nbgrader's API on one course, quiet, with the course's config.

    Args:
        course: Where ``nbgrader_config.py`` lies.
        settings: Traits of ``GradeCells`` that take precedence over the course's config.
    """

    def __init__(self, course: Course, settings: Mapping[str, object] | None = None) -> None:
        self.course = course
        self.coursedir: CourseDirectory = course_directory(course)
        config = self.coursedir.config
        config.GradeCells.update(settings or {})
        self.api = NbGraderAPI(coursedir=self.coursedir, config=config)
        # what matters of nbgrader's log comes back as a sentence
        self.api.log = logging.getLogger("autograder.nbgrader")
        self.api.log.propagate = False
        self.api.log.setLevel(logging.INFO)

    def autograde(self, assignment: Assignment, submission: Submission, *, force: bool) -> Grade:
        """Grade one submission and write it down; a failure is a grade that says why."""
        try:
            path, _ = submission.find_notebook()
            read_submission(path, assignment)
            return self._autograde(assignment, submission, force=force)
        except (BadSubmissionError, RunnerError) as error:
            self.withdraw(submission)
            return not_graded(submission.student, assignment, str(error))

    def withdraw(self, submission: Submission) -> None:
        """Take back the automatic scores of an earlier run."""
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            withdraw(gradebook, submission.assignment.name, submission.student)

    def feedback(self, assignment: Assignment, student: str) -> None:
        """Write one student's feedback pages.

        Raises:
            AutograderError: If nbgrader cannot.
        """
        result = self.api.generate_feedback(assignment.name, student, force=True)
        if not result["success"]:
            raise AutograderError(last_sentence(result))

    def _autograde(self, assignment: Assignment, submission: Submission, *, force: bool) -> Grade:
        result = self.api.autograde(assignment.name, submission.student, force=force)
        if not result["success"]:
            raise RunnerError(last_sentence(result))
        made = self.coursedir.format_path(
            self.coursedir.autograded_directory, submission.student, assignment.name
        )
        path = self.course.root / made / f"{assignment.name}.ipynb"
        try:
            return recorded(read_notebook(path).notebook, assignment.name)
        except KeyError as error:
            raise RunnerError(
                f"{path} was graded by plain nbgrader earlier. Grade it again with --force."
            ) from error


def grade_all(
    assignment: Assignment,
    students: list[str],
    *,
    force: bool = False,
    settings: Mapping[str, object] | None = None,
) -> Iterator[Grade]:
    """Grade submissions one after the other (the arguments: ``Nbgrader``).

    Raises:
        CourseError: If there are no submissions, or a named student has none.
    """
    nbgrader = Nbgrader(assignment.course, settings)
    for submission in assignment.submissions(students):
        yield nbgrader.autograde(assignment, submission, force=force)
