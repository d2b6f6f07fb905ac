"""Which assignment a notebook belongs to; what to say of one that is of another course."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.layout import Assignment
from autograder.course.lost_metadata import function_names, recover_cells, solution_functions
from autograder.course.notebook import grade_ids

_NAMES_SHOWN = 3


def find_assignment(notebook: NotebookNode, assignments: Sequence[Assignment]) -> Assignment | None:
    """The assignment with which a notebook shares the most cells; None if it has no cell of any.

    Of an assignment with several notebooks it is the part that is about the one.
    """
    best, most = None, 0
    for assignment in (part for one in assignments for part in one.parts):
        recovered = copy.deepcopy(notebook)
        recover_cells(recovered, assignment.notebook)
        shared = len(grade_ids(recovered) & grade_ids(assignment.notebook))
        if shared > most:
            best, most = assignment, shared
    return best


def explain_foreign(path: Path, notebook: NotebookNode, assignments: Sequence[Assignment]) -> str:
    """The sentence for a notebook that has no cell of these assignments.

    The classic notebooks from which this course took its function names are often handed in here.
    """
    names = function_names(notebook)
    parts = [part for assignment in assignments for part in assignment.parts]
    known = [(part, names & solution_functions(part.notebook)) for part in parts]
    best, shared = max(known, key=lambda pair: len(pair[1]), default=(None, set()))
    if best is not None and shared:
        listed = ", ".join(sorted(shared)[:_NAMES_SHOWN]) + (
            ", …" if len(shared) > _NAMES_SHOWN else ""
        )
        return (
            f"{path} is not a notebook of this course (it has {listed}, but none of our cells): "
            f"copy your functions into {best.file_name} and hand that in."
        )
    targets = [part.file_name for part in parts]
    where = targets[0] if len(targets) == 1 else f"the right one of {', '.join(targets)}"
    return (
        f"{path} is not a notebook of this course (it has none of our cells): copy your answers "
        f"into {where} and hand that in."
    )
