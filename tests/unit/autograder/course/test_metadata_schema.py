"""Notebooks with the nbgrader metadata of earlier years."""

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

from autograder.course.metadata_schema import upgrade_metadata

TEST = {"grade": True, "grade_id": "t", "locked": True, "solution": False}
OLD = [
    {**TEST, "points": 2, "schema_version": 1},
    {**TEST, "points": 3, "checksum": "0" * 32, "schema_version": 2, "cell_type": "code"},
    {**TEST, "points": "", "extra": "left by an extension"},
    {**TEST, "points": -1.0, "schema_version": 0},
    {"grade": False, "solution": True, "points": 5, "grade_id": "s", "locked": False},
    {"grade": False, "solution": False, "locked": False, "grade_id": "none"},
    {"schema_version": 1, "grade": False, "solution": False, "locked": True, "grade_id": "l"},
]


@pytest.mark.parametrize("old", OLD)
def test_as_nbgrader_updates_it(old):
    """The result is what `nbgrader update` writes, and valid for nbgrader."""
    notebook = new_notebook(cells=[new_code_cell("pass", metadata={"nbgrader": dict(old)})])
    theirs = copy.deepcopy(notebook)
    validator = MetadataValidatorV3()
    validator.upgrade_notebook_metadata(theirs)
    upgrade_metadata(notebook)
    validator.validate_nb(notebook)
    ours, expected = (one.cells[0].metadata.get("nbgrader") for one in (notebook, theirs))
    if expected is None:
        assert ours is None
        return
    without = {name: value for name, value in ours.items() if name != "task"}
    # of a cell without a stored type nbgrader guesses one; it needs none
    expected.pop("cell_type", None)
    without.pop("cell_type", None)
    assert without == expected
    assert ours["task"] is False


@pytest.mark.parametrize(
    "data", [7, ["grade"], {"grade_id": "f"}, {"schema_version": "1"}, {"schema_version": 9}]
)
def test_what_is_no_older_schema_stays(data):
    """Metadata that a person broke, or that come from the future, are left to be reported."""
    notebook = new_notebook(cells=[new_markdown_cell("x", metadata={"nbgrader": data})])
    before = copy.deepcopy(notebook)
    upgrade_metadata(notebook)
    assert notebook == before


def test_points_that_are_none_stay_to_be_reported():
    """`points: two` is not silently worth nothing."""
    data = {**TEST, "points": "two", "schema_version": 2}
    notebook = new_notebook(cells=[new_code_cell("x", metadata={"nbgrader": data})])
    upgrade_metadata(notebook)
    assert notebook.cells[0].metadata.nbgrader.points == "two"
