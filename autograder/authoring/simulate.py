"""A made-up class: right work, known mistakes, gaps and prose, in a realistic mixture.

The same seed makes the same class on every machine. Nobody writes an endless loop here: the time
that a class takes would be theirs.
"""

from __future__ import annotations

import base64
import random
import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode, from_dict

from autograder.authoring.examples import load_examples
from autograder.course.layout import CONFIG, Assignment, Course
from autograder.course.notebook import (
    grade_id,
    is_experiment,
    is_manual,
    is_solution,
    nbgrader_of,
)
from autograder.course.released_cells import release_cell
from autograder.course.stubs import fill_regions
from autograder.diagnosis.mistakes import Mistake, load_bank
from autograder.errors import CourseError
from autograder.files import write_text

MARK = ".autograder-simulated"
_PICTURE_BYTES = 12_000
_PROSE = """
the cost falls more slowly with a larger lambda because weights are pulled towards zero each update
so that the boundary is smoother and a few points of training data are missed which is what I would
expect from the lecture
"""
_WORDS = _PROSE.split()
_SLIPS = ("undefined_name", "1 / 0", "return None", "x = (")


def simulate(assignment: Assignment, students: int, seed: int = 0) -> int:
    """Hand in a class; return its size.

    Args:
        assignment: It must have been built.
        students: How many.
        seed: Another number, another class.
    """
    bank = load_bank(assignment)
    answers: dict[str, list[list[str]]] = {}
    for example in load_examples(assignment):
        for name, texts in example.answers.items():
            if example.name not in {"infinite_loop", "endless"}:
                answers.setdefault(name, []).append(texts)
    released = {
        str(grade_id(cell)): release_cell(cell)
        for cell in assignment.notebook.cells
        if nbgrader_of(cell)
    }
    width = max(4, len(str(students)))
    for number in range(1, students + 1):
        student = f"student-{number:0{width}d}"
        made = _Student(assignment, bank.mistakes.values(), answers, released, f"{seed}/{student}")
        folder = assignment.course.submitted_dir / student / assignment.name
        text = str(nbformat.v4.writes(made.notebook())) + "\n"
        write_text(text, folder / f"{assignment.name}.ipynb")
    return students


def into_course(assignment: Assignment, folder: Path) -> Assignment:
    """The same assignment in a scratch course, which is made if it is not there.

    Raises:
        CourseError: If the folder is somebody's own.
    """
    course = assignment.course
    if folder.exists() and not (folder / MARK).is_file():
        raise CourseError(f"{folder} exists and is no simulated course. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    shutil.copy(course.root / CONFIG, folder / CONFIG)
    for path in (assignment.folder, assignment.source.parent, assignment.release.parent):
        if path.is_dir():
            shutil.copytree(path, folder / path.relative_to(course.root), dirs_exist_ok=True)
    return Course(folder).assignment(assignment.name)


class _Student:
    """One student, whose work is drawn from a seed of their own."""

    def __init__(
        self,
        assignment: Assignment,
        mistakes: Iterable[Mistake],
        answers: dict[str, list[list[str]]],
        released: dict[str, NotebookNode],
        seed: str,
    ) -> None:
        self._assignment = assignment
        self._mistakes: list[Mistake] = list(mistakes)
        self._answers = answers
        self._released = released
        self._draw = random.Random(seed)  # noqa: S311  a class, not a secret
        self._skill = self._draw.betavariate(6, 2)

    def notebook(self) -> NotebookNode:
        """What this student hands in. Cells are shared as far as they are left as they are."""
        source = self._assignment.notebook
        cells = [self._cell(NotebookNode(cell)) for cell in source.cells]
        return NotebookNode({**source, "cells": cells})

    def _cell(self, cell: NotebookNode) -> NotebookNode:
        if is_solution(cell):
            if is_manual(cell):
                return self._prose(cell)
            return self._exercise(cell)
        if is_experiment(cell):
            cell.outputs = [self._picture()]
        return self._released[str(grade_id(cell))] if nbgrader_of(cell) else cell

    def _prose(self, cell: NotebookNode) -> NotebookNode:
        """An answer in words; of the weaker, often none."""
        if self._draw.random() > self._skill:
            return self._released[str(grade_id(cell))]
        words = self._draw.choices(_WORDS, k=self._draw.randint(12, 60))
        cell.source = " ".join(words).capitalize() + "."
        return cell

    def _exercise(self, cell: NotebookNode) -> NotebookNode:
        """One exercise: right for the most part, else a known mistake, a gap or a slip."""
        if self._draw.random() < self._skill:
            cell.source += f"\n# {self._draw.choice(_WORDS)} {self._draw.randint(0, 999)}"
            return cell
        kind = self._draw.random()
        if kind < 0.65 and self._mistaken(cell):
            return cell
        if kind < 0.85 and (known := self._answers.get(str(grade_id(cell)))):
            cell.source = fill_regions(cell.source, self._draw.choice(known))
            return cell
        if kind < 0.93:
            return self._released[str(grade_id(cell))]
        cell.source = cell.source.replace(
            "### END CODE HERE ###", f"{self._draw.choice(_SLIPS)}\n    ### END CODE HERE ###", 1
        )
        return cell

    def _mistaken(self, cell: NotebookNode) -> bool:
        """Make one of the bank's mistakes, if it has one of this cell's functions."""
        fitting = [
            one
            for one in self._mistakes
            if f"def {one.function}(" in cell.source
            and all(cell.source.count(old) == 1 for old, _ in one.replace)
        ]
        if not fitting:
            return False
        for old, new in self._draw.choice(fitting).replace:
            cell.source = cell.source.replace(old, new)
        return True

    def _picture(self) -> NotebookNode:
        """A saved output as large as a plot's."""
        data = base64.b64encode(self._draw.randbytes(_PICTURE_BYTES)).decode()
        # not by nbformat's new_output, whose validation takes longer than all else
        bundle = {"image/png": data, "text/plain": "<Figure>"}
        return from_dict({"output_type": "display_data", "data": bundle, "metadata": {}})
