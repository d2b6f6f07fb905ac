"""Sample submissions: what was written in each stub, and the grade that it must get.

An example is a TOML file named after its situation, in ``assignments/<name>/examples/``::

    student = "Ben"                     # an invented first name
    about = "keep_prob is not divided out."
    base = "solution"                   # what stands in all other cells: solution or release
    score = 61.0                        # automatic points it must get, in all

    [answers]                           # by nbgrader's name of the cell: one text per region
    dropout-forward = ["D1 = …", "D2 = …"]

    [points]                            # points that single test cells must get
    dropout-forward-check = 10.0

    [says]                              # what a check's message must contain
    dropout-forward-check = "too small"

    [names]                             # the known mistake that must be named
    dropout-forward-check = "no-keep-prob-scaling"
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from nbformat import NotebookNode

from autograder.course.assignment_toml import Points
from autograder.course.layout import Assignment
from autograder.course.notebook import grade_id, is_manual, is_solution, write_notebook
from autograder.course.released_cells import release_cell
from autograder.course.stubs import StubError, fill_regions
from autograder.course.toml_files import read_toml, shown_path
from autograder.errors import CourseError
from autograder.models import CellResult, Grade, Status


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """One sample submission and what it must get (see the module's docstring)."""

    name: str  # of the file
    student: Annotated[str, Meta(min_length=1)]
    about: str
    score: Points
    base: Literal["solution", "release"] = "solution"
    answers: Mapping[str, list[str]] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    delete: tuple[str, ...] = ()
    rename: str = ""
    points: Mapping[str, Points] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def notebook(self, assignment: Assignment) -> NotebookNode:
        """The submission as a student would have saved it.

        Raises:
            CourseError: If the example names a cell that the source does not have, or gives
                another number of answers than the cell has regions.
        """
        made = copy.deepcopy(assignment.notebook)
        unknown = {*self.answers, *self.cells, *self.delete} - {grade_id(c) for c in made.cells}
        if unknown:
            raise CourseError(f"The example {self.name!r} names no such cell: {min(unknown)}.")
        made.cells = [
            self._filled(cell) for cell in made.cells if grade_id(cell) not in self.delete
        ]
        return made

    def write(self, assignment: Assignment, submitted: Path) -> Path:
        """Hand it in: write the notebook below ``submitted``; return its path."""
        folder = submitted / self.student.lower() / assignment.name
        path = folder / (self.rename or f"{assignment.name}.ipynb")
        write_notebook(self.notebook(assignment), path)
        return path

    def faults(self, grade: Grade) -> Iterator[str]:
        """Where a grade is not the one that the example must get."""
        if grade.status != Status.GRADED:
            yield f"was not graded: {grade.message}"
            return
        if grade.score != self.score:
            yield f"got {grade.score:g} points instead of {self.score:g}"
        cells = {cell.grade_id: cell for cell in grade.cells}
        for name in sorted({*self.points, *self.says, *self.names} - set(cells)):
            yield f"names {name}, which is no graded cell"
        for name, points in self.points.items():
            if name in cells and cells[name].points != points:
                yield f"{name} got {cells[name].points} points instead of {points:g}"
        for name, words in self.says.items():
            if name not in cells:
                continue
            messages = " / ".join(check.message for check in cells[name].checks)
            if words not in messages:
                yield f"{name} does not say {words!r}, but: {messages}"
        yield from self._misnamed(cells)

    def _misnamed(self, cells: Mapping[str, CellResult]) -> Iterator[str]:
        for name, mistake in self.names.items():
            if name in cells:
                named = {check.mistake for check in cells[name].checks if check.mistake}
                if named != {mistake}:
                    yield f"{name} names {', '.join(named) or 'no mistake'} instead of {mistake}"

    def _filled(self, cell: NotebookNode) -> NotebookNode:
        name = str(grade_id(cell))
        if is_solution(cell):
            if name in self.answers:
                try:
                    cell.source = fill_regions(cell.source, self.answers[name])
                except StubError as error:
                    raise CourseError(f"The example {self.name!r}, {name}: {error}.") from error
                return cell
            if name in self.cells:
                cell.source = self.cells[name]
                return cell
            if self.base == "release" or is_manual(cell):
                return release_cell(cell)
            return cell
        return release_cell(cell) if grade_id(cell) else cell


def load_examples(assignment: Assignment) -> list[Example]:
    """All examples of an assignment, by name.

    Raises:
        CourseError: If a file is faulty, or two have the same student, whose folder both would
            write.
    """
    root = assignment.course.root
    examples: dict[str, Example] = {}
    for path in sorted((assignment.folder / "examples").glob("*.toml")):
        example = read_toml(path, Example, root, name=path.stem)
        other = examples.setdefault(example.student.lower(), example)
        if other is not example:
            raise CourseError(
                f"{shown_path(path, root)}: {example.student!r} is the student of {other.name}.toml"
                " already. Invent another name."
            )
    return list(examples.values())
