"""Runs notebooks in a process of its own, which the kernel may end without harm to this one.

A test cell computes with what a student returned. A loop in C that does not come to an end is
ended by the kernel, and with it the process (``engine.trusted.deadline``). Where submissions are
graded one by one, by ``autograder try`` and by nbgrader's commands, that must not be this process:
it would end without a word, and the rest of a class would not be graded.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from functools import cache
from multiprocessing import util
from pathlib import Path
from typing import TypeVar

from nbformat import NotebookNode

from autograder.batch.process_pool import LocalProcessPool
from autograder.course.assignment_toml import Limits
from autograder.course.grading_options import EngineChoice
from autograder.errors import RunnerError
from autograder.runners.interface import CourseCode, Runner, RunResult
from autograder.runners.selection import shared_runner
from utils.messages import current_language, speaking

Result = TypeVar("Result")


class ProcessRunner:
    """A runner whose work is done by another, in a process that is started for it.

    Args:
        choice: Which runner that is.
    """

    def __init__(self, choice: EngineChoice) -> None:
        self._choice = choice
        self._pool: LocalProcessPool | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """The jail layers in force."""
        return self._call(_layers)

    def start(self, source: NotebookNode) -> None:
        """Start the other process, and in it what runs of such notebooks need."""
        self._call(_start, source)

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
        """Execute the code cells in order; fill their outputs (see ``Runner`` in ``interface``).

        Raises:
            RunnerError: If the process ended, or the machinery in it failed.
        """
        options = {
            "limits": limits,
            "seed": seed,
            "files": files,
            "rerun_experiments": rerun_experiments,
            "course": course,
        }
        executed, result = self._call(_run, notebook, options, current_language())
        for cell, same in zip(notebook.cells, executed.cells, strict=True):
            cell.update(same)
        return result

    def close(self) -> None:
        """End the process. A later ``run`` starts another."""
        if self._pool is not None:
            self._pool.__exit__(None, None, None)
            self._pool = None

    def _call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """What a function returns, which gets the other runner's choice and these arguments."""
        pool = self._pool = self._pool or LocalProcessPool(1, self._choice)
        try:
            return pool.submit(function, self._choice, *arguments).result()
        except BrokenExecutor as error:
            reason = pool.how_a_worker_ended()
            self.close()
            raise RunnerError(
                f"The process that graded this submission ended without an answer ({reason}), so "
                "it is not graded. Try again; if that ends in the same way, look at it by hand."
            ) from error
        except KeyboardInterrupt as error:
            pool.__exit__(type(error), error, None)
            self._pool = None
            raise


def _start(choice: EngineChoice, source: NotebookNode) -> None:
    shared_runner(choice).start(source)


def _layers(choice: EngineChoice) -> tuple[str, ...]:
    return shared_runner(choice).layers


def _run(
    choice: EngineChoice, notebook: NotebookNode, options: dict[str, object], language: str
) -> tuple[NotebookNode, RunResult]:
    with speaking(language):
        result = shared_runner(choice).run(notebook, **options)  # type: ignore[arg-type]
    return notebook, result


@cache
def shared_process_runner(choice: EngineChoice) -> Runner:
    """The runner for a choice, in a process of its own where it runs test cells itself.

    Raises:
        CourseError: If the choice names an unknown engine, jail or layer, or if this system has no
            jail.
    """
    runner = shared_runner(choice)  # says what is wrong with the choice, and starts nothing
    if choice.engine == "kernel":
        return runner
    process_runner = ProcessRunner(choice)
    # Not atexit: a worker of multiprocessing, such as formgrader's, runs no such functions, and
    # would wait for its own child for ever. And before the pool's queue is closed, with 10.
    util.Finalize(None, process_runner.close, exitpriority=20)
    return process_runner
