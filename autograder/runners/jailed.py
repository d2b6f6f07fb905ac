"""Runs student code in jailed processes and test cells in this one: a ``Runner`` on the engine."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from nbformat import NotebookNode, from_dict

from autograder.course.assignment_toml import Limits
from autograder.course.cell_names import is_environment_line
from autograder.course.data_files import data_files
from autograder.course.kernel_language import require_python
from autograder.course.notebook import is_experiment, is_test
from autograder.engine.child.libraries import words_in
from autograder.engine.protocol import random_state
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted import course_files
from autograder.engine.trusted.as_checked import FunctionsAsChecked
from autograder.engine.trusted.course_files import NotebookModules
from autograder.engine.trusted.errors import CannotAskError, EngineError
from autograder.engine.trusted.examiner import Examiner, VisibleRun
from autograder.engine.trusted.grading_environment import grading_environment
from autograder.engine.trusted.instructor_names import InstructorNames
from autograder.engine.trusted.replies import CellReply, output_size
from autograder.engine.trusted.session import ExecutedCell, Session
from autograder.engine.trusted.student_call import StudentCall
from autograder.engine.trusted.test_cell import cannot_ask
from autograder.engine.trusted.zygote_client import ZygoteClient
from autograder.models import Verdict
from autograder.runners.course_walk import CourseWalk
from autograder.runners.interface import CourseCode, RunResult
from autograder.runners.lasting_definitions import may_differ_at_end
from autograder.runners.time_plan import CellTime, plan_time
from autograder.sandbox import syscalls
from autograder.sandbox.jail import JailPolicy
from utils.messages import get_message

_IMAGE = "image/png"
# The first figures of so many notebooks take as long as those of the zygote.
_NOTEBOOKS_BEFORE_DRAWING = 5


class JailedRunner:
    """Runs notebooks one after another, with student code in jailed forks of one zygote.

    Not for two threads at once: a test cell's output is collected from ``sys.stdout``.

    Args:
        policy: Which jail layers to use and which to insist on.
        readable: Folders that student code may read besides Python and ``utils``.
        packages: A folder of packages that student code imports before those of this environment.
    """

    def __init__(
        self,
        policy: JailPolicy | None = None,
        readable: tuple[Path, ...] = (),
        packages: Path | None = None,
    ) -> None:
        self._policy = policy or JailPolicy()
        self._readable = readable
        self._packages = packages
        self._notebooks_that_drew = 0
        self._zygote: ZygoteClient | None = None
        random_state.speed_up_state_access()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """The jail layers in force. Starts the zygote if it is not running."""
        return self._running_zygote().layers

    @property
    def findings(self) -> dict[str, str]:
        """For each jail layer why it does not hold; empty where it does."""
        return self._running_zygote().findings

    @property
    def memory_bound(self) -> str:
        """How the memory of all processes of a submission together is bounded, in words."""
        return self._running_zygote().memory_bound

    def start(self, source: NotebookNode) -> None:
        """Start the zygote, with the libraries that a source notebook names."""
        self._running_zygote(_words_of(source))

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
            RunnerError: If the notebook is not in Python.
            EngineError: If the engine failed; the notebook's outputs are meaningless then.
        """
        require_python(notebook)
        try:
            zygote = self._running_zygote(_words_of(notebook, *([course.source] if course else [])))
            if self._notebooks_that_drew >= _NOTEBOOKS_BEFORE_DRAWING:
                zygote.draw_first_figures()
            modules = NotebookModules()
            if course:
                modules = NotebookModules.of(course.source, course.folder)
            session = Session(zygote, limits, data_files(files) if files else {}, modules)
            cells = list(_cells_to_run(notebook, rerun_experiments))
            names = InstructorNames.of(course.source if course else None)
            unasked: dict[str, str] = {}
            try:
                numbers = {id(cell): number for number, cell in enumerate(notebook.cells, start=1)}
                as_checked = FunctionsAsChecked(session)
                with course_files.available(course.folder if course else None):
                    walk = CourseWalk(names, Examiner(session, as_checked))
                    calls, pending, notes = self._run_visible(
                        session, as_checked, cells, numbers, walk, unasked
                    )
                    cpu_seconds = _run_hidden(
                        session, as_checked, pending, seed, calls, walk, unasked
                    )
            finally:
                session.close()
        except EngineError:
            self.close()  # the next run starts a new zygote
            raise
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [from_dict(output) for output in cell.outputs]
        return RunResult(calls, cpu_seconds, tuple(notes), unasked)

    def close(self) -> None:
        """End the zygote. A later ``run`` starts another."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def _run_visible(
        self,
        session: Session,
        as_checked: FunctionsAsChecked,
        cells: list[NotebookNode],
        numbers: dict[int, int],
        walk: CourseWalk,
        unasked: dict[str, str],
    ) -> tuple[dict[str, list[StudentCall]], list[_PendingCell], list[str]]:
        """Run the student's cells and the visible tests, and so all that a student gets to read.

        The secret seed is not used: what depends on it could be shown.

        Returns:
            The calls of each test cell, the test cells whose hidden tests are still to be run, and
            notes.
        """
        times = plan_time(cells, session.limits.submission_seconds)
        notes: list[str] = []
        examiner = walk.examiner
        outputs = _NotebookOutputs(session.output_limit)
        calls: dict[str, list[StudentCall]] = {}
        pending: list[_PendingCell] = []
        experiments: set[int] = set()
        drew = False
        walk.note_student_cells([cell.source for cell in cells if not is_test(cell)])
        # The student's process gets no variable: it inherits nothing from this one.
        with grading_environment(seed=""):
            for count, (cell, cell_time) in enumerate(zip(cells, times, strict=True), start=1):
                cell.execution_count = count
                if is_test(cell):
                    name = str(cell.metadata.nbgrader.get("grade_id", count))
                    walk.catch_up(name)
                    first = len(examiner.calls)
                    try:
                        hidden = walk.names.is_hidden(name)
                        visible = examiner.run_visible(cell.source, count, all_hidden=hidden)
                    except CannotAskError as error:
                        unasked[name] = str(error)
                        visible = VisibleRun([cannot_ask(str(error))])
                    visible = replace(visible, outputs=outputs.of_test_cell(visible.outputs))
                    cell.outputs = visible.outputs
                    calls[name] = examiner.calls[first:]
                    before = [
                        executed
                        for executed in session.executed_cells
                        if executed.count not in experiments
                    ]
                    as_checked.note(visible.functions, before)
                    if visible.needs_hidden_tests:
                        pending.append(_PendingCell(cell, name, visible, before))
                    continue
                if is_experiment(cell):
                    experiments.add(count)
                examiner.add_student_cell(cell.source)
                state = session.random_state
                # These very dicts: a later cell may update what an earlier one displayed.
                reply = session.run_cell(
                    cell.source, count, reserve=cell_time.reserve, needed=cell_time.needed
                )
                cell.outputs = outputs.of_student_cell(reply, count)
                walk.pass_cell(cell, state)
                notes += _notes_on_cell(
                    f"cell {numbers[id(cell)]}",
                    cell,
                    cell_time,
                    examiner.note_failed_lines(cell.source, cell.outputs),
                )
                drew |= any(_IMAGE in output.get("data", ()) for output in cell.outputs)
        self._notebooks_that_drew += drew
        return calls, pending, notes

    def _running_zygote(self, words: frozenset[str] = frozenset()) -> ZygoteClient:
        """The zygote with the libraries for these words; another, if it lacks one of them.

        They are loaded before the jail is there, in which a library finds no folder to write to.
        """
        if self._zygote is not None and not words <= self._zygote.words:
            words |= self._zygote.words
            self.close()
        if self._zygote is None:
            if sys.platform == "linux":
                syscalls.set_dumpable(False)  # this process knows the tests: nobody may trace it
            self._zygote = ZygoteClient(self._policy, self._readable, words, self._packages)
        return self._zygote


@dataclass(frozen=True, slots=True, eq=False)
class _PendingCell:
    """A test cell whose hidden tests are still to be run.

    Attributes:
        cell: The cell.
        name: Its ``grade_id``.
        visible: What its visible tests gave.
        before: The student's cells that ran before it.
    """

    cell: NotebookNode
    name: str
    visible: VisibleRun
    before: list[ExecutedCell]


def _run_hidden(
    session: Session,
    as_checked: FunctionsAsChecked,
    pending: list[_PendingCell],
    seed: str,
    calls: dict[str, list[StudentCall]],
    walk: CourseWalk,
    unasked: dict[str, str],
) -> float:
    """Run the hidden tests, in a session in which nothing more is shown; returns its CPU seconds.

    All that a student gets to read has been said by then: a process that sees hidden inputs has
    nobody to tell them to. Only results come out, in fixed sentences. A test finds what the visible
    tests of its cell found: where cells further down may have changed that, it runs in another
    session, in which the cells above it run again.

    Args:
        session: The one in which the notebook has run. It is closed.
        as_checked: Answers for functions as they were when they were themselves checked.
        pending: The cells, in order; their outputs are completed.
        seed: The course's secret seed.
        calls: The calls of each test cell; those made here are added.
        walk: The way through the source that was taken for the visible tests.
        unasked: Why test cells cannot be asked; filled.
    """
    cells = session.executed_cells
    repeated = [test for test in pending if _needs_repetition(test, cells, walk)]
    other = session.successor()
    with grading_environment(seed):
        with closing(session):
            again = walk.again(Examiner(session, as_checked, hidden=True))
            for test in pending:
                if test not in repeated:
                    calls[test.name] += _run_hidden_tests(again, test, unasked)
        with closing(other):  # it starts a process only if it runs anything
            again = walk.again(Examiner(other, as_checked, hidden=True))
            for test in repeated:
                other.repeat(test.before)
                calls[test.name] += _run_hidden_tests(again, test, unasked)
    return session.cpu_seconds + other.cpu_seconds + as_checked.cpu_seconds


def _needs_repetition(test: _PendingCell, cells: Iterable[ExecutedCell], walk: CourseWalk) -> bool:
    """Whether a test may find something else at the end of the notebook than at its own cell."""
    above = {cell.count for cell in test.before}
    below = (cell.source for cell in cells if cell.count not in above)
    text = f"{walk.texts_before(test.name)}\n{test.cell.source}"
    return may_differ_at_end(text, below, (cell.source for cell in test.before))


def _run_hidden_tests(
    walk: CourseWalk, test: _PendingCell, unasked: dict[str, str]
) -> list[StudentCall]:
    """Run the hidden tests of one cell and complete its outputs; returns the calls."""
    examiner = walk.examiner
    walk.catch_up(test.name, hidden=True)
    first = len(examiner.calls)
    cell = test.cell
    try:
        cell.outputs = examiner.run_hidden(cell.source, cell.execution_count, test.visible)
    except CannotAskError as error:
        unasked[test.name] = str(error)
        cell.outputs = [cannot_ask("a hidden test cannot be asked")]
    return examiner.calls[first:]


def _words_of(*notebooks: NotebookNode) -> frozenset[str]:
    """Which libraries the code of these notebooks names."""
    cells = (cell for notebook in notebooks for cell in notebook.cells)
    return words_in(cell.source for cell in cells if cell.cell_type == "code")


def _cells_to_run(notebook: NotebookNode, rerun_experiments: bool) -> Iterator[NotebookNode]:
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if is_experiment(cell) and not rerun_experiments:
            continue
        yield cell


def _notes_on_cell(
    where: str, cell: NotebookNode, cell_time: CellTime, failed: list[str]
) -> list[str]:
    """What to say of a student's cell that was cut, or of which lines were passed over."""
    if cell.outputs and cell.outputs[-1].get("ename") == "TimedOut" and not cell_time.needed:
        first = next(line.strip() for line in cell.source.split("\n") if line.strip())[:60]
        reason = "it takes too long, and no graded cell needs it."
        return [f"The code in {where} (`{first}`) was cut or not run: {reason}"]
    return [
        f"The line `{line[:60]}` in {where} failed and was passed over."
        for line in failed
        if is_environment_line(line)
    ]


class _NotebookOutputs:
    """Limits what the cells of one notebook show to so many characters in all.

    Args:
        max_size: How many.
    """

    def __init__(self, max_size: int) -> None:
        self._remaining = max_size
        self._by_display_id: dict[str, list[Output]] = {}

    def of_student_cell(self, reply: CellReply, count: int) -> list[Output]:
        """The outputs to keep of a student's cell; its updates change those of earlier cells."""
        size = output_size(reply.outputs) + sum(
            output_size(bundle) * len(self._by_display_id.get(name, ()))
            for name, bundle in reply.updates
        )
        if not self._count(size):
            return CellReply.failed(
                Verdict.OUTPUT_TOO_LARGE, get_message("notebook_shows_too_much")
            ).outputs
        for name, bundle in reply.updates:
            for output in self._by_display_id.get(name, ()):
                output.update(data=bundle["data"], metadata=bundle["metadata"])
        for output, display_id in zip(reply.outputs, reply.display_ids, strict=True):
            if display_id is not None:
                self._by_display_id.setdefault(display_id, []).append(output)
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
        return reply.outputs

    def of_test_cell(self, outputs: list[Output]) -> list[Output]:
        """The outputs to keep of a test cell: too much printing is dropped, its result never is."""
        printed: list[Output] = []
        rest: list[Output] = []
        for output in outputs:
            is_printed = output["output_type"] in ("stream", "display_data")
            (printed if is_printed else rest).append(output)
        return outputs if self._count(output_size(printed)) else rest

    def _count(self, size: int) -> bool:
        """Count so many characters more; returns whether they may be kept."""
        if size > self._remaining:
            return False
        self._remaining -= size
        return True
