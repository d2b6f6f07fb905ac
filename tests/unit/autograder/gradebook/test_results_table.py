"""One row a submission: what goes in comes out, whole or without its single checks."""

import json
import zlib
from dataclasses import replace

import pytest
from sqlalchemy import update

from autograder.gradebook import results_table
from autograder.gradebook.database import SqliteFile
from autograder.gradebook.results_table import ResultRow
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict

CHECK = CheckResult("A3", Verdict.WRONG, "The A3 is too small.", 7.5, 10.0, "no-scaling")
CELLS = (
    CellResult("forward", 10.0, 7.5, Verdict.WRONG, (CHECK, replace(CHECK, name="A4"))),
    CellResult("answer", 5.0),
)
GRADE = Grade("ada", "nets", Status.GRADED, 15.0, CELLS, jail=("seccomp",), notes=("Renamed.",))
BRIEF = replace(GRADE, cells=tuple(replace(cell, checks=()) for cell in CELLS))
RESULT = {"assignment": "nets", "jail": ["seccomp"], "grade": GRADE.to_json(), "rows": {}}


@pytest.fixture
def database(tmp_path):
    """A file with one row."""
    made = SqliteFile(tmp_path / "one.db", results_table.shard_metadata)
    entry = ResultRow("ada", "key", "submission", "notebook", RESULT)
    made.run(lambda connection: results_table.write_rows(connection, "nets", [entry]))
    yield made
    made.close()


def grades(database, **how):
    """What is read, of those who are there."""
    return list(results_table.read_grades(database, "nets", ["bo", "ada"], **how))


def test_a_grade_comes_out_as_it_went_in(database):
    """With each check of each cell; who has no row is passed over."""
    assert grades(database) == [GRADE]


def test_a_brief_grade(database):
    """All of it but the checks: points and verdicts are the cells'."""
    assert grades(database, brief=True) == [BRIEF]


def test_a_row_of_an_earlier_version(database):
    """It holds all in one piece."""
    old = zlib.compress(json.dumps(RESULT).encode())
    table = results_table.shard_metadata.tables["autograder_result"]
    database.run(lambda connection: connection.execute(update(table).values(result=old)))
    assert grades(database) == [GRADE]
