"""Runs a notebook in a Jupyter kernel with nbclient: tests and student code share one process.

This is how nbgrader itself grades. It is what ``--engine kernel`` selects, and what the jailed
engine is compared with. A student who wants to cheat can: use it only for trusted work.
"""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.course.assignment_toml import Limits
from autograder.course.data_files import data_files
from autograder.course.kernel_language import PYTHON, kernel_name, language_of
from autograder.course.notebook import is_experiment
from autograder.engine.trusted.grading_environment import grading_environment
from autograder.errors import RunnerError
from autograder.runners.interface import CourseCode, RunResult
from autograder.tempdirs import temporary_directory

TIMED_OUT = "TimedOut"


class KernelRunner:
    """Runs a notebook in a fresh kernel of its own."""

    layers: tuple[str, ...] = ()

    def start(self, source: NotebookNode) -> None:
        """Start nothing: each run has a kernel of its own."""

    def run(
        self,
        notebook: NotebookNode,
        *,
        limits: Limits,
        seed: str,
        files: Path | None,
        rerun_experiments: bool,
        course: CourseCode | None = None,  # noqa: ARG002  in a kernel all code is in one process
    ) -> RunResult:
        """Execute the code cells in order (see ``Runner`` in ``interface``)."""
        timed_out: list[NotebookNode] = []

        def note_timeout(cell: NotebookNode, execute_reply: dict[str, Any], **_: Any) -> None:
            if execute_reply["content"].get("ename") == TIMED_OUT:
                timed_out.append(cell)

        with temporary_directory("kernel") as scratch, grading_environment(seed):
            if files:  # a copy: what student code writes must not end up in submitted/
                for name, data in data_files(files).items():
                    (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                    (scratch / name).write_bytes(data)
            client = NotebookClient(
                notebook,
                timeout=math.ceil(limits.cell_seconds),  # 0 would mean no limit
                interrupt_on_timeout=True,
                error_on_timeout=_timeout_error(limits.cell_seconds),
                kernel_name=_installed_kernel(notebook),
                allow_errors=True,
                shutdown_kernel="immediate",
                skip_cells_with_tag="",
                resources={"metadata": {"path": str(scratch)}},
                on_cell_executed=note_timeout,
            )
            self._run_cells(client, notebook, rerun_experiments)
        for cell in timed_out:  # it shows the interrupt, if that came in time
            kept = [output for output in cell.outputs if output.output_type != "error"]
            cell.outputs = [*kept, new_output("error", **_timeout_error(client.timeout))]
        return RunResult()

    def close(self) -> None:
        """Do nothing: each kernel ends with its run."""

    def _run_cells(
        self, client: NotebookClient, notebook: NotebookNode, rerun_experiments: bool
    ) -> None:
        death = ""
        try:
            # the kernel process's own log is about ports, not about the notebook
            with client.setup_kernel(stderr=subprocess.DEVNULL):
                for index, cell in enumerate(notebook.cells):
                    if cell.cell_type != "code":
                        continue
                    if is_experiment(cell) and not rerun_experiments:
                        continue
                    if death:
                        cell.outputs = [_error("NotRun", f"The cell was not run: {death}")]
                        continue
                    try:
                        client.execute_cell(cell, index)
                    except DeadKernelError:
                        death = f"the kernel died in cell {index + 1}."
                        cell.outputs = [_error("KernelDied", "The kernel died in this cell.")]
                    except CellTimeoutError:  # the kernel did not answer the interrupt either
                        death = f"cell {index + 1} did not end within {client.timeout} s."
                        cell.outputs = [new_output("error", **_timeout_error(client.timeout))]
        except Exception as error:
            if death:  # a dead kernel cannot be shut down; the cells that it did not run say so
                return
            raise RunnerError(f"The Jupyter kernel could not be used: {error}") from error


def _installed_kernel(notebook: NotebookNode) -> str:
    """The kernel that the notebook names; the usual one for one of Python's that is not here."""
    name = kernel_name(notebook) or "python3"
    if language_of(notebook) == PYTHON and name not in KernelSpecManager().find_kernel_specs():
        return "python3"
    return name


def _error(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def _timeout_error(seconds: float) -> dict[str, Any]:
    text = f"no end within {seconds:g} s"
    return {"ename": TIMED_OUT, "evalue": text, "traceback": [f"{TIMED_OUT}: {text}"]}
