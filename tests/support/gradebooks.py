"""Reads gradebooks: all their rows, with names instead of nbgrader's random ids."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from nbgrader.api import Base, Gradebook
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT

COURSE_ID = "deep-foundations"


@contextmanager
def nbgrader_gradebook(course: Course) -> Iterator[Gradebook]:
    """A course's gradebook, opened with nbgrader's own API."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", COURSE_ID) as book:
        yield book


def all_rows(course: Course) -> dict[str, list[tuple[object, ...]]]:
    """By table, all rows of nbgrader's tables: sorted, with what an id refers to instead of the id.

    The course ``default_course`` is left out, which nbgrader's own steps add by mistake.
    """
    with nbgrader_gradebook(course) as book:
        return session_rows(book.db)


def session_rows(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """All rows that a database session sees, as in ``all_rows``."""
    raw = {
        table.name: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }
    names: dict[object, str] = {}
    for row in raw["assignment"]:
        names[row["id"]] = f"assignment {row['name']}"
    for row in raw["notebook"]:
        names[row["id"]] = f"{names[row['assignment_id']]}/{row['name']}"
    for row in raw["base_cell"]:
        names[row["id"]] = f"{row['type']} {names[row['notebook_id']]}/{row['name']}"
    for row in raw["submitted_assignment"]:
        names[row["id"]] = f"{names[row['assignment_id']]} by {row['student_id']}"
    for row in raw["submitted_notebook"]:
        names[row["id"]] = f"{names[row['notebook_id']]} in {names[row['assignment_id']]}"
    result: dict[str, list[tuple[object, ...]]] = {}
    for table, rows in raw.items():
        named = [
            tuple(
                (column, names.get(value, value if column != "id" or table in NAMED else "…"))
                for column, value in sorted(row.items())
            )
            for row in rows
            if row.get("id") != "default_course"
        ]
        result[table] = sorted(named, key=repr)
    return result


# Tables whose id is a name that somebody chose.
NAMED = ("course", "student")


def scores(course: Course, student: str) -> dict[str, tuple[object, object, object]]:
    """By cell: the automatic score, the manual score, and whether it needs manual grading."""
    with nbgrader_gradebook(course) as book:
        grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        return {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in grades
        }


def in_this_process() -> ThreadPoolExecutor:
    """An executor that grades in this process, in which a test has replaced the runner."""
    return ThreadPoolExecutor(1)
