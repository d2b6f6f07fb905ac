"""What a notebook contributes to a lab report."""

import base64

import nbformat
import pytest

from tests.unit.utils.labreport.conftest import answer, figure, png, solution, stub, v4
from utils.labreport.content import (
    Exercise,
    Figure,
    NotebookError,
    Printed,
    read_file,
    read_notebook,
)


def test_an_exercise_has_its_task_the_student_s_lines_and_the_verdicts(notebook):
    """Of the cell only what stands between the markers; of the text its first paragraph."""
    content = read_notebook(notebook, "doubling")
    (exercise,) = content.exercises
    assert exercise.title == "Exercise 1 · Twice"
    assert exercise.task == "Write `double`."
    assert exercise.code == "y = given * x"
    assert [(line.name, line.right) for line in exercise.checks] == [
        ("the value", True),
        ("the sign", False),
    ]
    assert exercise.checks[1].message == "`y` is too large."


def test_results_stay_in_the_notebook_s_order(notebook):
    """A figure comes after the exercise above it."""
    assert [type(one) for one in read_notebook(notebook, "x").results] == [Exercise, Figure]


def test_a_figure_is_called_by_its_alternative_text_or_the_heading_above(notebook):
    """The text that describes the picture, where there is one."""
    notebook.cells.insert(5, figure(**{"image/png": {"alt": "A straight line."}}))
    figures = [one for one in read_notebook(notebook, "x").results if isinstance(one, Figure)]
    assert [one.caption for one in figures] == ["Exercise 1 · Twice", "A straight line."]


def test_the_code_of_cells_that_the_student_added(notebook):
    """An own experiment; of a notebook whose cells have all lost their ids nobody can tell."""
    given = v4.new_code_cell("import numpy", id="code-0123456789")
    empty = v4.new_code_cell("  ", id="e5")
    endless = v4.new_code_cell("x = 1\n" * 10_000, id="4f0c2a9e-endless")
    notebook.cells = [one for one in notebook.cells if "plt" not in one.source]
    notebook.cells += [given, v4.new_code_cell("y = 2\nprint(y)", id="0a1b2c3d"), empty, endless]
    mine, long = read_notebook(notebook, "x").own_code
    assert mine == "y = 2\nprint(y)"
    assert long.count("\n") < 100
    given["id"] = "77"
    assert read_notebook(notebook, "x").own_code == []


def test_a_question_is_the_paragraph_above_its_answer(notebook):
    """An answer that is still the stub counts as not written."""
    answers = read_notebook(notebook, "x").answers
    assert [one.question.markdown for one in answers] == [
        "**Question 1.** Why?",
        "**Question 2.** And?",
    ]
    assert [one.answer.written for one in answers] == [True, False]


def test_cells_for_the_report_are_read_when_something_is_written_in_them(notebook):
    """The principle was written, the problems were not; the purpose is what the course says."""
    content = read_notebook(notebook, "x")
    assert content.principle.markdown == "A sum of two."
    assert not content.problems.written
    assert content.purpose.markdown == "- Double a number"
    notebook.cells.append(v4.new_markdown_cell("Mine.", metadata={"labreport": "purpose"}))
    assert read_notebook(notebook, "x").purpose.markdown == "Mine."


def test_displayed_formulas_are_the_method(notebook):
    """Those between two dollar signs, in their order, at most three."""
    notebook.cells += [v4.new_markdown_cell(f"$$z_{{{i}}}$$") for i in range(5)]
    assert read_notebook(notebook, "x").formulas == ["y = 2x", "z_{0}", "z_{1}"]


def test_numbers_of_sections_and_points_are_left_out(notebook):
    """They belong to the notebook and not to the report."""
    notebook.cells[1].source = "## 3. Twice\n\nFor each number:\n\n1. double it\n\nMore."
    notebook.cells[5].source = "**Question 1.** Why? (8 points)"
    content = read_notebook(notebook, "x")
    assert content.exercises[0].title == "Twice"
    assert content.exercises[0].task == "For each number:\n\n1. double it"
    assert content.answers[0].question.markdown == "**Question 1.** Why?"


def test_a_stub_that_is_not_filled_in_has_no_code(notebook):
    """Its lines are the release's and not the student's."""
    notebook.cells[2] = solution("double", stub(["y = None"]))
    assert read_notebook(notebook, "x").exercises[0].code == ""


def test_a_cell_without_markers_is_the_student_s(notebook):
    """Somebody has deleted them: what stands there is shown whole."""
    notebook.cells[2] = solution("double", "def double(x):\n    return 2 * x\n")
    assert read_notebook(notebook, "x").exercises[0].code == "def double(x):\n    return 2 * x"


def test_a_notebook_that_was_not_run_says_so(notebook):
    """No verdicts and no figures."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    content = read_notebook(notebook, "x")
    assert not content.was_run
    assert content.exercises[0].checks == ()


@pytest.mark.parametrize(
    "bundle",
    [
        {"image/png": "not base64!"},
        {"image/png": base64.b64encode(b"<svg onload=alert(1)>").decode()},
        {"image/svg+xml": "<svg/>"},
        {"image/png": 7},
        {"image/png": [1, 2]},
    ],
)
def test_only_a_real_picture_is_a_figure(notebook, bundle):
    """What claims to be a PNG and is none is passed over."""
    cell = figure()
    cell.outputs[0]["data"] = bundle
    notebook.cells.append(cell)
    assert sum(isinstance(one, Figure) for one in read_notebook(notebook, "x").results) == 1


def test_a_malformed_table_of_results_is_passed_over(notebook):
    """Outputs are the student's to change."""
    output = notebook.cells[3].outputs[0]
    for broken in ("text", {"function": "double"}, {"function": "double", "checks": [1, None]}):
        output["data"]["application/vnd.autograder.report+json"] = broken
        assert read_notebook(notebook, "x").exercises[0].checks == ()


def test_another_course_s_notebook_is_named_for_what_it_is(tmp_path):
    """Neither exercises nor questions: a sentence with the file's name."""
    with pytest.raises(NotebookError, match=r"plain\.ipynb has no exercises"):
        read_notebook(v4.new_notebook(cells=[v4.new_markdown_cell("# Hello")]), "plain")
    (tmp_path / "a.ipynb").write_text("<html>")
    with pytest.raises(NotebookError, match="is not a Jupyter notebook"):
        read_file(tmp_path / "a.ipynb")
    with pytest.raises(NotebookError, match="No such file"):
        read_file(tmp_path / "b.ipynb")


def test_a_file_is_known_by_its_hash(tmp_path, notebook):
    """The receipt in the appendix is of the very bytes."""
    import hashlib

    path = tmp_path / "doubling.ipynb"
    nbformat.write(notebook, path)
    content = read_file(path)
    assert content.name == "doubling"
    assert content.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_pictures_attached_to_an_answer_belong_to_it(notebook):
    """JupyterLab keeps a pasted picture in the cell."""
    cell = answer("why", "![mine](attachment:mine.png)")
    cell["attachments"] = {
        "mine.png": {"image/png": base64.b64encode(png()).decode()},
        "bad.png": {"image/png": "…"},
    }
    notebook.cells[6] = cell
    assert list(read_notebook(notebook, "x").answers[0].answer.attached) == ["mine.png"]


def test_what_cells_print_one_after_the_other_is_one_block(notebook):
    """Unless a picture or an exercise is between them."""
    first, second = (v4.new_code_cell(f"print({n})") for n in (1, 2))
    first.outputs = [v4.new_output("stream", name="stdout", text="one\n")]
    second.outputs = [v4.new_output("stream", name="stdout", text="two\n")]
    notebook.cells += [first, second]
    results = read_notebook(notebook, "x").results
    assert results[-1] == Printed("one\ntwo")
    notebook.cells.insert(-1, figure())
    results = read_notebook(notebook, "x").results
    assert [type(one) for one in results[-3:]] == [Printed, Figure, Printed]
