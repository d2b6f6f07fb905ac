"""What is handed in, of the notebook that a file's own fixture ``source`` makes."""

import copy

import pytest

from autograder.course.notebook import grade_id
from autograder.course.released_cells import release_cell


@pytest.fixture
def submitted(source):
    """The release, as it was handed out."""
    notebook = copy.deepcopy(source)
    notebook.cells = [release_cell(cell) if grade_id(cell) else cell for cell in notebook.cells]
    return notebook
