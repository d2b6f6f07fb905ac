"""Cells whose metadata was lost are found again, and nobody else's are."""

import pytest

from autograder.course.foreign import explain_foreign, find_assignment
from autograder.course.lost_metadata import recover_cells
from autograder.course.notebook import grade_id, grade_ids, is_experiment, read_notebook
from tests.conftest import ASSIGNMENT

ANSWER = "def compute_cost_with_regularization(A3, Y, parameters, lambd):\n    return 1"


@pytest.fixture
def submitted(assignment):
    """The release with an exercise and a question answered."""
    notebook = read_notebook(assignment.release).notebook
    for cell in notebook.cells:
        if grade_id(cell) == "l2-cost":
            cell.source = ANSWER
        if (grade_id(cell) or "").startswith("question"):
            cell.source = f"My answer to {grade_id(cell)}."
    return notebook


def names_by_text(notebook):
    """The names of cells by their text."""
    return {cell.source: grade_id(cell) for cell in notebook.cells}


@pytest.mark.parametrize("ids", [True, False])
def test_all_metadata_lost(assignment, submitted, ids):
    """By id where ids are left, by text, function and place where they are not."""
    before = names_by_text(submitted)
    experiments = sum(map(is_experiment, submitted.cells))
    for number, cell in enumerate(submitted.cells):
        cell.metadata = type(cell.metadata)()
        if not ids:
            cell["id"] = f"new-{number}"
    notes = recover_cells(submitted, assignment.notebook)
    after = names_by_text(submitted)
    assert {text: name for text, name in after.items() if name} == {
        text: name for text, name in before.items() if name
    }
    assert sum(map(is_experiment, submitted.cells)) == experiments
    assert "had lost the course's metadata" in notes[0]


def test_one_cell_that_was_pasted(assignment, submitted):
    """Cutting and pasting a cell in Colab loses its metadata only."""
    cell = next(cell for cell in submitted.cells if grade_id(cell) == "l2-cost")
    cell.metadata.pop("nbgrader")
    cell["id"] = "pasted"
    recover_cells(submitted, assignment.notebook)
    assert grade_id(cell) == "l2-cost"


def test_a_whole_notebook_stays_as_it_is(assignment, submitted):
    """Nothing is recognised twice."""
    before = names_by_text(submitted)
    assert recover_cells(submitted, assignment.notebook) == ()
    assert names_by_text(submitted) == before


def test_the_classic_notebook_is_named(assignment, submitted, tmp_path):
    """A function of ours alone makes no notebook of this course."""
    cell = next(cell for cell in submitted.cells if grade_id(cell) == "l2-cost")
    cell["id"], cell.metadata = "a", type(cell.metadata)()
    submitted.cells = [cell]
    assert recover_cells(submitted, assignment.notebook) == ()
    assert not grade_ids(submitted)
    assert find_assignment(submitted, [assignment]) is None
    sentence = explain_foreign(tmp_path / "x.ipynb", submitted, [assignment])
    assert sentence.endswith(
        "x.ipynb is not a notebook of this course (it has compute_cost_with_regularization, but "
        f"none of our cells): copy your functions into {ASSIGNMENT}.ipynb and hand that in."
    )
