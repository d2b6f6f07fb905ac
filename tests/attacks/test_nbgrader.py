"""Hostile notebooks under plain ``nbgrader autograde`` and ``generate_feedback``."""

from __future__ import annotations

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
from tests.attacks.harmless import active_parts
from tests.conftest import ASSIGNMENT

pytestmark = pytest.mark.slow

SCRIPT = "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>"
DISPLAY = f"""
from IPython.display import HTML, Markdown, display
display(Markdown({SCRIPT!r}))
HTML({SCRIPT!r})
"""


def skipping(notebook: NotebookNode) -> None:
    """Tag each test cell so that Jupyter's tools skip it."""
    for cell in graded_by_test(notebook):
        cell.metadata["tags"] = ["skip-execution"]


def scripting(notebook: NotebookNode) -> None:
    """Show a script in a cell at the front and in one at the end."""
    notebook.cells.insert(0, new_code_cell(DISPLAY))
    notebook.cells.append(new_code_cell(DISPLAY))


def exiting(notebook: NotebookNode) -> None:
    """End the process in the middle of a cell."""
    (cell,) = [one for one in notebook.cells if grade_id(one) == "l2-cost"]
    cell.source += "\nimport os\nos._exit(0)"


@dataclass(frozen=True)
class Try:
    """One submission: what is done to it, and the points it must lose."""

    base: str = "solution"
    edit: Callable[[NotebookNode], None] = lambda _: None
    files: dict[str, str] = field(default_factory=dict)
    loses: tuple[str, ...] = ()


EVERYTHING = ("*",)
TRIES = {
    "ada": Try(),
    "exit": Try(edit=exiting, loses=("l2-cost-check",)),
    "script": Try(edit=scripting),
    "shadow": Try(
        base="release",
        files={
            "numpy.py": "allclose = lambda *a, **k: True",
            "utils/checks.py": "class Exercise: report = lambda self: 100.0",
        },
        loses=EVERYTHING,
    ),
    "tags": Try(base="release", edit=skipping, loses=EVERYTHING),
    "zoe": Try(),
}


def run(*command: str, cwd: Path) -> None:
    """Run a command as a person would."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(built, tmp_path_factory) -> Course:
    """A class with attackers in it, after autograde and generate_feedback."""
    root = tmp_path_factory.mktemp("attacked") / "course"
    shutil.copytree(built.course.root, root)
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    for student, one in TRIES.items():
        folder = course.submitted_dir / student / ASSIGNMENT
        example = Example(student, student, "", 0.0, base=one.base)
        notebook = example.notebook(assignment)
        one.edit(notebook)
        write_notebook(notebook, folder / f"{ASSIGNMENT}.ipynb")
        for name, text in one.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
    run("nbgrader", "autograde", ASSIGNMENT, cwd=root)
    run("nbgrader", "generate_feedback", ASSIGNMENT, cwd=root)
    return course


@pytest.mark.parametrize("student", TRIES)
def test_the_gradebook_holds_the_honest_score(course, student):
    """Cell by cell; and those who come after an attacker have theirs."""
    cells = list(graded_by_test(course.assignment(ASSIGNMENT).notebook))
    full = {str(grade_id(cell)): points_of(cell) for cell in cells}
    lost = set(full) if TRIES[student].loses == EVERYTHING else set(TRIES[student].loses)
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as book:
        found = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
        scores = {one.name: one.auto_score for one in found.grades if one.name in full}
    assert scores == {name: 0.0 if name in lost else points for name, points in full.items()}


@pytest.mark.parametrize("student", TRIES)
def test_the_feedback_page_is_harmless(course, student):
    """No element, address or style acts on its reader that an honest page does not have."""

    def page(who: str) -> str:
        return (course.root / "feedback" / who / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()

    assert active_parts(page(student)) - active_parts(page("ada")) == {}
