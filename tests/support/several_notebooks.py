"""A course as others write it: an assignment of two notebooks, modules and data beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.layout import CONFIG, Course
from autograder.course.notebook import write_notebook

NAME = "ps1"
_CONFIG = """\
from autograder.nbgrader_ext.config import configure

c = get_config()
configure(c)
c.CourseDirectory.course_id = "others"
c.GradeCells.seed = "0123456789abcdef0123456789abcdef"
"""
_FILES = {
    "utils.py": "def triple(x):\n    return 3 * x\n",
    "tests/__init__.py": "from .checker import right\n",
    "tests/checker.py": (
        "from pathlib import Path\n\n\n"
        "def right(f):\n"
        "    assert f(2) == 7\n"
        "    assert Path('data.csv').read_text().startswith('a')\n"
    ),
    "data.csv": "a\n1\n",
}


def nbgrader_cell(text: str, name: str, *, markdown: bool = False, **role: object) -> NotebookNode:
    """A cell with nbgrader's metadata; all that is not given is false."""
    data = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": name,
        **role,
    }
    make = new_markdown_cell if markdown else new_code_cell
    return make(text, metadata={"nbgrader": data}, id=name)


def _test(text: str, name: str, points: float) -> NotebookNode:
    return nbgrader_cell(text, name, grade=True, locked=True, points=points)


def source_notebooks() -> dict[str, NotebookNode]:
    """By name: the source notebooks. Both have a cell ``f`` and a cell ``f-test``."""
    first = [
        new_code_cell("import tests\nfrom utils import triple", id="imports"),
        nbgrader_cell(
            "def f(x):\n    ### BEGIN SOLUTION\n    return triple(x) + 1\n    ### END SOLUTION",
            "f",
            solution=True,
        ),
        _test("tests.right(f)", "f-test", 2),
        _test("assert triple(1) == 3", "practice", 0),
        nbgrader_cell(
            "### BEGIN SOLUTION\nBecause.\n### END SOLUTION",
            "why",
            markdown=True,
            grade=True,
            solution=True,
            points=3,
        ),
    ]
    second = [
        nbgrader_cell("### BEGIN SOLUTION\nf = [1, 2]\n### END SOLUTION", "f", solution=True),
        _test("(f[0] == 1) + (f[1] == 2)", "f-test", 2),
        nbgrader_cell("Draw it.", "drawing", markdown=True, task=True, locked=True, points=4),
    ]
    cells = {"basics": first, "lists, sets": second}
    made = {name: new_notebook(cells=each) for name, each in cells.items()}
    for notebook in made.values():
        notebook.nbformat_minor = 5
    return made


def make_course(root: Path) -> Course:
    """Write the course."""
    folder = root / "source" / NAME
    for name, notebook in source_notebooks().items():
        write_notebook(notebook, folder / f"{name}.ipynb")
    for name, text in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (root / CONFIG).write_text(_CONFIG, "utf-8")
    return Course(root)


def hand_in(
    course: Course,
    student: str,
    *,
    only: Collection[str] = (),
    edit: Callable[[str], str] = lambda text: text,
    names: Callable[[str], str] = lambda name: f"{name}.ipynb",
) -> None:
    """Hand in the solutions, each text changed by ``edit``, and each file named by ``names``."""
    for name, notebook in source_notebooks().items():
        if only and name not in only:
            continue
        for cell in notebook.cells:
            cell.source = edit(cell.source)
        write_notebook(notebook, course.submitted_dir / student / NAME / names(name))
