"""Simulate a class: right answers, known mistakes, gaps and prose, in a realistic mixture.

The same seed makes the same class on every machine. Nobody in it writes an endless loop, since the
time that grading takes would then be the time limit's.
"""

from __future__ import annotations

import base64
import random
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode, from_dict

from autograder.authoring.examples import load_examples
from autograder.authoring.sample_answers import SampleAnswers
from autograder.authoring.sample_pictures import sample_pictures
from autograder.course.layout import CONFIG, Assignment, Course
from autograder.course.notebook import (
    grade_id,
    is_experiment,
    is_manual,
    is_solution,
    nbgrader_of,
)
from autograder.course.released_cells import release_cell, text_stub
from autograder.course.stubs import fill_regions
from autograder.diagnosis.mistakes import Mistake, load_bank
from autograder.errors import CourseError
from autograder.files import write_text

MARKER = ".autograder-simulated"
_PICTURES = 8  # different ones in a class
_REMARKS = ("try", "version", "checked on paper", "after the exercise class,", "draft")
_DRAWS = re.compile(r"\bplots?\.|\bplt\.|\bplot_")  # a cell that shows a picture
_SLIPS = ("undefined_name", "1 / 0", "return None", "x = (")


def simulate(assignment: Assignment, students: int, seed: int = 0) -> int:
    """Write a class's submissions; return how many.

    Args:
        assignment: It must have been built.
        students: How many students.
        seed: Another seed makes another class.
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
    pictures = [_output(data) for data in sample_pictures(str(seed), _PICTURES)]
    written = SampleAnswers(assignment.notebook)
    width = max(4, len(str(students)))
    for number in range(1, students + 1):
        name = f"student-{number:0{width}d}"
        student = _SimulatedStudent(
            assignment,
            bank.mistakes.values(),
            answers,
            released,
            pictures,
            written,
            f"{seed}/{name}",
        )
        folder = assignment.course.submitted_dir / name / assignment.name
        text = str(nbformat.v4.writes(student.notebook())) + "\n"
        write_text(text, folder / f"{assignment.name}.ipynb")
    return students


def into_course(assignment: Assignment, folder: Path) -> Assignment:
    """The same assignment in a scratch course, which is created if it does not exist.

    Raises:
        CourseError: If the folder exists and is not such a course.
    """
    course = assignment.course
    if folder.exists() and not (folder / MARKER).is_file():
        raise CourseError(f"{folder} exists and is no simulated course. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    shutil.copy(course.root / CONFIG, folder / CONFIG)
    for path in (assignment.folder, assignment.source.parent, assignment.release.parent):
        if path.is_dir():
            shutil.copytree(path, folder / path.relative_to(course.root), dirs_exist_ok=True)
    for path in assignment.config_files:
        copied = folder / path.relative_to(course.root)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)
    return Course(folder).assignment(assignment.name)


class _SimulatedStudent:
    """One student, whose work is drawn at random from a seed of their own."""

    def __init__(
        self,
        assignment: Assignment,
        mistakes: Iterable[Mistake],
        answers: dict[str, list[list[str]]],
        released: dict[str, NotebookNode],
        pictures: Sequence[NotebookNode],
        written: SampleAnswers,
        seed: str,
    ) -> None:
        self._assignment = assignment
        self._mistakes: list[Mistake] = list(mistakes)
        self._answers = answers
        self._released = released
        self._pictures = pictures
        self._written = written
        self._random = random.Random(seed)  # noqa: S311  a class, not a secret
        self._skill = self._random.betavariate(6, 2)

    def notebook(self) -> NotebookNode:
        """What this student hands in. Cells that the student leaves alone are shared objects."""
        source = self._assignment.notebook
        before = [NotebookNode(source=""), *source.cells]
        cells = [
            self._cell(NotebookNode(cell), str(previous.source))
            for previous, cell in zip(before, source.cells, strict=False)
        ]
        return NotebookNode({**source, "cells": cells})

    def _cell(self, cell: NotebookNode, text_above: str) -> NotebookNode:
        if is_solution(cell):
            if is_manual(cell):
                return self._prose(cell, text_above)
            return self._exercise(cell)
        if is_experiment(cell):
            cell.outputs = list(self._saved_outputs(cell.source))
        return self._released[str(grade_id(cell))] if nbgrader_of(cell) else cell

    def _saved_outputs(self, source: str) -> Iterator[NotebookNode]:
        """What the cell of an experiment showed when the student ran it."""
        if _DRAWS.search(source):
            yield self._random.choice(self._pictures)
        elif "print(" in source:
            cost, accuracy = self._random.uniform(0.1, 0.7), self._random.uniform(70, 99)
            text = f"cost {cost:.4f}, accuracy {accuracy:.1f} %\n"
            yield from_dict({"output_type": "stream", "name": "stdout", "text": text})

    def _prose(self, cell: NotebookNode, text_above: str) -> NotebookNode:
        """A written answer in place of the stub; weaker students often leave it out."""
        released = self._released[str(grade_id(cell))]
        if self._random.random() > self._skill:
            return released
        question = f"{text_above}\n{released.source}"
        answer = self._written.answer(question, self._skill, self._random)
        cell.source = released.source.replace(text_stub(cell), answer)
        return cell

    def _exercise(self, cell: NotebookNode) -> NotebookNode:
        """One exercise: usually right, otherwise a known mistake, a gap or a slip."""
        if self._random.random() < self._skill:
            cell.source += f"\n# {self._random.choice(_REMARKS)} {self._random.randint(0, 999)}"
            return cell
        kind = self._random.random()
        if kind < 0.65 and self._make_mistake(cell):
            return cell
        if kind < 0.85 and (answers := self._answers.get(str(grade_id(cell)))):
            cell.source = fill_regions(cell.source, self._random.choice(answers))
            return cell
        if kind < 0.93:
            return self._released[str(grade_id(cell))]
        slip = self._random.choice(_SLIPS)
        cell.source = cell.source.replace(
            "### END CODE HERE ###", f"{slip}\n    ### END CODE HERE ###", 1
        )
        return cell

    def _make_mistake(self, cell: NotebookNode) -> bool:
        """Put a known mistake into the cell, if there is one for its function."""
        fitting = [
            mistake
            for mistake in self._mistakes
            if f"def {mistake.function}(" in cell.source
            and all(cell.source.count(old) == 1 for old, _ in mistake.replace)
        ]
        if not fitting:
            return False
        for old, new in self._random.choice(fitting).replace:
            cell.source = cell.source.replace(old, new)
        return True


def _output(picture: bytes) -> NotebookNode:
    """A cell's saved output that shows a picture."""
    # not by nbformat's new_output, whose validation takes longer than everything else
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": "<Figure>"}
    metadata = {"image/png": {"alt": "A sample picture."}}
    return from_dict({"output_type": "display_data", "data": data, "metadata": metadata})
