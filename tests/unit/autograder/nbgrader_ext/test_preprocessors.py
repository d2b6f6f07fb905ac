"""Our preprocessors in nbgrader's pipelines."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from traitlets.config import Config

from autograder.nbgrader_ext.config import configure
from autograder.nbgrader_ext.preprocessors import KeepMarkers


def cell_of(source, make=new_code_cell, **role):
    """A cell with nbgrader's metadata."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    metadata = {"nbgrader": {"grade_id": "f", "schema_version": 3, **full}}
    return make(source, metadata=metadata)


def test_stubs_keep_their_markers():
    """In the release that plain `nbgrader generate_assignment` makes, too."""
    source = "x = 1\n### START CODE HERE ###\ny = 2\n### END CODE HERE ###"
    cell, _ = KeepMarkers().preprocess_cell(cell_of(source, solution=True), {}, 0)
    assert cell.source == source.replace("y = 2", "y = None")


def test_written_answers_are_removed():
    """A placeholder takes their place."""
    cell = cell_of("Because.", new_markdown_cell, solution=True, grade=True, points=1)
    cell, _ = KeepMarkers().preprocess_cell(cell, {}, 0)
    assert cell.source == "*Write your answer here.*"


def test_other_cells_are_left_alone():
    """Text may mention the markers."""
    text = "Write between `### START CODE HERE ###` and `### END CODE HERE ###`."
    cell, _ = KeepMarkers().preprocess_cell(new_markdown_cell(text), {}, 0)
    assert cell.source == text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (new_code_cell("### START CODE HERE ###"), "cell 3 has a 'START CODE HERE' marker"),
        (cell_of("### START CODE HERE ###\nx", solution=True), "'f' cannot be made a stub"),
        (cell_of("x = 1\n### END CODE HERE ###", solution=True), "'f' cannot be made a stub"),
    ],
)
def test_a_faulty_region_stops_the_release(cell, words):
    """A solution that cannot be removed is not released."""
    config = Config()
    configure(config)
    with pytest.raises(RuntimeError, match=words):
        KeepMarkers(config=config).preprocess_cell(cell, {}, 2)
