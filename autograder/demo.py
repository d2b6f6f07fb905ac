"""``autograder demo``: a sample class in a scratch course, from the build to the feedback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.build import build
from autograder.course import CONFIG, Assignment, Course
from autograder.errors import CourseError
from autograder.examples import Example, load_examples
from autograder.gradebook import Nbgrader
from autograder.outcome import Grade, Status


class Demo:
    """A scratch course with the sample class of one course's assignments.

    Args:
        course: Where the assignments are written.
        folder: The scratch course; made anew.

    Raises:
        CourseError: If ``folder`` exists and is not an earlier demo.
    """

    MARK = ".autograder-demo"

    def __init__(self, course: Course, folder: Path) -> None:
        if folder.exists():
            if not (folder / self.MARK).is_file():
                raise CourseError(f"{folder} exists and is no earlier demo. Name another folder.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / self.MARK).touch()
        shutil.copy(course.root / CONFIG, folder / CONFIG)
        shutil.copytree(course.assignments_dir, folder / "assignments")
        self.course = Course(folder)

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

    def grade(self, assignment: Assignment) -> Iterator[Grade]:
        """Grade the class into the scratch course's gradebook, with feedback pages."""
        nbgrader = Nbgrader(self.course)
        for submission in assignment.submissions():
            grade = nbgrader.autograde(assignment, submission, force=True)
            if grade.status == Status.GRADED:
                nbgrader.feedback(assignment, submission.student)
            yield grade

    def feedback_page(self, assignment: Assignment, student: str) -> Path:
        """Where a student's feedback page lies."""
        return self.course.root / "feedback" / student / assignment.name / f"{assignment.name}.html"
