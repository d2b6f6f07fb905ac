"""Notebooks in a real Jupyter kernel, also when student code ends or blocks it."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.course.assignment_toml import Limits
from autograder.errors import RunnerError
from autograder.runners.kernel import KernelRunner

SAVED = new_output("stream", text="saved by the student")
LIMITS = Limits(cell_seconds=2)


def experiment(source):
    """A cell that only plots, with the output that the student saved."""
    return new_code_cell(source, metadata={"tags": ["experiment"]}, outputs=[SAVED])


def run(*cells, files=None, rerun=False, kernel="python3", language="python"):
    """Execute cells (or their sources); return the notebook."""
    code = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    spec = {"name": kernel, "display_name": kernel, "language": language}
    notebook = new_notebook(cells=code, metadata={"kernelspec": spec})
    runner = KernelRunner()
    runner.run(notebook, limits=LIMITS, seed="s3cret", files=files, rerun_experiments=rerun)
    return notebook


def output_text(cell):
    """All that a cell's outputs hold, as text."""
    return str(cell.outputs)


def test_a_kernel_has_no_jail_layer():
    """None is in force, and the grade says so."""
    assert KernelRunner().layers == ()


def test_an_ordinary_notebook(tmp_path):
    """Cells run in order, in one namespace; tags skip nothing, stderr stops nothing.

    One test for many facts: to start a kernel takes more than a second.
    """
    (tmp_path / "data.txt").write_text("from the folder", "utf-8")
    notebook = run(
        new_markdown_cell("1 / 0"),
        "import os, sys\nx = 1",
        new_code_cell("x += 1", metadata={"tags": ["skip-execution"]}),
        "print('careful', file=sys.stderr)",
        "x",
        "1 / 0",
        "x = x + 40\nx",
        "open('data.txt').read()",
        "open('left_behind.txt', 'w').write('x')",
        experiment("x = 0\nprint('trained')"),
        "x",
        "os.environ['NBGRADER_EXECUTION'], os.environ['AUTOGRADER_SEED']",
        files=tmp_path,
    )
    cells = notebook.cells
    assert cells[3].outputs[0].name == "stderr"
    assert cells[4].outputs[0].data["text/plain"] == "2", "the tag skip-execution skipped a cell"
    assert cells[5].outputs[0].ename == "ZeroDivisionError"
    assert cells[6].outputs[0].data["text/plain"] == "42", "an error stopped the cells after it"
    assert "from the folder" in output_text(cells[7])
    assert cells[9].outputs == [SAVED], "an experiment was run"
    assert cells[10].outputs[0].data["text/plain"] == "42"
    assert cells[11].outputs[0].data["text/plain"] == "('autograde', 's3cret')"
    assert [path.name for path in tmp_path.iterdir()] == ["data.txt"], "submitted/ was written into"


def test_a_dead_kernel(tmp_path):
    """Its cell says so, and the cells after it say that they were not run."""
    notebook = run("x = 1", "import os\nos._exit(0)", "x", experiment("y"), files=tmp_path)
    first, fatal, after, experiment_cell = notebook.cells
    assert first.outputs == []
    assert fatal.outputs[-1].output_type == "error"
    assert fatal.outputs[-1].ename == "KernelDied"
    assert after.outputs[0].ename == "NotRun"
    assert "cell 2" in after.outputs[0].evalue
    assert experiment_cell.outputs == [SAVED]


def test_an_endless_loop():
    """It is stopped at the limit and says so; the cells after it are run."""
    notebook = run(
        "while True:\n    pass", "'still here'", experiment("print('rerun')"), rerun=True
    )
    loop, after, experiment_cell = notebook.cells
    assert loop.outputs[-1].ename == "TimedOut"
    assert "2 s" in loop.outputs[-1].evalue
    assert "still here" in output_text(after)
    assert "rerun" in output_text(experiment_cell)


def test_a_kernel_that_does_not_exist():
    """It is the machine's fault: there is no grade, and a sentence says why."""
    with pytest.raises(RunnerError, match=r"could not be used.*julia-0\.1"):
        run("x = 1", kernel="julia-0.1", language="julia")
