"""The results table: grades are read as they were written, with or without single checks."""

import json
import zlib
from dataclasses import replace

import pytest
from sqlalchemy import update

from autograder.gradebook import results_table
from autograder.gradebook.database import SqliteDatabase
from autograder.gradebook.results_table import ResultRow
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict

CHECK = CheckResult("A3", Verdict.WRONG, "The A3 is too small.", 7.5, 10.0, "no-scaling")
CELLS = (
    CellResult("forward", 10.0, 7.5, Verdict.WRONG, (CHECK, replace(CHECK, name="A4"))),
    CellResult("answer", 5.0),
)
GRADE = Grade("ada", "nets", Status.GRADED, 15.0, CELLS, jail=("seccomp",), notes=("Renamed.",))
BRIEF = replace(GRADE, cells=tuple(replace(cell, checks=()) for cell in CELLS))
RECORD = {"assignment": "nets", "jail": ["seccomp"], "grade": GRADE.to_json(), "gradebook": {}}


@pytest.fixture
def database(tmp_path):
    """A database with one row."""
    database = SqliteDatabase(tmp_path / "one.db", results_table.shard_metadata)
    row = ResultRow("ada", "key", "submission", "notebook", RECORD)
    database.run(lambda connection: results_table.write_rows(connection, "nets", [row]))
    yield database
    database.close()


def read(database, **options):
    """The grades of two students, of whom only one has a row."""
    return list(results_table.read_grades(database, "nets", ["bo", "ada"], **options))


def test_a_grade_is_read_as_it_was_written(database):
    """With all checks of all cells; a student without a row is left out."""
    assert read(database) == [GRADE]


def test_a_brief_grade(database):
    """Everything but the checks; points and verdicts of the cells are there."""
    assert read(database, brief=True) == [BRIEF]


def test_a_row_of_an_earlier_version(database):
    """It holds everything in one piece."""
    old = zlib.compress(json.dumps(RECORD).encode())
    table = results_table.shard_metadata.tables["autograder_result"]
    database.run(lambda connection: connection.execute(update(table).values(result=old)))
    assert read(database) == [GRADE]
