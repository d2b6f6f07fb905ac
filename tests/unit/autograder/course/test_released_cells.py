"""A single cell is released as nbgrader releases it with the whole notebook."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.authoring.source_faults import source_faults
from autograder.course.notebook import is_graded, read_notebook
from autograder.course.released_cells import (
    TEXT_STUB,
    checksum,
    keeps_markers,
    release_cell,
    release_source,
)
from tests.support import strategies

KINDS = {"code": new_code_cell, "markdown": new_markdown_cell}


def cell_of(source, kind="code", **role):
    """A cell with nbgrader's metadata."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    metadata = {"nbgrader": {"grade_id": "a-cell", "schema_version": 3, **full}}
    return KINDS[kind](source, metadata=metadata)


def as_nbgrader_releases(cell):
    """A cell's source after this course's preprocessors of ``generate_assignment``.

    A solution cell that they refuse is no example.
    """
    from nbgrader.preprocessors import ClearHiddenTests

    from autograder.nbgrader_ext.preprocessors import KeepMarkers

    resources = {"language": "python"}
    if cell.metadata.nbgrader["solution"]:
        notebook = new_notebook(cells=[cell])
        if keeps_markers(notebook):
            assume(not list(source_faults(notebook)))
        KeepMarkers().preprocess(notebook, resources)
    cell, _ = ClearHiddenTests().preprocess_cell(cell, resources, 0)
    return cell.source


@given(
    source=strategies.text,
    kind=st.sampled_from(["code", "markdown"]),
    role=st.fixed_dictionaries(
        {name: st.booleans() for name in ("grade", "solution", "locked")},
        optional={"task": st.booleans()},
    ),
    points=st.integers(0, 20) | st.floats(0, 20),
)
def test_checksum_is_nbgraders(source, kind, role, points):
    """For every kind of cell: with another, all answers would seem untouched, or none."""
    from nbgrader.utils import compute_checksum

    cell = cell_of(source, kind, **role)
    if role["grade"] or role.get("task"):
        cell.metadata.nbgrader["points"] = points
    assert checksum(cell) == compute_checksum(cell)


def test_released_cells_are_those_of_the_release(built):
    """Each cell in ``release/`` is what we make of the source notebook's."""
    released = {cell.id: cell for cell in read_notebook(built.release).notebook.cells}
    assert len(released) == len(built.notebook.cells)
    for cell in built.notebook.cells:
        ours, theirs = release_cell(cell), released[cell.id]
        assert ours.source == theirs.source
        role = dict(theirs.metadata.get("nbgrader", {}))
        role.pop("cell_type", None)  # which nbgrader writes and nobody reads
        assert ours.metadata.get("nbgrader", {}) == role


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n### BEGIN HIDDEN TESTS\ny = 2\n### END HIDDEN TESTS\nz = 3",
        "### BEGIN HIDDEN TESTS\ny = 2\n### END HIDDEN TESTS\nz = 3",
        "x = 1\n### BEGIN HIDDEN TESTS\ny = 2\n### END HIDDEN TESTS",
        "x = 1\n\n\n### BEGIN HIDDEN TESTS\ny = 2\n### END HIDDEN TESTS\n\nz = 3\n",
        (
            "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc\n"
            "### BEGIN HIDDEN TESTS\nd\n### END HIDDEN TESTS\ne"
        ),
        "def f():\n    pass\n    ### BEGIN HIDDEN TESTS\n    g()\n    ### END HIDDEN TESTS",
        "no hidden test",
        "",
    ],
)
def test_hidden_tests_are_removed_as_nbgrader_does(source):
    """Wherever the hidden region is in a test cell."""
    released = release_source(cell_of(source, grade=True, locked=True, points=1))
    assert released == as_nbgrader_releases(cell_of(source, grade=True, locked=True, points=1))
    assert "HIDDEN" not in released


@pytest.mark.parametrize(
    "source",
    [
        "Draw.\n=== BEGIN MARK SCHEME ===\n1 a line\n=== END MARK SCHEME ===",
        "### BEGIN MARK SCHEME\n1 a line\n### END MARK SCHEME\nDraw.\n\nThen paint.",
        "Draw.",
    ],
)
def test_the_mark_scheme_of_a_task_is_removed_as_nbgrader_does(source):
    """It tells what earns the points."""
    from nbgrader.preprocessors import ClearMarkScheme

    task = cell_of(source, "markdown", task=True, points=2)
    released = release_source(task)
    assert "MARK SCHEME" not in released
    cleared, _ = ClearMarkScheme().preprocess_cell(task, {"language": "python"}, 0)
    assert released == cleared.source


@given(strategies.solution_functions())
def test_solutions_are_removed_as_nbgrader_does(function):
    """Our preprocessor for nbgrader makes the same stub."""
    source, _ = function
    assert release_source(cell_of(source, solution=True)) == as_nbgrader_releases(
        cell_of(source, solution=True)
    )


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n",
        "x = 1  # all of it is the answer",
        "### BEGIN SOLUTION\na\n### END SOLUTION\nb\n    ### BEGIN SOLUTION\nc\n### END SOLUTION",
    ],
)
def test_solutions_of_others_are_removed_as_nbgrader_does(source):
    """Without this course's markers; a deleted answer that is put back is never the solution."""
    released = release_source(cell_of(source, solution=True))
    assert released == as_nbgrader_releases(cell_of(source, solution=True))
    assert "SOLUTION" not in released


def test_a_region_of_others_that_is_not_closed_hides_the_rest():
    """It is refused when it is released; here nothing may get out."""
    cell = cell_of("a\n### BEGIN SOLUTION\nsecret", solution=True)
    assert release_source(cell) == "a\n# YOUR CODE HERE\nraise NotImplementedError()"


def test_text_answers():
    """The model answer is removed and the text around it stays; without markers all is removed."""
    role = {"kind": "markdown", "solution": True, "grade": True, "points": 3}
    marked = "Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\nGood luck."
    assert release_source(cell_of(marked, **role)) == f"Why?\n\n{TEXT_STUB}\nGood luck."
    assert release_source(cell_of("Because.", **role)) == TEXT_STUB


def test_a_released_cell_is_a_clean_copy():
    """It has no outputs, and the cell of the source notebook is not changed."""
    cell = cell_of("### START CODE HERE ###\nx = 1\n### END CODE HERE ###", solution=True)
    cell.outputs = [new_output("stream", text="42")]
    cell.execution_count = 3
    before = str(cell)
    released = release_cell(cell)
    assert released.outputs == []
    assert released.execution_count is None
    assert "x = None" in released.source
    assert str(cell) == before


def test_no_secret_of_the_source_is_in_the_release(built):
    """No hidden check and no line of a solution; ``autograder check`` looks in another way."""
    released = built.release.read_text("utf-8")
    assert "HIDDEN" not in released
    assert "BEGIN SOLUTION" not in released
    assert "hidden=True" not in released
    assert "lambd / (2 * m)" not in released
    graded = [cell for cell in read_notebook(built.release).notebook.cells if is_graded(cell)]
    assert sum(cell.metadata.nbgrader.points for cell in graded) == 100
