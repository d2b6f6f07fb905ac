"""A class that each of the two command lines grades once; many tests look at the results."""

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
    """Run a command in the course folder, as a person would."""
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


def example(name: str = "solution", **fields: object) -> Example:
    """A submission that is right except for what is given."""
    return Example(**{"name": name, "student": name, "about": "", "score": 75.0, **fields})  # type: ignore[arg-type]


def edited(assignment: Assignment, edit: Callable[[NotebookNode], None], **fields: object) -> str:
    """The text of a submission after its notebook was edited."""
    notebook = copy.deepcopy(example(**fields).notebook(assignment))
    edit(notebook)
    return json.dumps(notebook)


def skip_test_cells(notebook: NotebookNode) -> None:
    """Tag every test cell so that Jupyter's tools skip it."""
    for cell in graded_by_test(notebook):
        cell.metadata["tags"] = ["skip-execution"]


def claim_full_marks(notebook: NotebookNode) -> None:
    """Let every test cell end in a NumPy scalar, which plain nbgrader takes for full marks."""
    for cell in graded_by_test(notebook):
        cell.source = "import numpy as np\nnp.float64(1.0)"


def duplicate_cell_ids(notebook: NotebookNode) -> None:
    """Give all cells the same id."""
    for cell in notebook.cells:
        cell["id"] = "same"


def save_much_output(notebook: NotebookNode) -> None:
    """Save 50 MB of output."""
    cell = next(cell for cell in notebook.cells if is_experiment(cell))
    cell.outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * 50 * 2**20}]


def use_unknown_format(notebook: NotebookNode) -> None:
    """Claim a format that does not exist yet."""
    notebook["nbformat"] = 99


def rename_cells(notebook: NotebookNode) -> None:
    """Give cells the names of another assignment's."""
    for cell in notebook.cells:
        if grade_id(cell):
            cell.metadata.nbgrader["grade_id"] += "-of-another"


KILLER = ["import os\nos._exit(0)"]


def faulty_submissions(assignment: Assignment) -> dict[str, str]:
    """By student: the text of each notebook that has something wrong with it."""
    right = json.dumps(example().notebook(assignment))
    kill = example(answers={"l2-cost": KILLER}).notebook(assignment)
    (cell,) = [one for one in kill.cells if grade_id(one) == "l2-cost"]
    cell.source = KILLER[0]  # in the cell itself, not in its function
    return {
        "t-doubled": edited(assignment, duplicate_cell_ids),
        "t-empty": "",
        "t-foreign": edited(assignment, rename_cells),
        "t-future": edited(assignment, use_unknown_format),
        "t-killer": json.dumps(kill),
        "t-scalar": edited(assignment, claim_full_marks, base="release"),
        "t-skipper": edited(assignment, skip_test_cells, base="release"),
        "t-swollen": edited(assignment, save_much_output),
        "t-truncated": right[: len(right) // 2],
    }


# Submissions without a grade, and words of the sentence that says why.
REFUSED = {
    "t-empty": "is empty",
    "t-foreign": "but none of our cells",
    "t-future": "format 99",
    "t-missing": "the folder holds no notebook",
    "t-truncated": "damaged",
}


@dataclass(frozen=True)
class ClassRun:
    """A class that was graded by one command."""

    course: Course
    process: subprocess.CompletedProcess[str]

    def gradebook(self) -> dict[str, dict[str, float | None]]:
        """By student: the automatic score of each graded cell, as nbgrader reads it."""
        from nbgrader.api import Gradebook, SubmittedAssignment

        with Gradebook(
            f"sqlite:///{self.course.root / 'gradebook.db'}", "deep-foundations"
        ) as gradebook:
            return {
                submission.student.id: {
                    grade.name: grade.auto_score for grade in submission.notebooks[0].grades
                }
                for submission in gradebook.db.query(SubmittedAssignment).all()
            }


@pytest.fixture(scope="session")
def examples(built: Assignment) -> list[Example]:
    """The sample class."""
    return load_examples(built)


@pytest.fixture(scope="session")
def collected(
    built: Assignment, examples: list[Example], tmp_path_factory: pytest.TempPathFactory
) -> Course:
    """A course with the submissions of the sample class, and with all faulty ones.

    An earlier run gave some of them full marks.
    """
    from nbgrader.api import Gradebook

    root = tmp_path_factory.mktemp("collected") / "course"
    shutil.copytree(built.course.root, root)
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    for example in examples:
        example.write(assignment, course.submitted_dir)
    for student, text in faulty_submissions(assignment).items():
        folder = course.submitted_dir / student / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_text(text, "utf-8")
    (course.submitted_dir / "t-missing" / ASSIGNMENT).mkdir(parents=True)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "deep-foundations") as gradebook:
        for student in ("t-killer", "t-empty", "t-missing"):
            gradebook.add_student(student)
            gradebook.add_submission(ASSIGNMENT, student)
            notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
            for grade in notebook.grades:
                grade.auto_score = grade.max_score
        gradebook.db.commit()
    return course


def grade_copy(command: list[str], collected: Course, root: Path) -> ClassRun:
    """Grade a copy of the class."""
    shutil.copytree(collected.root, root)
    return ClassRun(Course(root), run(*command, cwd=root))


@pytest.fixture(scope="session")
def by_nbgrader(collected: Course, tmp_path_factory: pytest.TempPathFactory) -> ClassRun:
    """The class after plain `nbgrader autograde`."""
    root = tmp_path_factory.mktemp("nbgrader") / "course"
    return grade_copy(["nbgrader", "autograde", ASSIGNMENT], collected, root)


@pytest.fixture(scope="session")
def by_autograder(collected: Course, tmp_path_factory: pytest.TempPathFactory) -> ClassRun:
    """The class after `autograder grade --json`."""
    root = tmp_path_factory.mktemp("autograder") / "course"
    return grade_copy(["autograder", "grade", ASSIGNMENT, "--json", "-"], collected, root)


@pytest.fixture
def without_experiments(registered: Course) -> Iterator[Callable[[str], Path]]:
    """Remove the experiments, which train for long, from ``source`` or ``release``."""

    def write(version: str) -> Path:
        path: Path = getattr(registered.assignment(ASSIGNMENT), version)
        notebook = read_notebook(path).notebook
        notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
        write_notebook(notebook, path)
        return path

    return write
