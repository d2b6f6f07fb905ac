"""The course's imports and data hold, whatever the student did to their cells."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.course.notebook import is_experiment
from autograder.course.released_cells import release_cell
from autograder.grading.restore import restore

IMPORTS = "import math\n\nfrom utils import checks"
DATA = "data = [1, 2, 3]\nprint(len(data))"
DEMO = "for x in data:\n    print(x)"


def role(name, **parts):
    """Nbgrader's metadata of a cell."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **parts}
    return {"nbgrader": {"grade_id": name, "schema_version": 3, **full}}


@pytest.fixture
def source():
    """Imports, data, a locked helper, an experiment, a demonstration, an exercise."""
    cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell(IMPORTS, id="imports"),
        new_code_cell(DATA, id="data"),
        new_code_cell("def given():\n    return data", metadata=role("given", locked=True)),
        new_code_cell("train()", metadata={"tags": ["experiment"]}, id="train"),
        new_code_cell(DEMO, id="demo"),
        new_code_cell("def f():\n    return math.pi", metadata=role("f", solution=True)),
        new_code_cell("assert f(given())", metadata=role("t", grade=True, points=1)),
    ]
    return new_notebook(cells=cells)


def released(source):
    """The source with the stubs that students get."""
    return new_notebook(cells=[release_cell(cell) for cell in source.cells])


def code_of(notebook):
    """The texts of the cells that run."""
    return [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and not is_experiment(cell)
    ]


def test_what_is_there_stays_as_it_is(submitted, source):
    """Nothing is added to a release, nor noted."""
    restored, notes = restore(submitted, source)
    assert code_of(restored) == code_of(released(source))
    assert notes == ()


def test_spaces_and_empty_lines_are_no_change(submitted, source):
    """An editor that strips or adds them leaves the cell what it is."""
    submitted.cells[1].source = "import math  \nfrom utils import checks\n\n"
    restored, notes = restore(submitted, source)
    assert len(restored.cells) == len(source.cells)
    assert notes == ()


@pytest.mark.parametrize("index", [1, 2, 3])
def test_a_deleted_cell_is_put_back_at_its_place(submitted, source, index):
    """Imports, data and a locked helper; a note says so."""
    del submitted.cells[index]
    restored, notes = restore(submitted, source)
    assert code_of(restored) == code_of(released(source))
    assert "was missing and was put back" in notes[0]
    assert restore(restored, source)[1] == ()


def test_all_of_them_deleted(submitted, source):
    """They come back in the source's order."""
    del submitted.cells[:4]
    restored, notes = restore(submitted, source)
    assert code_of(restored) == code_of(released(source))
    assert len(notes) == 3


@pytest.mark.parametrize("make", [new_raw_cell, new_markdown_cell])
def test_a_cell_that_was_turned_into_text(submitted, source, make):
    """With its id, which editors keep."""
    submitted.cells[1] = make(IMPORTS, id="imports")
    restored, notes = restore(submitted, source)
    assert code_of(restored) == code_of(released(source))
    assert "`import math` was missing" in notes[0]


@pytest.mark.parametrize("index", [1, 3])
def test_a_cell_that_was_moved_to_the_end(submitted, source, index):
    """It runs where the cells after it need it."""
    submitted.cells.append(submitted.cells.pop(index))
    restored, notes = restore(submitted, source)
    assert code_of(restored)[: len(code_of(source))] == code_of(released(source))
    assert "stood after cells that need it" in notes[0]


@pytest.mark.parametrize("keeps_id", [True, False])
@pytest.mark.parametrize("line", ["import seaborn", "%matplotlib widget", "os.chdir('/content')"])
def test_a_changed_cell_runs_after_the_courses(submitted, source, line, keeps_id):
    """What was added may fail; a tool may have dropped the cell's id."""
    submitted.cells[1].source = f"{line}\n{IMPORTS}"
    if not keeps_id:
        submitted.cells[1]["id"] = "another"
    restored, notes = restore(submitted, source)
    assert code_of(restored)[:2] == [IMPORTS, f"{line}\n{IMPORTS}"]
    assert notes == ()
    assert restore(restored, source)[0].cells == restored.cells


def test_a_cell_with_lines_taken_out(submitted, source):
    """The course's is run, and a note says so."""
    submitted.cells[1].source = "from utils import checks\nimport numpy"
    restored, notes = restore(submitted, source)
    assert code_of(restored)[0] == IMPORTS
    assert "was changed" in notes[0]


def test_a_demonstration_may_be_deleted(submitted, source):
    """No graded cell depends on it, so it does not come back."""
    submitted.cells = [cell for cell in submitted.cells if cell.id != "demo"]
    restored, notes = restore(submitted, source)
    assert DEMO not in code_of(restored)
    assert notes == ()


@pytest.mark.parametrize("new_id", ["train", "another"])
def test_an_experiment_gets_its_tag_back(submitted, source, new_id):
    """Found by its text, or by its id where somebody changed a number in it."""
    cell = next(cell for cell in submitted.cells if cell.id == "train")
    cell.metadata = {}
    cell["id"] = new_id
    restored, _ = restore(submitted, source)
    assert code_of(restored) == code_of(released(source))


def test_imports_are_no_experiment(submitted, source):
    """A tag that the student put on them does not switch them off."""
    submitted.cells[1].metadata["tags"] = ["experiment", "mine"]
    restored, _ = restore(submitted, source)
    assert code_of(restored) == code_of(released(source))
    assert restored.cells[1].metadata.tags == ["mine"]
