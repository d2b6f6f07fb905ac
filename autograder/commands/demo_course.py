"""``autograder demo``: a sample class in a scratch course, from the build to the feedback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from autograder.authoring.build import build
from autograder.authoring.examples import Example, load_examples
from autograder.batch.course_grading import CourseGrading
from autograder.batch.outcomes import SubmissionOutcome
from autograder.course.config import course_directory
from autograder.course.layout import CONFIG, Assignment, Course
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.models import Grade, Status
from autograder.nbgrader_ext.feedback import write_feedback


class Demo(ExitStack):
    """A scratch course with the sample class of one course's assignments.

    Args:
        course: Where the assignments are written.
        folder: The scratch course; made anew.

    Raises:
        CourseError: If ``folder`` exists and is not an earlier demo.
    """

    MARK = ".autograder-demo"

    def __init__(self, course: Course, folder: Path) -> None:
        super().__init__()
        if folder.exists():
            if not (folder / self.MARK).is_file():
                raise CourseError(f"{folder} exists and is no earlier demo. Name another folder.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / self.MARK).touch()
        shutil.copy(course.root / CONFIG, folder / CONFIG)
        shutil.copytree(course.assignments_dir, folder / "assignments")
        self.course = Course(folder)
        open_gradebook(course_directory(self.course).db_url).close()  # before nbgrader does, slowly
        self._grading = self.enter_context(CourseGrading(self.course))

    def build(self, name: str) -> Assignment:
        """Text to source and release, in the scratch course."""
        assignment = self.course.assignment(name)
        build(assignment)
        return assignment

    def hand_in(self, assignment: Assignment) -> list[Example]:
        """Place the sample class in ``submitted/``."""
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
        """What each student got."""
        students = sorted(one.student for one in self._grading.submissions(assignment))
        return list(self._grading.gradebook_store(assignment).grades(students))

    def feedback(self, names: list[str]) -> int:
        """Write a feedback page for everybody who has a grade; return how many."""
        graded = [
            (name, one.student)
            for name in names
            for one in self.grades(self.course.assignment(name))
            if one.status == Status.GRADED
        ]
        return write_feedback(self.course, graded)

    def feedback_page(self, assignment: Assignment, student: str) -> Path:
        """Where a student's feedback page lies."""
        return self.course.root / "feedback" / student / assignment.name / f"{assignment.name}.html"
