"""Our preprocessors in nbgrader's pipelines: make stubs, restore a submission, grade it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from sqlalchemy import Connection

from autograder.authoring.presentation import present
from autograder.authoring.source_edits import BUILT
from autograder.authoring.source_faults import source_faults
from autograder.batch.process_runner import shared_process_runner
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import is_solution
from autograder.course.released_cells import keeps_markers, release_source
from autograder.course.settings import GradingTraits
from autograder.diagnosis.places import HEADINGS
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.extra_credit import write_extra_credit
from autograder.gradebook.results_table import ResultRow, read_rows, write_rows
from autograder.gradebook.scores import discard_scores
from autograder.grading.grade import METADATA, grade_restored, join_grades, write_grade
from autograder.grading.restore import restore
from autograder.models import Grade, Status
from autograder.text_direction import without_turns


class KeepMarkers(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """``ClearSolutions`` that leaves a stub: markers stay, and assigned names become None.

    A notebook without this course's markers is released as nbgrader does it.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the answers in all solution cells with their stubs.

        Raises:
            CourseError: If the notebook would hand out what it must not.
        """
        if BUILT not in nb.metadata and not keeps_markers(nb):
            nb, resources = super().preprocess(nb, resources)
            return nb, resources
        if faults := list(source_faults(nb)):
            raise CourseError("nothing was released: " + " ".join(faults))
        nb.metadata.pop(BUILT, None)
        nb.metadata.pop(HEADINGS, None)
        for cell in nb.cells:
            if is_solution(cell):
                cell.source = release_source(cell)
        present(nb)
        return nb, resources


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Takes test cells and locked cells from the source notebook, and answers from the student."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore a submission (see ``autograder.grading.restore``)."""
        restored, notes = restore(nb, _assignment(self, resources).notebook)
        notes = tuple(map(without_turns, (*resources.get("autograder_notes", ()), *notes)))
        for note in notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        restored.metadata[METADATA] = {"notes": list(notes)}
        return restored, resources


class GradeCells(GradingTraits, NbGraderPreprocessor):  # type: ignore[misc]
    """Runs the notebook, and writes the points of test cells where nbgrader looks for them."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade a restored notebook (see ``autograder.grading.grade``)."""
        notes = tuple(nb.metadata.get(METADATA, {}).get("notes", ()))
        assignment = _assignment(self, resources)
        result = grade_restored(
            nb,
            assignment,
            shared_process_runner(self.choice(assignment.course.root)),
            self.options(assignment.course.root),
            student=resources["nbgrader"]["student"],
            files=Path(resources["metadata"]["path"]),
        ).grade
        result_notes = tuple(map(without_turns, result.notes))
        for note in result_notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        write_grade(nb, replace(result, notes=(*notes, *result_notes)))
        return nb, resources


class SaveResult(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the grade with all its checks into our results table, where reports find it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Save what ``GradeCells`` wrote into the notebook; the notebook stays as it is."""
        written, name = nb.metadata[METADATA], resources["nbgrader"]["assignment"]
        grade = replace(
            Grade.from_json(written, assignment=name, jail=tuple(written["jail"])),
            student=resources["nbgrader"]["student"],
        )
        save_nbgraders_result(resources["nbgrader"]["db_url"], grade)
        return nb, resources


def save_nbgraders_result(db_url: str, grade: Grade) -> None:
    """Put the grade of a run of nbgrader's into the results table; without one, discard scores.

    Args:
        db_url: The gradebook's.
        grade: Of a submission that could not be graded, or of one of its notebooks: it is added to
            what the run has saved of the others.
    """

    def save(connection: Connection) -> None:
        whole = grade
        if grade.status != Status.GRADED:
            discard_scores(connection, grade.assignment, [grade.student])
        else:
            earlier = [
                row.grade() for row in read_rows(connection, grade.assignment, [grade.student])
            ]
            whole = join_grades([*earlier, grade])
        rows = [ResultRow.of_nbgrader(whole)]
        write_extra_credit(connection, grade.assignment, rows)
        write_rows(connection, grade.assignment, rows)

    with closing(open_gradebook(db_url)) as database:
        database.run(save)


def _assignment(step: NbGraderPreprocessor, resources: dict[str, Any]) -> Assignment:
    """The notebook's assignment. The parent of a preprocessor's parent is nbgrader's converter."""
    root, names = Path(step.parent.parent.coursedir.root), resources["nbgrader"]
    return Course(root).assignment(names["assignment"]).part(names["notebook"])
