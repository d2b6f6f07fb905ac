"""Our preprocessors in nbgrader's pipelines."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from autograder.errors import CourseError
from autograder.nbgrader_ext.config import configure
from autograder.nbgrader_ext.preprocessors import KeepMarkers


def cell_of(source, make=new_code_cell, **role):
    """A cell with nbgrader's metadata."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    metadata = {"nbgrader": {"grade_id": "f", "schema_version": 3, **full}}
    return make(source, metadata=metadata)


def released(cell):
    """The text of a notebook's only cell in the release."""
    config = Config()
    configure(config)
    notebook, _ = KeepMarkers(config=config).preprocess(new_notebook(cells=[cell]), {})
    return notebook.cells[0].source


def test_stubs_keep_their_markers():
    """In the release that plain `nbgrader generate_assignment` makes, too."""
    source = "x = 1\n### START CODE HERE ###\ny = 2\n### END CODE HERE ###"
    assert released(cell_of(source, solution=True)) == source.replace("y = 2", "y = None")


def test_written_answers_are_removed():
    """A placeholder takes their place."""
    cell = cell_of("Because.", new_markdown_cell, solution=True, grade=True, points=1)
    assert released(cell) == "*Write your answer here.*"


def test_other_cells_are_left_alone():
    """Text may mention the markers."""
    text = "Write between `### START CODE HERE ###` and `### END CODE HERE ###`."
    assert released(new_markdown_cell(text)) == text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (new_code_cell("### START CODE HERE ###"), "cell 1 has a 'START CODE HERE' marker"),
        (cell_of("### START CODE HERE ###\nx", solution=True), "'f' has a 'START CODE HERE'"),
        (cell_of("x = 1\n### END CODE HERE ###", solution=True), "'f' has in line 2 an 'END"),
        (cell_of("x = 1", solution=True), "all of it would be handed out"),
    ],
)
def test_a_faulty_region_stops_the_release(cell, words):
    """A solution that cannot be removed is not released."""
    with pytest.raises(CourseError, match=f"nothing was released: .*{words}"):
        released(cell)
