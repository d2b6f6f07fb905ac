"""Our preprocessors in nbgrader's pipelines."""

import copy

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


OURS = "### START CODE HERE ###\na = 1\n### END CODE HERE ###"


def released(cell, *others, **delimiters):
    """The text of a notebook's first cell in the release."""
    config = Config({"ClearSolutions": delimiters})
    configure(config)
    notebook = new_notebook(cells=[cell, *others])
    notebook, _ = KeepMarkers(config=config).preprocess(notebook, {})
    return notebook.cells[0].source


def test_stubs_keep_their_markers():
    """In the release that plain `nbgrader generate_assignment` makes, too."""
    source = "x = 1\n### START CODE HERE ###\ny = 2\n### END CODE HERE ###"
    assert released(cell_of(source, solution=True)) == source.replace("y = 2", "y = None")


def test_written_answers_are_removed():
    """A placeholder takes their place; nbgrader's where students do not keep markers."""
    cell = cell_of("Because.", new_markdown_cell, solution=True, grade=True, points=1)
    exercise = cell_of(OURS, solution=True)
    exercise.metadata.nbgrader["grade_id"] = "g"
    assert released(copy.deepcopy(cell), exercise) == "*Write your answer here.*"
    assert released(cell) == "YOUR ANSWER HERE"


CODE = "def f():\n    {}\n    return 1\n    {}\nprint(1)"
STUB = "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()\nprint(1)"


@pytest.mark.parametrize(
    ("source", "stub", "delimiters"),
    [
        (CODE.format("### BEGIN SOLUTION", "### END SOLUTION"), STUB, {}),
        ("x = 1", "# YOUR CODE HERE\nraise NotImplementedError()", {}),
        (
            CODE.format("# <", "# >"),
            STUB.replace("# YOUR CODE HERE\n    raise NotImplementedError()", "..."),
            {
                "begin_solution_delimeter": "# <",
                "end_solution_delimeter": "# >",
                "code_stub": {"python": "..."},
            },
        ),
    ],
)
def test_a_course_of_others_keeps_its_own_markers_and_stubs(source, stub, delimiters):
    """What it sets for nbgrader's ``ClearSolutions`` stays in force."""
    assert released(cell_of(source, solution=True), **delimiters) == stub


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
    ],
)
def test_a_faulty_region_stops_the_release(cell, words):
    """A solution that cannot be removed is not released."""
    with pytest.raises(CourseError, match=f"nothing was released: .*{words}"):
        released(cell)
