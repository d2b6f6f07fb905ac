"""Build an assignment: from the text master to the source notebook and, by nbgrader, the release.

Building again without a change changes no byte. Jupytext makes new cell ids each time it reads, so
ids are derived here, from nbgrader's name of a cell or from its text.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from autograder.authoring.hints_file import hints_text
from autograder.authoring.source_edits import BUILT, digest_of_cells, refuse_to_undo_edits
from autograder.authoring.source_faults import source_faults
from autograder.authoring.translation.notebook_texts import translate_notebook
from autograder.course.catalogues import translations
from autograder.course.language import course_language
from autograder.course.layout import Assignment
from autograder.course.notebook import grade_id, is_graded, points_of, write_notebook
from autograder.errors import CourseError
from autograder.files import write_text
from autograder.tempdirs import temporary_directory
from utils.checking.hints import FILE as HINTS
from utils.messages import ENGLISH

UNTRANSLATED = "[en]"  # before a text that a notebook's language has no translation of
LANGUAGE = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "name": "python",
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "pygments_lexer": "ipython3",  # for Jupytext, which writes it above each cell of code
    },
}


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build changed in one assignment."""

    name: str
    source_changed: bool
    release_changed: bool

    @property
    def changed(self) -> bool:
        """Whether any file was written."""
        return self.source_changed or self.release_changed


def build(assignment: Assignment) -> BuildResult:
    """Build source and release, and register the assignment in the gradebook.

    Nothing is written unless nbgrader accepts all of it.

    Raises:
        CourseError: If the text master is missing or faulty, the source notebook was edited since
            it was built, or nbgrader refuses it.
    """
    notebook = from_text(assignment)
    refuse_to_undo_edits(assignment, notebook)
    release = release_text(assignment, notebook, register=True)
    source_changed = write_notebook(notebook, assignment.source)
    _date_back(assignment)
    assignment = Assignment(assignment.course, assignment.name)  # the old one cached the old source
    hints = hints_text(assignment)
    if hints is not None:
        # beside the source notebook, so that plain `nbgrader generate_assignment` releases it
        source_changed |= write_text(hints, assignment.source.parent / HINTS)
    release_changed = write_text(release, assignment.release)
    if hints is not None:
        release_changed |= write_text(hints, assignment.release.parent / HINTS)
    return BuildResult(assignment.name, source_changed, release_changed)


def from_text(assignment: Assignment, language: str = "") -> NotebookNode:
    """The source notebook that the text master describes, with stable cell ids.

    Args:
        assignment: The assignment.
        language: The notebook's language; by default the course's.

    Raises:
        CourseError: If the text is missing, is not MyST Markdown with nbgrader's metadata, or would
            hand out what it must not.
    """
    import jupytext  # noqa: PLC0415  slow to import, and only building needs it

    if not assignment.text.is_file():
        raise CourseError(_without_text(assignment))
    try:
        text = jupytext.read(assignment.text, fmt="md:myst")
    except Exception as error:
        # Jupytext raises whatever its parser happens to raise
        raise CourseError(f"{assignment.text} is not MyST Markdown: {error}.") from error
    notebook = nbformat.v4.new_notebook(cells=list(text.cells), metadata=NotebookNode(LANGUAGE))
    title = assignment.spec.title
    if title:
        notebook.metadata["title"] = title
    if assignment.spec.learned:  # the purpose in a lab report
        notebook.metadata["learned"] = list(assignment.spec.learned)
    if faults := list(source_faults(notebook)):
        raise CourseError(f"{assignment.text} cannot be built: " + "\n".join(faults))
    _set_cell_ids(notebook)
    _check_points(notebook, assignment)
    _translate(notebook, assignment, language or course_language(assignment.course))
    notebook.metadata[BUILT] = digest_of_cells(notebook)
    return notebook


def _without_text(assignment: Assignment) -> str:
    """What to do with an assignment that has no text master, in a sentence."""
    folder = assignment.source.parent
    if not any(folder.glob("*.ipynb")):
        return f"{assignment.text} is missing. Every assignment starts as that text."
    return (
        f"{assignment.text} is missing: {assignment.name} has no text master, from which `build` "
        f"makes notebooks and with which `check` compares them. Edit the notebooks in {folder} "
        f"themselves, release them with `nbgrader generate_assignment {assignment.name}`, and see "
        "with `autograder adopt` whether their tests work here."
    )


def release_text(assignment: Assignment, notebook: NotebookNode, *, register: bool) -> str:
    """The release, as nbgrader's ``generate_assignment`` writes it with this course's config.

    It is made in a temporary folder, so that nothing in ``release/`` is ever half-written.

    Args:
        assignment: The assignment, for what lies beside its source notebook.
        notebook: The source notebook.
        register: Whether to register the assignment in the course's gradebook, too.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    from autograder.authoring.release import generate_release  # noqa: PLC0415  nbgrader is slow

    with temporary_directory("build") as scratch:
        source = scratch / "source" / assignment.name
        if assignment.source.parent.is_dir():
            shutil.copytree(assignment.source.parent, source)
        write_notebook(notebook, source / assignment.source.name)
        generate_release(assignment, scratch, register=register)
        path = scratch / "release" / assignment.name / f"{assignment.name}.ipynb"
        return path.read_text("utf-8")


def _translate(notebook: NotebookNode, assignment: Assignment, language: str) -> None:
    """Put the notebook into another language; what is not translated is shown with a mark."""
    if language == ENGLISH:
        return
    known = translations(assignment, language)
    translate_notebook(notebook, lambda text: known.get(text) or f"{UNTRANSLATED} {text}", language)
    notebook.metadata["language"] = language
    # JupyterLab pairs a source notebook with the text master, which stays as it is.
    notebook.metadata["jupytext"] = NotebookNode(formats="ipynb")


def _date_back(assignment: Assignment) -> None:
    """Date the source notebook no later than the text: Jupytext refuses to open both otherwise."""
    text, source = assignment.text.stat(), assignment.source.stat()
    if source.st_mtime_ns > text.st_mtime_ns:
        os.utime(assignment.source, ns=(source.st_atime_ns, text.st_mtime_ns))


def _set_cell_ids(notebook: NotebookNode) -> None:
    """Give each cell an id that stays the same as long as the cell does."""
    used: dict[str, int] = {}
    for cell in notebook.cells:
        name = grade_id(cell) or _id_from_text(cell)
        name = re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:56]
        used[name] = used.get(name, 0) + 1
        cell["id"] = name if used[name] == 1 else f"{name}-{used[name]}"


def _id_from_text(cell: NotebookNode) -> str:
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
    return f"{'md' if cell.cell_type == 'markdown' else 'code'}-{digest[:10]}"


def _check_points(notebook: NotebookNode, assignment: Assignment) -> None:
    wanted = assignment.spec.points
    total = sum(points_of(cell) for cell in notebook.cells if is_graded(cell))
    if wanted is not None and total != wanted:
        raise CourseError(
            f"{assignment.text} gives {total:g} points in all; assignment.toml says {wanted:g}."
        )
