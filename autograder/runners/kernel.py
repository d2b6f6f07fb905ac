"""Plain nbclient in a Jupyter kernel: tests and student code in one process, as nbgrader has it.

It is what ``--engine kernel`` asks for, and what the engine is measured against. A student who
wants to cheat can: only use it on work that is trusted.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.course.layout import Limits
from autograder.course.notebook import is_experiment
from autograder.engine.trusted.student_call import StudentCall
from autograder.errors import RunnerError
from autograder.tempdirs import temporary_directory

TIMED_OUT = "TimedOut"


class KernelRunner:
    """Runs a notebook in a fresh kernel of its own."""

    layers: tuple[str, ...] = ()
    calls: Mapping[str, Sequence[StudentCall]] = MappingProxyType(
        {}
    )  # what happens there is not seen

    def run(
        self,
        notebook: NotebookNode,
        *,
        limits: Limits,
        seed: str,
        files: Path | None,
        rerun_experiments: bool,
    ) -> None:
        """Execute the code cells in order (see ``autograder.runners.interface.Runner``)."""
        stopped: list[NotebookNode] = []

        def executed(cell: NotebookNode, execute_reply: dict[str, Any], **_: Any) -> None:
            if execute_reply["content"].get("ename") == TIMED_OUT:
                stopped.append(cell)

        with temporary_directory("kernel") as scratch, _grading(seed):
            if files:  # a copy: what student code writes does not end up in submitted/
                ignore = shutil.ignore_patterns("*.ipynb")
                shutil.copytree(files, scratch, ignore=ignore, dirs_exist_ok=True)
            client = NotebookClient(
                notebook,
                timeout=math.ceil(limits.cell_seconds),  # 0 would be no limit at all
                interrupt_on_timeout=True,
                error_on_timeout=_timed_out(limits.cell_seconds),
                kernel_name=notebook.metadata.get("kernelspec", {}).get("name", "python3"),
                allow_errors=True,
                shutdown_kernel="immediate",
                skip_cells_with_tag="",
                resources={"metadata": {"path": str(scratch)}},
                on_cell_executed=executed,
            )
            self._run(client, notebook, rerun_experiments=rerun_experiments)
        for cell in stopped:  # what the cell shows is the interrupt, which may come late
            kept = [output for output in cell.outputs if output.output_type != "error"]
            cell.outputs = [*kept, new_output("error", **_timed_out(client.timeout))]

    def _run(
        self, client: NotebookClient, notebook: NotebookNode, *, rerun_experiments: bool
    ) -> None:
        died = ""
        try:
            # what the kernel process itself logs is about ports, not about the notebook
            with client.setup_kernel(stderr=subprocess.DEVNULL):
                for place, cell in enumerate(notebook.cells):
                    if cell.cell_type != "code":
                        continue
                    if is_experiment(cell) and not rerun_experiments:
                        continue
                    if died:
                        cell.outputs = [_error("NotRun", f"The cell was not run: {died}")]
                        continue
                    try:
                        client.execute_cell(cell, place)
                    except DeadKernelError:
                        died = f"the kernel died in cell {place + 1}."
                        cell.outputs = [_error("KernelDied", "The kernel died in this cell.")]
                    except CellTimeoutError:  # the kernel did not answer the interrupt either
                        died = f"cell {place + 1} did not end within {client.timeout} s."
                        cell.outputs = [new_output("error", **_timed_out(client.timeout))]
        except Exception as error:
            if died:  # a dead kernel cannot be shut down in order; what it left undone is marked
                return
            raise RunnerError(f"The Jupyter kernel could not be used: {error}") from error


def _error(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def _timed_out(seconds: float) -> dict[str, Any]:
    text = f"no end within {seconds:g} s"
    return {"ename": TIMED_OUT, "evalue": text, "traceback": [f"{TIMED_OUT}: {text}"]}


@contextmanager
def _grading(seed: str) -> Iterator[None]:
    """The environment that a kernel inherits while work is graded."""
    wanted = {"NBGRADER_EXECUTION": "autograde", "AUTOGRADER_SEED": seed, "MPLBACKEND": ""}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update({name: value for name, value in wanted.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
