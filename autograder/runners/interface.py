"""The seam between grading and whatever executes a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from autograder.course.layout import Limits
from autograder.engine.trusted.student_call import StudentCall

REPORT_MIME = "application/vnd.autograder.report+json"


class Runner(Protocol):
    """Executes a restored notebook: the student's cells and, after them, the test cells."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The jail layers in force while student code runs; empty for a plain kernel."""
        ...

    @property
    def calls(self) -> Mapping[str, Sequence[StudentCall]]:
        """After ``run``: the calls that each test cell made, by ``grade_id``, if they are known."""
        ...

    def run(
        self,
        notebook: NotebookNode,
        *,
        limits: Limits,
        seed: str,
        files: Path | None,
        rerun_experiments: bool,
    ) -> None:
        """Execute the code cells in order; fill their outputs in place.

        Args:
            notebook: As ``autograder.grading.restore`` leaves it; changed in place.
            limits: What the submission may use.
            seed: The course's secret seed for fresh test inputs.
            files: The submission's folder, for data files that lie beside the notebook.
            rerun_experiments: Whether cells tagged ``experiment`` run too; else they keep the
                outputs that were saved with the submission.

        Raises:
            autograder.errors.RunnerError: If the machinery broke; never for the student's code.
        """
        ...
