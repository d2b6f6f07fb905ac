"""One row a submission: what goes in comes out, whole or without its single checks."""

import json
import zlib
from dataclasses import replace

import pytest
from sqlalchemy import update

from autograder import ledger
from autograder.database import Scratch
from autograder.ledger import Entry
from autograder.outcome import CellResult, CheckResult, Grade, Status, Verdict

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
    made = Scratch(tmp_path / "one.db", ledger.shard_metadata)
    entry = Entry("ada", "key", "submission", "notebook", RESULT)
    made.run(lambda connection: ledger.put(connection, "nets", [entry]))
    yield made
    made.close()


def grades(database, **how):
    """What is read, of those who are there."""
    return list(ledger.grades(database, "nets", ["bo", "ada"], **how))


def test_a_grade_comes_out_as_it_went_in(database):
    """With each check of each cell; who has no row is passed over."""
    assert grades(database) == [GRADE]


def test_a_brief_grade(database):
    """All of it but the checks: points and verdicts are the cells'."""
    assert grades(database, brief=True) == [BRIEF]


def test_a_row_of_an_earlier_version(database):
    """It holds all in one piece."""
    old = zlib.compress(json.dumps(RESULT).encode())
    table = ledger.shard_metadata.tables["autograder_result"]
    database.run(lambda connection: connection.execute(update(table).values(result=old)))
    assert grades(database) == [GRADE]
