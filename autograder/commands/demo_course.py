"""A scratch course with the sample class of another course's assignments."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from autograder.authoring.build import build
from autograder.authoring.examples import Example, load_examples
from autograder.batch.course_grading import CourseGrading
from autograder.batch.outcomes import SubmissionOutcome
from autograder.course.layout import CONFIG, Assignment, Course
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.models import Grade
from autograder.nbgrader_ext.feedback import feedback_run


class DemoCourse(ExitStack):
    """A scratch course, made anew, in which the sample class can be graded.

    Args:
        course: Where the assignments are written.
        folder: Of the scratch course; an earlier demo there is replaced.
        language: The language that it speaks; by default that of ``course``.

    Raises:
        CourseError: If ``folder`` exists and is not an earlier demo.
    """

    MARK = ".autograder-demo"

    def __init__(self, course: Course, folder: Path, language: str = "") -> None:
        super().__init__()
        if folder.exists():
            if not (folder / self.MARK).is_file():
                raise CourseError(
                    f"{folder} exists and is not an earlier demo. Name another folder."
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / self.MARK).touch()
        shutil.copy(course.root / CONFIG, folder / CONFIG)
        if language:
            with (folder / CONFIG).open("a", encoding="utf-8") as config:
                config.write(f"\nc.Course.language = {language!r}\n")
        shutil.copytree(course.assignments_dir, folder / "assignments")
        self.course = Course(folder)
        self._grading = self.enter_context(CourseGrading(self.course))
        # Made here because nbgrader, which would make it during the build, is much slower.
        open_gradebook(self._grading.settings.coursedir.db_url).close()

    def build(self, name: str) -> Assignment:
        """Build an assignment's source notebook and release."""
        assignment = self.course.assignment(name)
        build(assignment)
        return assignment

    def submit(self, assignment: Assignment) -> list[Example]:
        """Write the sample class into ``submitted/``."""
        examples = load_examples(assignment)
        for example in examples:
            example.write(assignment, self.course.submitted_dir)
        return examples

    def grade(self, assignment: Assignment) -> Iterator[SubmissionOutcome]:
        """Grade the class into the scratch course's gradebook."""
        store = self._grading.gradebook_store(assignment)
        submissions = self._grading.submissions(assignment)
        yield from self._grading.batch(assignment, store).run(submissions)
        store.close()

    def grades(self, assignment: Assignment) -> list[Grade]:
        """All grades, by student."""
        students = sorted(
            submission.student for submission in self._grading.submissions(assignment)
        )
        return list(self._grading.gradebook_store(assignment).grades(students))

    def write_feedback(self, names: list[str]) -> int:
        """Write a feedback page for each submission that has a grade; return how many."""
        return sum(
            not outcome.error for name in names for outcome in feedback_run(self.course, name).run()
        )

    def feedback_page(self, assignment: Assignment, student: str) -> Path:
        """The path of a student's feedback page."""
        return self.course.root / "feedback" / student / assignment.name / f"{assignment.name}.html"
