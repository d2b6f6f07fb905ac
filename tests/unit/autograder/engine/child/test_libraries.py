"""The zygote loads what a course's notebooks name, and no more."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.assignment_toml import Limits
from autograder.engine.child.libraries import words_in
from autograder.runners.jailed import JailedRunner

# Backwards, so that this cell names none of them.
LIST_LOADED = """\
import sys
names = [name[::-1] for name in ("tolpyp.biltolptam", "nraelks", "stolp.slitu")]
print(*(name for name in names if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(x):\n    return x", set()),
        ("import sklearn.datasets as d", {"sklearn"}),
        ("%pylab inline", {"pylab"}),
        ("table.plot()", {"plot"}),
        ("import matplotlib.pyplot as plt\nfrom scipy import io", {"plot", "scipy"}),
        ("from utils import checks", {"utils"}),
    ],
)
def test_words(source, words):
    """By the name of a library anywhere in the code, magics included."""
    assert words_in(["x = 1", source]) == words


def loaded_in(runner, source):
    """Which of three libraries a student's process has before its first cell."""
    notebook = new_notebook(cells=[new_code_cell(LIST_LOADED), new_code_cell(source)])
    runner.run(notebook, limits=Limits(), seed="", files=None, rerun_experiments=False)
    return "".join(output.text for output in notebook.cells[0].outputs).split()


def test_what_no_notebook_names_is_not_loaded():
    """One zygote until a notebook names more, then another, which has that too."""
    figures = ["matplotlib.pyplot"]
    with JailedRunner() as runner:
        runner.start(new_notebook(cells=[new_code_cell("x = 1")]))
        assert loaded_in(runner, "x = 2") == []
        assert loaded_in(runner, "import matplotlib.pyplot") == figures
        assert loaded_in(runner, "x = 2") == figures
    with JailedRunner() as runner:
        runner.start(new_notebook(cells=[new_code_cell("from utils import checks")]))
        assert loaded_in(runner, "x = 2") == [*figures, "sklearn", "utils.plots"]
