"""A grade is plain data with a JSON form that other programs rely on."""

import dataclasses
import json

import pytest
from hypothesis import given

from autograder.models import SCHEMA, CellResult, CheckResult, Grade, Status, Verdict
from tests.support import strategies


def test_the_schema_number():
    """Programs that read our JSON were written for schema 2."""
    assert SCHEMA == 2


def test_a_record_of_schema_1():
    """What an earlier version has stored in a gradebook is read as before."""
    cell = CellResult(
        "dropout-forward", 10.0, 7.5, Verdict.WRONG, (CheckResult("A3", Verdict.WRONG),)
    )
    grade = Grade("ada", "regularization", Status.GRADED, 10.0, (cell,))
    data = grade.to_json()
    (notebook,) = data.pop("notebooks")
    assert (
        Grade.from_json({**data, "cells": notebook["cells"]}, assignment="regularization") == grade
    )


def test_cells_of_two_notebooks():
    """Cells of one name in two notebooks stay two, and the JSON lists each with its own."""
    cells = (CellResult("f", 2.0, 1.0), CellResult("f", 3.0, 3.0, notebook="second"))
    grade = Grade("ada", "first", Status.GRADED, 5.0, cells)
    data = json.loads(json.dumps(grade.to_json()))
    assert [(one["name"], one["score"], one["max_score"]) for one in data["notebooks"]] == [
        ("first", 1.0, 2.0),
        ("second", 3.0, 3.0),
    ]
    assert Grade.from_json(data, assignment="first") == grade
    assert [cell.key for cell in cells] == ["f", "second/f"]


def test_the_names_of_the_verdicts():
    """No verdict may be renamed or removed: reports and programs know them by name."""
    assert {verdict.value for verdict in Verdict} == {
        "right",
        "wrong",
        "raised",
        "not_defined",
        "timed_out",
        "out_of_memory",
        "output_too_large",
        "forbidden",
        "infrastructure",
    }


@given(strategies.grades)
def test_a_grade_survives_json(grade):
    """Writing a grade as JSON text and reading it back gives an equal grade."""
    data = json.loads(json.dumps(grade.to_json()))
    assert Grade.from_json(data, assignment=grade.assignment, jail=grade.jail) == grade


@given(strategies.grades)
def test_the_score_is_the_sum_of_the_points_so_far(grade):
    """A cell that still has to be graded by hand counts nothing, and the grade says so."""
    points = [cell.points for cell in grade.cells if cell.points is not None]
    assert grade.score == pytest.approx(sum(points))
    assert grade.needs_manual_grade == (len(points) < len(grade.cells))


def test_a_submission_has_the_fields_of_the_contract():
    """The documented fields are there, with the documented types."""
    check = CheckResult("A3", Verdict.WRONG, "too small", 7.5, 10.0, "no-keep-prob-scaling")
    cell = CellResult("dropout-forward", 10.0, 7.5, Verdict.WRONG, (check,))
    by_hand = CellResult("question", 90.0)
    grade = Grade("ada", "regularization", Status.GRADED, 100.0, (cell, by_hand), seconds=0.04)
    data = json.loads(json.dumps(grade.to_json()))
    expected = {
        "student": "ada",
        "status": "graded",
        "score": 7.5,
        "max_score": 100.0,
        "needs_manual_grade": True,
        "seconds": 0.04,
    }
    assert {name: data[name] for name in expected} == expected
    (notebook,) = data["notebooks"]
    assert (notebook["name"], notebook["score"]) == ("regularization", 7.5)
    first, second = notebook["cells"]
    assert {name: first[name] for name in ("grade_id", "points", "max_points", "verdict")} == {
        "grade_id": "dropout-forward",
        "points": 7.5,
        "max_points": 10.0,
        "verdict": "wrong",
    }
    assert second["points"] is None
    assert second["verdict"] is None
    entry = first["checks"][0]
    assert {name: entry[name] for name in ("name", "verdict", "message", "mistake")} == {
        "name": "A3",
        "verdict": "wrong",
        "message": "too small",
        "mistake": "no-keep-prob-scaling",
    }


@pytest.mark.parametrize("broken", [{}, {"name": "A3"}, {"name": "A3", "verdict": "great"}])
def test_a_malformed_check_is_refused(broken):
    """A missing name or verdict, or an unknown verdict, is an error."""
    with pytest.raises((KeyError, ValueError)):
        CheckResult.from_json(broken)


def test_records_do_not_change():
    """Nobody can change a grade that somebody else is using."""
    grade = Grade("ada", "regularization", Status.GRADED, 100.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        grade.max_score = 1.0
