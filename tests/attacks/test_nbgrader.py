"""Hostile notebooks under plain ``nbgrader autograde`` and ``generate_feedback``."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from autograder.authoring.examples import Example
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, points_of, write_notebook
from autograder.course.notebook import test_cells as graded_by_test
from tests.attacks.active_html import active_parts
from tests.conftest import ASSIGNMENT

pytestmark = pytest.mark.slow

SCRIPT = "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>"
DISPLAY = f"""
from IPython.display import HTML, Markdown, display
display(Markdown({SCRIPT!r}))
HTML({SCRIPT!r})
"""


def tag_tests_to_skip(notebook: NotebookNode) -> None:
    """Tag each test cell so that Jupyter's own tools skip it."""
    for cell in graded_by_test(notebook):
        cell.metadata["tags"] = ["skip-execution"]


def show_scripts(notebook: NotebookNode) -> None:
    """Show a script in a first and in a last cell."""
    notebook.cells.insert(0, new_code_cell(DISPLAY))
    notebook.cells.append(new_code_cell(DISPLAY))


def exit_in_a_cell(notebook: NotebookNode) -> None:
    """End the process in the middle of a cell."""
    (cell,) = [cell for cell in notebook.cells if grade_id(cell) == "l2-cost"]
    cell.source += "\nimport os\nos._exit(0)"


@dataclass(frozen=True)
class Sabotage:
    """One submission: what is done to it, and which points it must lose."""

    base: str = "solution"
    edit: Callable[[NotebookNode], None] = lambda _: None
    files: dict[str, str] = field(default_factory=dict)
    loses: tuple[str, ...] = ()


ALL_CELLS = ("*",)
SUBMISSIONS = {
    "ada": Sabotage(),
    "exit": Sabotage(edit=exit_in_a_cell, loses=("l2-cost-check",)),
    "script": Sabotage(edit=show_scripts),
    "shadow": Sabotage(
        base="release",
        files={
            "numpy.py": "allclose = lambda *a, **k: True",
            "utils/checks.py": "class Exercise: report = lambda self: 100.0",
        },
        loses=ALL_CELLS,
    ),
    "tags": Sabotage(base="release", edit=tag_tests_to_skip, loses=ALL_CELLS),
    "zoe": Sabotage(),
}


def run(*command: str, cwd: Path) -> None:
    """Run a command as a person would."""
    completed = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr


@pytest.fixture(scope="module")
def course(built, tmp_path_factory) -> Course:
    """A class with attackers in it, after ``autograde`` and ``generate_feedback``."""
    root = tmp_path_factory.mktemp("attacked") / "course"
    shutil.copytree(built.course.root, root)
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    for student, sabotage in SUBMISSIONS.items():
        folder = course.submitted_dir / student / ASSIGNMENT
        example = Example(student, student, "", 0.0, base=sabotage.base)
        notebook = example.notebook(assignment)
        sabotage.edit(notebook)
        write_notebook(notebook, folder / f"{ASSIGNMENT}.ipynb")
        for name, text in sabotage.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
    run("nbgrader", "autograde", ASSIGNMENT, cwd=root)
    run("nbgrader", "generate_feedback", ASSIGNMENT, cwd=root)
    return course


@pytest.mark.parametrize("student", SUBMISSIONS)
def test_the_gradebook_holds_the_honest_score(course, student):
    """Cell by cell; students who are graded after an attacker have theirs."""
    cells = list(graded_by_test(course.assignment(ASSIGNMENT).notebook))
    full = {str(grade_id(cell)): points_of(cell) for cell in cells}
    lost = set(full) if SUBMISSIONS[student].loses == ALL_CELLS else set(SUBMISSIONS[student].loses)
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as book:
        submission = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
        scores = {grade.name: grade.auto_score for grade in submission.grades if grade.name in full}
    assert scores == {name: 0.0 if name in lost else points for name, points in full.items()}


@pytest.mark.parametrize("student", SUBMISSIONS)
def test_the_feedback_page_is_harmless(course, student):
    """It has no active element, address or style that an honest page lacks."""

    def page(student: str) -> str:
        path = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        return re.sub(r'<meta name="feedback-key" content="[0-9a-f]{64}">', "", path.read_text())

    assert active_parts(page(student)) - active_parts(page("ada")) == {}
