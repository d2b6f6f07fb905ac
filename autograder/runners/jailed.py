"""The engine as ``grade.py`` sees it: a ``Runner`` on top of the warm parent and the examiner."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from nbformat import NotebookNode, from_dict

from autograder.course.data_files import data_files
from autograder.course.layout import Limits
from autograder.course.notebook import is_experiment, is_test
from autograder.engine.protocol import random_state
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted.errors import EngineError
from autograder.engine.trusted.examiner import Examiner
from autograder.engine.trusted.replies import CellReply, output_size
from autograder.engine.trusted.session import Session
from autograder.engine.trusted.student_call import StudentCall
from autograder.engine.trusted.test_cell import environment
from autograder.engine.trusted.zygote_client import ZygoteClient
from autograder.models import Verdict
from autograder.sandbox import syscalls
from autograder.sandbox.jail import JailPolicy

_IMAGE = "image/png"
# So many notebooks that draw take as long for their first figure as the warm parent for its own.
_OFTEN = 5
_TOO_MUCH = "The notebook shows more than is kept; what this cell shows was dropped."


class JailedRunner:
    """Runs notebooks one after the other; their student code in jailed forks of one warm parent.

    Not for two threads at once: a test cell's output is taken from ``sys.stdout``.

    Args:
        policy: Which jail layers to use and which to insist on.
        readable: Folders that student code may read besides Python and ``utils``.

    Attributes:
        calls: After ``run``: the calls that each test cell made, by ``grade_id``.
        cpu_seconds: After ``run``: CPU time of the student's processes.
    """

    def __init__(
        self,
        policy: JailPolicy | None = None,
        readable: tuple[Path, ...] = (),
    ) -> None:
        self._policy = policy or JailPolicy()
        self._readable = readable
        self._drew = 0
        self._warm: ZygoteClient | None = None
        self.calls: dict[str, list[StudentCall]] = {}
        self.cpu_seconds = 0.0
        random_state.speed_up_state_access()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """The jail layers in force. Starts the warm parent, if it does not run yet."""
        return self._parent().layers

    @property
    def findings(self) -> dict[str, str]:
        """For each jail layer why it does not hold; empty where it does."""
        return self._parent().findings

    def run(
        self,
        notebook: NotebookNode,
        *,
        limits: Limits,
        seed: str,
        files: Path | None,
        rerun_experiments: bool,
    ) -> None:
        """Execute the code cells in order; fill their outputs (see ``Runner``).

        Raises:
            EngineError: If the engine broke; the notebook's outputs mean nothing then.
        """
        self.calls = {}
        try:
            parent = self._parent()
            if self._drew >= _OFTEN:
                parent.draw()
            session = Session(parent, limits, data_files(files) if files else {})
            try:
                # The student's process sees neither of these: it inherits nothing from here.
                with environment({"AUTOGRADER_SEED": seed, "NBGRADER_EXECUTION": "autograde"}):
                    self._run(session, notebook, rerun_experiments=rerun_experiments)
            finally:
                session.close()
                self.cpu_seconds = session.cpu_seconds
        except EngineError:
            self.close()  # the next run begins with a fresh parent
            raise
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [from_dict(output) for output in cell.outputs]

    def close(self) -> None:
        """End the warm parent. A later ``run`` starts another."""
        if self._warm is not None:
            self._warm.close()
            self._warm = None

    def _run(self, session: Session, notebook: NotebookNode, *, rerun_experiments: bool) -> None:
        examiner = Examiner(session)
        shown = _Shown(session.output_room)
        drew = False
        for count, cell in enumerate(_to_run(notebook, rerun_experiments), start=1):
            cell.execution_count = count
            if is_test(cell):
                cell.outputs = shown.by_test(self._examine(examiner, cell, count))
            else:
                examiner.saw(cell.source)
                # The very dicts: a later cell may update what an earlier one displayed.
                cell.outputs = shown.by_student(session.run_cell(cell.source, count), count)
                drew |= any(_IMAGE in one.get("data", ()) for one in cell.outputs)
        self._drew += drew

    def _examine(self, examiner: Examiner, cell: NotebookNode, count: int) -> list[Output]:
        first = len(examiner.calls)
        outputs = examiner.run(cell.source, count)
        self.calls[str(cell.metadata.nbgrader.get("grade_id", count))] = examiner.calls[first:]
        return outputs

    def _parent(self) -> ZygoteClient:
        if self._warm is None:
            if sys.platform == "linux":
                syscalls.set_dumpable(False)  # this process knows the tests: nobody may trace it
            self._warm = ZygoteClient(self._policy, self._readable)
        return self._warm


def _to_run(notebook: NotebookNode, rerun_experiments: bool) -> Iterator[NotebookNode]:
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if is_experiment(cell) and not rerun_experiments:
            continue
        yield cell


class _Shown:
    """What the cells of one notebook show, in all no more than ``room`` characters."""

    def __init__(self, room: int) -> None:
        self._left = room
        self._by_id: dict[str, list[Output]] = {}

    def by_student(self, reply: CellReply, count: int) -> list[Output]:
        """Apply a cell's updates to what was displayed before; note what may be updated later."""
        size = output_size(reply.outputs) + sum(
            output_size(bundle) * len(self._by_id.get(name, ())) for name, bundle in reply.updates
        )
        if not self._fits(size):
            return CellReply.failed(Verdict.OUTPUT_TOO_LARGE, _TOO_MUCH).outputs
        for name, bundle in reply.updates:
            for output in self._by_id.get(name, ()):
                output.update(data=bundle["data"], metadata=bundle["metadata"])
        for output, display_id in zip(reply.outputs, reply.display_ids, strict=True):
            if display_id is not None:
                self._by_id.setdefault(display_id, []).append(output)
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
        return reply.outputs

    def by_test(self, outputs: list[Output]) -> list[Output]:
        """Drop what functions printed in a test cell if it is too much, never what scores it."""
        printed = ("stream", "display_data")
        if self._fits(output_size([one for one in outputs if one["output_type"] in printed])):
            return outputs
        return [one for one in outputs if one["output_type"] not in printed]

    def _fits(self, size: int) -> bool:
        if size > self._left:
            return False
        self._left -= size
        return True
