"""Writes feedback pages with nbgrader's converter, in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from nbgrader import utils as nbgrader_utils

from autograder.batch.process_pool import core_count, end_with_parent
from autograder.course.layout import Course
from autograder.course.nbgrader_log import reason_in_log
from autograder.course.settings import Settings
from autograder.errors import AutograderError
from autograder.nbgrader_ext.converters import CourseFeedback


def write_feedback(
    course: Course, students: Sequence[tuple[str, str]], workers: int | None = None
) -> int:
    """Write feedback pages; return how many.

    Args:
        course: The course whose ``autograded/`` and gradebook are read.
        students: For each page: the assignment and the student.
        workers: How many processes; as many as there are cores if None.

    Raises:
        AutograderError: If nbgrader fails.
    """
    workers = min(workers or core_count(), len(students))
    if workers <= 1:
        return _write_pages(course.root, students)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent) as pool:
        parts = [students[first::workers] for first in range(workers)]
        return sum(pool.map(_write_pages, [course.root] * workers, parts))


class _FeedbackForStudents(CourseFeedback):
    """``CourseFeedback`` for a list of students instead of nbgrader's pattern of names."""

    students: frozenset[str] = frozenset()

    def init_notebooks(self) -> None:
        """Find the executed notebooks."""
        super().init_notebooks()
        name = self.coursedir.assignment_id
        wanted = {self._format_source(name, student) for student in self.students}
        for folder in set(self.assignments) - wanted:
            del self.assignments[folder]


def _write_pages(root: Path, students: Sequence[tuple[str, str]]) -> int:
    """Write pages in this process."""
    settings = Settings.load(Course(root))
    for name in sorted({name for name, _ in students}):
        coursedir = settings.course_directory(assignment_id=name)
        converter = _FeedbackForStudents(coursedir=coursedir, config=coursedir.config, force=True)
        converter.students = frozenset(student for other, student in students if other == name)
        result = nbgrader_utils.capture_log(converter)
        if not result["success"]:
            raise AutograderError(f"Feedback on {name} cannot be written: {reason_in_log(result)}")
    return len(students)
