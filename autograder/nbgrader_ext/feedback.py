"""Feedback pages, by nbgrader's own converter: one of them for many students, several at once."""

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
        course: Whose ``autograded/`` and gradebook are read.
        students: Assignments and students.
        workers: How many processes; as many as cores if None.

    Raises:
        AutograderError: If nbgrader cannot.
    """
    hands = min(workers or core_count(), len(students))
    if hands <= 1:
        return _some(course.root, students)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(hands, mp_context=context, initializer=end_with_parent) as pool:
        shares = [students[first::hands] for first in range(hands)]
        return sum(pool.map(_some, [course.root] * hands, shares))


class _Feedback(CourseFeedback):
    """For some students, whom nbgrader's pattern of names cannot tell."""

    only: frozenset[str] = frozenset()

    def init_notebooks(self) -> None:
        """Find the executed notebooks."""
        super().init_notebooks()
        name = self.coursedir.assignment_id
        wanted = {self._format_source(name, student) for student in self.only}
        for folder in set(self.assignments) - wanted:
            del self.assignments[folder]


def _some(root: Path, students: Sequence[tuple[str, str]]) -> int:
    """Pages of a share of the class, in this process."""
    settings = Settings.load(Course(root))
    for name in sorted({name for name, _ in students}):
        coursedir = settings.course_directory(assignment_id=name)
        made = _Feedback(coursedir=coursedir, config=coursedir.config, force=True)
        made.only = frozenset(student for other, student in students if other == name)
        result = nbgrader_utils.capture_log(made)
        if not result["success"]:
            raise AutograderError(f"Feedback on {name} cannot be written: {reason_in_log(result)}")
    return len(students)
