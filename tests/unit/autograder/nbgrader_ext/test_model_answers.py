"""What a grader sees below a student's answer, and nobody else."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.layout import Course
from autograder.course.notebook import is_manual, is_solution
from autograder.nbgrader_ext.model_answers import add_model_answers, read_model_answers
from tests.support.solutions import ROOT

NAMES = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.toml"))
BY_HAND = {"grade": True, "solution": True, "points": 3}
TASK = {"task": True, "points": 3}


def cell_of(source, kind=new_markdown_cell, name="question", **role):
    """A cell with nbgrader's metadata."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    return kind(source, metadata={"nbgrader": {"grade_id": name, "schema_version": 3, **full}})


def answers_of(tmp_path, *cells):
    """The model answers of a source notebook with these cells."""
    path = tmp_path / "source.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return read_model_answers(path)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (cell_of("### BEGIN SOLUTION\nBecause.\n\n- 3: it\n### END SOLUTION", **BY_HAND),
         "Because.\n\n- 3: it"),
        (cell_of("Why?\n\n### BEGIN SOLUTION\nA.\n### END SOLUTION\n\nAnd?\n\n"
                 "### BEGIN SOLUTION\nB.\n### END SOLUTION", **BY_HAND), "A.\n\nB."),
        (cell_of("Because.", **BY_HAND), "Because."),
        (cell_of("*Write your answer here.*", **BY_HAND), None),
        (cell_of("", **BY_HAND), None),
        (cell_of("Draw.\n=== BEGIN MARK SCHEME ===\n1 a line.\n=== END MARK SCHEME ===", **TASK),
         "1 a line."),
        (cell_of("Draw.", **TASK), None),
        (cell_of("print(1)", new_code_cell, **BY_HAND), "```python\nprint(1)\n```"),
        (cell_of('s = """```"""', new_code_cell, **BY_HAND), '````python\ns = """```"""\n````'),
        (cell_of("def f(): pass", new_code_cell, solution=True), None),
        (cell_of("assert f()", new_code_cell, grade=True, points=1), None),
    ],
)  # fmt: skip
def test_what_the_source_tells_a_grader(tmp_path, cell, expected):
    """Between markers, or the whole cell; nothing of what a test grades, and no empty answer."""
    assert answers_of(tmp_path, cell).get("question") == expected


@pytest.mark.parametrize("text", [None, "", "no notebook", '{"cells": 3}'])
def test_one_can_grade_without_a_source(tmp_path, text):
    """On a machine that has none, or where it cannot be read."""
    path = tmp_path / "source.ipynb"
    if text is not None:
        path.write_text(text)
    assert read_model_answers(path) == {}


def test_it_stands_below_the_answer_that_it_belongs_to():
    """Folded, and the other cells stay as they are."""
    cells = [
        cell_of("Mine.", name="first", **BY_HAND),
        new_markdown_cell("Text"),
        cell_of("f = 1", new_code_cell, name="code", solution=True),
        cell_of("Mine, too.", name="second", **BY_HAND),
    ]
    notebook = new_notebook(cells=list(cells))
    texts = add_model_answers(notebook, {"first": "A *model*.", "code": "no", "gone": "no"})
    assert notebook.cells == [cells[0], notebook.cells[1], *cells[1:]]
    assert [notebook.cells[1].source] == texts
    assert texts[0].startswith("<details")
    assert "\n\nA *model*.\n\n" in texts[0]
    nbformat.validate(notebook)


@pytest.mark.parametrize("name", NAMES)
def test_every_written_answer_has_marks(name):
    """What earns how many points, for each question of the course."""
    assignment = Course(ROOT).assignment(name)
    questions = {
        cell.metadata.nbgrader.grade_id
        for cell in assignment.notebook.cells
        if is_manual(cell) and is_solution(cell)
    }
    answers = read_model_answers(assignment.source)
    assert set(answers) == questions
    assert len(questions) >= 3
    for answer in answers.values():
        assert "Marks" in answer
