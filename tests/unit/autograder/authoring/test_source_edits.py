"""Edits of a source notebook that a build would undo, and Jupytext's pairs of notebooks."""

import os
import shutil
import time

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

from autograder.authoring.build import build
from autograder.authoring.new import TEMPLATE
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, read_notebook, write_notebook
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence
from tests.support.solutions import ROOT

# What a kernel tells JupyterLab, which writes it into the notebooks that it saves.
KERNEL = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3.12.1",
}

OLD, NEW = "The cross-entropy cost plus the L2 cost.", "Cross-entropy plus the L2 cost."


@pytest.fixture
def assignment(registered):
    """An assignment that was built in its course, where its notebooks are paired."""
    shutil.copy(ROOT / "jupytext.toml", registered.root)
    return registered.assignment(ASSIGNMENT)


def in_jupyterlab(course, path, edit=lambda notebook: None):
    """Open a notebook in JupyterLab, run a cell, and save it."""
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)(root_dir=str(course))
    model = manager.get(path, content=True)
    notebook = model["content"]
    notebook.metadata["language_info"] = KERNEL
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [nbformat.v4.new_output("stream", text="ran")]
    edit(notebook)
    manager.save({"type": "notebook", "format": "json", "content": notebook}, path)


def change_source(assignment, change):
    """Edit the source notebook with another tool."""
    notebook = read_notebook(assignment.source).notebook
    change(notebook)
    write_notebook(notebook, assignment.source)


def cell_named(notebook, name):
    """The cell of this name."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def change_code(notebook):
    """Other words in a docstring."""
    cell = cell_named(notebook, "l2-cost")
    assert OLD in cell.source
    cell.source = cell.source.replace(OLD, NEW)


def change_points(notebook):
    """Other metadata of nbgrader's."""
    cell_named(notebook, "question-lambd").metadata.nbgrader["points"] = 9


def add_cell(notebook):
    """A new paragraph."""
    notebook.cells.insert(3, nbformat.v4.new_markdown_cell("A new paragraph."))


def remove_cell(notebook):
    """A paragraph less."""
    del notebook.cells[3]


def tag_cell(notebook):
    """A cell that is no longer run in grading."""
    cell_named(notebook, "l2-cost").metadata["tags"] = ["experiment"]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (change_code, f'+    """{NEW}'),
        (change_points, '"points": 9'),
        (add_cell, "+A new paragraph."),
        (remove_cell, "\n-"),
        (tag_cell, '"tags": ["experiment"]'),
    ],
)
def test_an_edit_elsewhere_stops_the_build(assignment, change, shown):
    """The message shows it; nothing is written, also if the text was edited, too."""
    change_source(assignment, change)
    before = assignment.source.read_bytes(), assignment.release.read_bytes()
    for _ in ("as it was", "edited"):
        with pytest.raises(CourseError, match="was edited since it was built") as raised:
            build(Course(assignment.course.root).assignment(ASSIGNMENT))
        assert shown in str(raised.value)
        assert (assignment.source.read_bytes(), assignment.release.read_bytes()) == before
        text = assignment.text.read_text("utf-8")
        assignment.text.write_text(text.replace("A network with", "A large network with"), "utf-8")
    result = run("build", ASSIGNMENT, course=assignment.course)
    assert result.exit_code == 2
    assert "To drop the edit, delete the source notebook" in sentence(result)


def test_the_command_that_the_message_gives(assignment):
    """Jupytext writes the edit into the text, and nothing else."""
    change_source(assignment, change_code)
    before = assignment.text.read_text("utf-8")
    with pytest.raises(CourseError) as raised:
        build(Course(assignment.course.root).assignment(ASSIGNMENT))
    command = str(raised.value).split("`")[1]
    assert os.system(f"{command} >/dev/null") == 0  # noqa: S605  it is given to a shell
    assert assignment.text.read_text("utf-8") == before.replace(OLD, NEW)
    result = build(Course(assignment.course.root).assignment(ASSIGNMENT))
    assert result.source_changed


def test_an_edit_of_the_text_is_built(assignment):
    """Twice in a row, and after the source notebook was run or deleted."""
    for number in range(3):
        with assignment.text.open("a", encoding="utf-8") as text:
            text.write(f"\n+++\n\nParagraph {number}.\n")
        if number == 1:
            change_source(
                assignment, lambda notebook: notebook.cells[5].metadata.update(scrolled=True)
            )
        if number == 2:
            assignment.source.unlink()
        assert build(Course(assignment.course.root).assignment(ASSIGNMENT)).source_changed
        assert f"Paragraph {number}." in assignment.source.read_text("utf-8")


@pytest.mark.parametrize("part", ["text", "source"])
def test_jupyterlab_opens_both_after_a_build(assignment, part):
    """Jupytext refuses a pair whose notebook is newer than its text."""
    text = assignment.text.read_text("utf-8")
    assignment.text.write_text(text.replace("A network with", "A large network with"), "utf-8")
    hour_ago = time.time() - 3600
    os.utime(assignment.text, (hour_ago, hour_ago))
    assert build(Course(assignment.course.root).assignment(ASSIGNMENT)).source_changed
    root = assignment.course.root
    in_jupyterlab(root, getattr(assignment, part).relative_to(root).as_posix(), change_code)
    assert NEW in assignment.text.read_text("utf-8")
    assert build(Course(root).assignment(ASSIGNMENT)).source_changed


@pytest.mark.parametrize("name", Course(ROOT).names())
def test_saving_in_jupyterlab_changes_no_other_line(tmp_path, name):
    """From the text or from the notebook: the text stays as it was, but for the edit."""
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    for folder in ("assignments", "source"):
        shutil.copytree(ROOT / folder / name, tmp_path / folder / name)
    text = tmp_path / "assignments" / name / f"{name}.md"
    expected = text.read_text("utf-8")
    for path in (f"assignments/{name}/{name}.md", f"source/{name}/{name}.ipynb"):
        os.utime(tmp_path / "source" / name / f"{name}.ipynb", (0, 0))
        in_jupyterlab(tmp_path, path)
        assert text.read_text("utf-8") == expected


def test_the_template_is_as_jupyterlab_saves_it(tmp_path):
    """A new assignment has no lines that the first save would rewrite."""
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    text = tmp_path / "lesson.md"
    shutil.copy(TEMPLATE / "lesson.md", text)
    expected = text.read_text("utf-8")
    in_jupyterlab(tmp_path, "lesson.md")
    assert text.read_text("utf-8") == expected
