"""``autograder demo``: a sample class in a scratch course, from the build to the feedback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from autograder.batch import Outcome
from autograder.build import build
from autograder.course import CONFIG, Assignment, Course
from autograder.database import Database
from autograder.errors import CourseError
from autograder.examples import Example, load_examples
from autograder.feedback import write_feedback
from autograder.grading import Grading
from autograder.nbgrader_plugins import course_directory
from autograder.outcome import Grade, Status


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
        Database(course_directory(self.course).db_url).close()  # before nbgrader does, slowly
        self._grading = self.enter_context(Grading(self.course))

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

    def grade(self, assignment: Assignment) -> Iterator[Outcome]:
        """Grade the class into the scratch course's gradebook."""
        desk = self._grading.desk(assignment)
        yield from self._grading.run(assignment, self._grading.submissions(assignment), desk)
        desk.close()

    def grades(self, assignment: Assignment) -> list[Grade]:
        """What each student got."""
        students = sorted(one.student for one in self._grading.submissions(assignment))
        return list(self._grading.desk(assignment).grades(students))

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
