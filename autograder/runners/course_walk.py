"""Runs the course's own code beside a submission, each cell when the notebook comes to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.examiner import Examiner
from autograder.engine.trusted.instructor_names import CourseCell, InstructorNames


@dataclass
class CourseWalk:
    """The way of one examiner through the source notebook.

    Attributes:
        names: The source's cells.
        examiner: Runs what tests need of them.
        states: numpy's random state before each cell, by its key, as far as it is known.
    """

    names: InstructorNames
    examiner: Examiner
    states: dict[str, RandomState | None] = field(default_factory=dict)
    _student_cells: list[str] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)

    def note_student_cells(self, sources: list[str]) -> None:
        """Note the text of the student's cells: tests may set globals that they read."""
        self._student_cells = sources
        self.examiner.note_student_names(sources)

    def again(self, examiner: Examiner) -> CourseWalk:
        """The same way for another examiner."""
        examiner.note_student_names(self._student_cells)
        return CourseWalk(self.names, examiner, self.states)

    def pass_cell(self, cell: NotebookNode, state: RandomState | None) -> None:
        """Do what is to be done at a cell that the student's process has just run.

        Args:
            cell: The cell of the restored submission.
            state: The random state before it.
        """
        known = self.names.find(cell)
        if known is not None and known.role != "test":
            self.states.setdefault(known.key, state)
            self._run(known)

    def catch_up(self, name: str, *, hidden: bool = False) -> None:
        """Run what was not run of the cells before a test cell: a submission may lack them.

        Args:
            name: The test cell's ``grade_id``.
            hidden: Whether earlier test cells are run again as far as they are needed.
        """
        for known in self.names.before(name):
            if hidden or known.role != "test":
                self._run(known)
        self._done.add(name)

    def _run(self, cell: CourseCell) -> None:
        if cell.key not in self._done:
            self._done.add(cell.key)
            self.examiner.run_course_cell(cell, self.states.get(cell.key))

    def texts_before(self, name: str) -> str:
        """The text of what a test cell needs of earlier test cells."""
        return "\n".join(cell.text for cell in self.names.before(name) if cell.role == "test")
