"""What grading asks of whatever executes a notebook, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from autograder.course.assignment_toml import Limits
from autograder.engine.trusted.student_call import StudentCall


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gives besides the notebook's outputs.

    Attributes:
        calls: The calls that each test cell made of the student's functions, by ``grade_id``; empty
            if they are not recorded.
        cpu_seconds: CPU time of the student's processes; 0 if it is not known.
        notes: What a person should know of the run, such as a cell that was cut.
        unasked: For each test cell that cannot be asked, by ``grade_id``, why; for instructors.
    """

    calls: Mapping[str, Sequence[StudentCall]] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    notes: tuple[str, ...] = ()
    unasked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CourseCode:
    """The instructor's own code of an assignment.

    Attributes:
        source: The source notebook, with solutions and hidden tests.
        folder: Where it lies, with the course's files beside it.
    """

    source: NotebookNode
    folder: Path


class Runner(Protocol):
    """Executes a restored notebook: the student's cells and the test cells, in order."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The jail layers in force while student code runs; empty for a plain kernel."""
        ...

    def start(self, source: NotebookNode) -> None:
        """Start what runs of notebooks like this source notebook need."""
        ...

    def run(
        self,
        notebook: NotebookNode,
        *,
        limits: Limits,
        seed: str,
        files: Path | None,
        rerun_experiments: bool,
        course: CourseCode | None = None,
    ) -> RunResult:
        """Execute the code cells in order; fill their outputs in place.

        Args:
            notebook: As ``autograder.grading.restore`` leaves it; changed in place.
            limits: What the submission may use.
            seed: The course's secret seed for fresh test inputs.
            files: The submission's folder, for data files beside the notebook.
            rerun_experiments: Whether cells tagged ``experiment`` run too; otherwise they keep the
                outputs that were saved with the submission.
            course: The instructor's code, which the tests need.

        Raises:
            autograder.errors.RunnerError: If the machinery failed; never for the student's code.
        """
        ...

    def close(self) -> None:
        """End what the runner keeps between runs. A later ``run`` starts it again."""
        ...
