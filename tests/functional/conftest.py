"""One class, graded once by each command line; many tests look at what came of it."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat import NotebookNode

from autograder.authoring.examples import Example, load_examples
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import grade_id, is_experiment, read_notebook, write_notebook
from autograder.course.notebook import test_cells as graded_by_test
from tests.conftest import ASSIGNMENT

DEADLINE = 300


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, in the course folder."""
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


def made(name: str = "solution", **fields: object) -> Example:
    """A submission that is right but for what is given."""
    return Example(**{"name": name, "student": name, "about": "", "score": 75.0, **fields})  # type: ignore[arg-type]


def edited(assignment: Assignment, edit: Callable[[NotebookNode], None], **fields: object) -> str:
    """The text of a submission after an edit in its file."""
    notebook = copy.deepcopy(made(**fields).notebook(assignment))
    edit(notebook)
    return json.dumps(notebook)


def skipping(notebook: NotebookNode) -> None:
    """Tag every test cell so that Jupyter's tools skip it."""
    for cell in graded_by_test(notebook):
        cell.metadata["tags"] = ["skip-execution"]


def claiming(notebook: NotebookNode) -> None:
    """Let every test cell end in a NumPy scalar: full marks by nbgrader's own reading."""
    for cell in graded_by_test(notebook):
        cell.source = "import numpy as np\nnp.float64(1.0)"


def doubling(notebook: NotebookNode) -> None:
    """Give all cells one id."""
    for cell in notebook.cells:
        cell["id"] = "same"


def swelling(notebook: NotebookNode) -> None:
    """Save 50 MB of output."""
    cell = next(cell for cell in notebook.cells if is_experiment(cell))
    cell.outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * 50 * 2**20}]


def future(notebook: NotebookNode) -> None:
    """A format that does not exist yet."""
    notebook["nbformat"] = 99


def foreign(notebook: NotebookNode) -> None:
    """Another assignment's cells."""
    for cell in notebook.cells:
        if grade_id(cell):
            cell.metadata.nbgrader["grade_id"] += "-of-another"


KILLER = ["import os\nos._exit(0)"]


def troubles(assignment: Assignment) -> dict[str, str]:
    """By student: the file's text of each submission that is trouble, graded or not."""
    right = json.dumps(made().notebook(assignment))
    kill = made(answers={"l2-cost": KILLER}).notebook(assignment)
    (cell,) = [one for one in kill.cells if grade_id(one) == "l2-cost"]
    cell.source = KILLER[0]  # in the cell itself, not in its function
    return {
        "t-doubled": edited(assignment, doubling),
        "t-empty": "",
        "t-foreign": edited(assignment, foreign),
        "t-future": edited(assignment, future),
        "t-killer": json.dumps(kill),
        "t-scalar": edited(assignment, claiming, base="release"),
        "t-skipper": edited(assignment, skipping, base="release"),
        "t-swollen": edited(assignment, swelling),
        "t-truncated": right[: len(right) // 2],
    }


# Why each of these has no grade, in words of its sentence.
REFUSED = {
    "t-empty": "is empty",
    "t-foreign": f"holds no exercise of {ASSIGNMENT}",
    "t-future": "format 99",
    "t-missing": "the folder holds no notebook",
    "t-truncated": "damaged",
}


@dataclass(frozen=True)
class ClassRun:
    """A class after one command graded it."""

    course: Course
    done: subprocess.CompletedProcess[str]

    def gradebook(self) -> dict[str, dict[str, float | None]]:
        """By student: the automatic score of each graded cell, as nbgrader has it."""
        from nbgrader.api import Gradebook, SubmittedAssignment

        with Gradebook(
            f"sqlite:///{self.course.root / 'gradebook.db'}", "deep-foundations"
        ) as book:
            found = book.db.query(SubmittedAssignment).all()
            return {
                one.student.id: {grade.name: grade.auto_score for grade in one.notebooks[0].grades}
                for one in found
            }


@pytest.fixture(scope="session")
def examples(built: Assignment) -> list[Example]:
    """The sample class."""
    return load_examples(built)


@pytest.fixture(scope="session")
def collected(
    built: Assignment, examples: list[Example], tmp_path_factory: pytest.TempPathFactory
) -> Course:
    """A course in which the sample class and all troublemakers have handed in.

    An earlier run gave some of them full marks.
    """
    from nbgrader.api import Gradebook

    root = tmp_path_factory.mktemp("collected") / "course"
    shutil.copytree(built.course.root, root)
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    for example in examples:
        example.write(assignment, course.submitted_dir)
    for student, text in troubles(assignment).items():
        folder = course.submitted_dir / student / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_text(text, "utf-8")
    (course.submitted_dir / "t-missing" / ASSIGNMENT).mkdir(parents=True)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "deep-foundations") as book:
        for student in ("t-killer", "t-empty", "t-missing"):
            book.add_student(student)
            book.add_submission(ASSIGNMENT, student)
            for grade in book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades:
                grade.auto_score = grade.max_score
        book.db.commit()
    return course


def graded_by(command: list[str], collected: Course, root: Path) -> ClassRun:
    """Grade a copy of the class."""
    shutil.copytree(collected.root, root)
    return ClassRun(Course(root), run(*command, cwd=root))


@pytest.fixture(scope="session")
def by_nbgrader(collected: Course, tmp_path_factory: pytest.TempPathFactory) -> ClassRun:
    """The class after plain `nbgrader autograde`."""
    root = tmp_path_factory.mktemp("nbgrader") / "course"
    return graded_by(["nbgrader", "autograde", ASSIGNMENT], collected, root)


@pytest.fixture(scope="session")
def by_autograder(collected: Course, tmp_path_factory: pytest.TempPathFactory) -> ClassRun:
    """The class after `autograder grade --json`."""
    root = tmp_path_factory.mktemp("autograder") / "course"
    return graded_by(["autograder", "grade", ASSIGNMENT, "--json", "-"], collected, root)


@pytest.fixture
def lesson(registered: Course) -> Iterator[Callable[[str], Path]]:
    """Write ``source`` or ``release`` without its experiments, which train for long."""

    def write(room: str) -> Path:
        path = getattr(registered.assignment(ASSIGNMENT), room)
        notebook = read_notebook(path).notebook
        notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
        write_notebook(notebook, path)
        return path

    return write
