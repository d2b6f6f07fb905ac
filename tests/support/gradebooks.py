"""Looking into gradebooks: every row, with names in place of nbgrader's random ids."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from nbgrader.api import Base, Gradebook
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT

OURS = "autograder_result"
COURSE_ID = "deep-foundations"


@contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """Nbgrader's own view of a course's gradebook."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", COURSE_ID) as book:
        yield book


def everything(course: Course) -> dict[str, list[tuple[object, ...]]]:
    """By table: all rows of nbgrader's tables in a steady order, ids told by what they stand for.

    Left out is the course ``default_course``, which nbgrader's steps enter by mistake.
    """
    with opened(course) as book:
        return dumped(book.db)


def dumped(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """All rows that a session sees (see ``everything``)."""
    raw = {
        table.name: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }
    names: dict[object, str] = {}
    for one in raw["assignment"]:
        names[one["id"]] = f"assignment {one['name']}"
    for one in raw["notebook"]:
        names[one["id"]] = f"{names[one['assignment_id']]}/{one['name']}"
    for one in raw["base_cell"]:
        names[one["id"]] = f"{one['type']} {names[one['notebook_id']]}/{one['name']}"
    for one in raw["submitted_assignment"]:
        names[one["id"]] = f"{names[one['assignment_id']]} by {one['student_id']}"
    for one in raw["submitted_notebook"]:
        names[one["id"]] = f"{names[one['notebook_id']]} in {names[one['assignment_id']]}"
    made: dict[str, list[tuple[object, ...]]] = {}
    for table, rows in raw.items():
        told = [
            tuple(
                (column, names.get(value, value if column != "id" or table in WHOLE else "…"))
                for column, value in sorted(row.items())
            )
            for row in rows
            if row.get("id") != "default_course"
        ]
        made[table] = sorted(told, key=repr)
    return made


# Tables whose id is a name that somebody gave.
WHOLE = ("course", "student")


def scores(course: Course, student: str) -> dict[str, tuple[object, object, object]]:
    """By cell: automatic score, a person's score, whether a person has to look."""
    with opened(course) as book:
        grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        return {
            one.name: (one.auto_score, one.manual_score, one.needs_manual_grade) for one in grades
        }


def here() -> ThreadPoolExecutor:
    """Does the work in this process, where a test has put its own runner."""
    return ThreadPoolExecutor(1)
