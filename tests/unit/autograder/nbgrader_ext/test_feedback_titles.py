"""Exercises on feedback pages have the titles that students know."""

import re
from pathlib import Path

import nbgrader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.grade import write_grade
from autograder.models import CellResult, Grade, Status
from autograder.nbgrader_ext.feedback_titles import AddTitles
from autograder.nbgrader_ext.page_exporter import PageExporter
from tests.support.mistake_bank import role

FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"


def notebook(title="Exercise 1 · A <b>step</b>"):
    """A graded notebook with an answer, its checks and a question."""
    checks = role("step-check", grade=True, solution=False, points=4)
    checks["nbgrader"]["score"] = 2.5
    question = role("why", grade=True, solution=True, points=3)
    question["nbgrader"] |= {"score": 0, "comment": "Look again."}
    made = new_notebook(
        cells=[
            new_code_cell("def step(): ...", metadata=role("step", grade=False, solution=True)),
            new_code_cell("first = 1\nsecond = 2", metadata=checks),
            new_markdown_cell("Because.", metadata=question),
        ]
    )
    cells = (CellResult("step-check", 4, 2.5, title=title), CellResult("why", 3, 0.0))
    write_grade(made, Grade("ada", "steps", Status.GRADED, 7, cells))
    return made


def page(made, late_penalty=0):
    """The feedback page, with the settings of nbgrader's ``generate_feedback``."""
    resources = {
        "nbgrader": {
            "notebook": "steps",
            "score": 2.5,
            "max_score": 7,
            "late_penalty": late_penalty,
        },
        "inlining": {"css": []},
    }
    made, resources = AddTitles().preprocess(made, resources)
    exporter = PageExporter(
        template_name="feedback",
        template_file="feedback_page.html.j2",
        extra_template_basedirs=[str(FORMGRADER / "templates")],
        extra_template_paths=[str(FORMGRADER / "static/node_modules/bootstrap/dist/css")],
    )
    return exporter.from_notebook_node(made, resources)[0]


def test_the_index_has_points_and_titles():
    """The title is the author's text; what it holds is shown, not run. Without one: the name."""
    index = page(notebook()).partition('id="toc"')[2].partition("</table>")[0]
    assert "2.5 of 4" in index
    assert '<a href="#step-check">Exercise 1 · A &lt;b&gt;step&lt;/b&gt;</a>' in index
    assert '<a href="#why">why</a>' in index
    assert '<a href="#comment-why">comment</a>' in index
    assert "late" not in index


def test_a_late_penalty_is_in_the_index():
    """It is the reason why the points do not add up."""
    assert "-1.0" in page(notebook(), late_penalty=1).partition('id="toc"')[2]


def test_the_code_of_the_checks_is_folded():
    """What they said is above it, and the student's own answer is open."""
    shown = page(notebook()).partition("<body")[2]
    folded = shown.partition("<details")[2].partition("</details>")[0]
    assert "second" in folded
    assert "def" not in folded
    assert "def" in shown.partition("<details")[0]


def test_a_page_of_an_older_grade():
    """Without titles in the notebook, nbgrader's names stand in the index."""
    made = notebook()
    del made.metadata["autograder"]
    assert '<a href="#step-check">step-check</a>' in page(made)


def test_the_page_fits_on_a_phone():
    """A browser shows it in the width of the screen."""
    assert re.search(r"<meta [^>]*width=device-width", page(notebook()))
