"""One submission's run: its child, its time, and what happens when the child dies.

A cell or a call that ends the process, or does not end at all, costs itself: the rest goes on in
a new child, in which the cells that had run before are run again. That is bounded: by a number of
restarts and by the submission's time, of which replays take their share.

What was killed is tried once more: the student's own doing happens again, a machine that ran out
of memory or a person with ``kill -9`` is no reason to take a student's points.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from autograder.course.layout import Limits
from autograder.engine.protocol import wire
from autograder.engine.protocol.channel import ExpiredError
from autograder.engine.protocol.outputs import Output
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.errors import DiedError, EngineError, StudentError
from autograder.engine.trusted.replies import CellReply, read_cell_reply
from autograder.engine.trusted.zygote_client import Child, ZygoteClient
from autograder.models import Verdict
from autograder.sandbox.jail import ResourceLimits

_RESTARTS: Final = 12
_GRACE_SECONDS: Final = 2.0
_BEGIN_SECONDS: Final = 30.0
_AGAIN: Final = 0.1  # a function that has timed out once gets this share of the time afterwards


@dataclass(frozen=True, slots=True)
class _Ran:
    """A cell to run again in a new child."""

    source: str
    count: int
    state: RandomState | None


@dataclass
class Session:
    """The student's side, as the examiner sees it.

    Attributes:
        warm: Where children come from.
        limits: What the submission may use.
        files: Data files for the scratch directory, by relative name.
        generation: Grows with each new child: handles of an older one mean nothing any more.
        cpu_seconds: CPU time of the children that have ended.
    """

    warm: ZygoteClient
    limits: Limits
    files: Mapping[str, bytes] = field(default_factory=dict)
    generation: int = 0
    cpu_seconds: float = 0.0
    random_state: RandomState | None = None
    _child: Child | None = None
    _ran: list[_Ran] = field(default_factory=list)
    _slow: set[str] = field(default_factory=set)
    _deadline: float = 0.0

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.limits.submission_seconds

    @property
    def output_room(self) -> int:
        """Characters that the notebook may show: one cell that prints all it may, and others."""
        return 2 * self.limits.output_mb * 2**20

    def run_cell(self, source: str, count: int) -> CellReply:
        """Run a cell of the student's as number ``count``."""
        cell = _Ran(source, count, self.random_state)
        try:
            reply = self._run(self._living(), cell, self.limits.cell_seconds)
            if reply.killed:
                reply = self._run(self._living(), cell, self.limits.cell_seconds)
        except StudentError as error:
            return CellReply.failed(error.verdict, str(error))
        if not reply.ended_badly:
            self._ran.append(cell)
            self.random_state = reply.random_state or self.random_state
        return reply

    def get(self, name: str) -> tuple[bool, Any]:
        """Whether the student has a global ``name``, and the answer that holds its value.

        Raises:
            StudentError: If the child gives no answer.
        """
        answer = self.ask("get", wire.Encoder().lower(name), f"Reading `{name}`")
        match answer:
            case ["missing"]:
                return False, None
            case ["value", lowered]:
                return True, lowered
        raise self.lied("it is neither a value nor none")

    def ask(self, kind: str, payload: Any, what: str) -> list[Any]:
        """Ask the child; ``what`` begins the sentence on a failure.

        Raises:
            StudentError: If there is no answer; the child may have been replaced.
        """
        return self._ask(lambda: payload, kind, what)

    def call(self, function: str, payload: Callable[[], Any]) -> list[Any]:
        """Have the child call a function.

        Args:
            function: Its name, for sentences and for what is known of its speed.
            payload: Makes the request, once there is a child to make it for.

        Raises:
            StudentError: If there is no answer.
        """
        return self._ask(payload, "call", f"`{function}`", function)

    def lied(self, reason: str) -> StudentError:
        """An answer that honest code cannot give ends the child."""
        assert self._child is not None  # it gave the answer
        error = self._child.lied(reason)
        self._buried()
        return StudentError(error.verdict, error.sentence)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._buried()

    def _ask(
        self,
        payload: Callable[[], Any],
        kind: str,
        what: str,
        function: str = "",
        *,
        again: bool = False,
    ) -> list[Any]:
        child, generation = self._living(), self.generation
        request = self._again(payload) if again else payload()
        if self.generation != generation:  # to make it, a child was asked that was then killed
            raise EngineError("A student's process was killed while a call was prepared.")
        seconds = self.limits.cell_seconds * (_AGAIN if function in self._slow else 1.0)
        try:
            return child.ask(kind, request, self._until(seconds))
        except ExpiredError:
            self._slow.add(function)
            if child.settle(time.monotonic() + _GRACE_SECONDS) is None:
                self._buried()
            raise StudentError(
                Verdict.TIMED_OUT,
                f"{what} did not finish in {seconds:g} seconds. Is there a loop that never ends?",
            ) from None
        except DiedError as error:
            self._buried()
            if error.killed and not again:
                return self._ask(payload, kind, what, function, again=True)
            raise StudentError(error.verdict, error.sentence) from None

    def _again(self, payload: Callable[[], Any]) -> Any:
        try:
            return payload()
        except StudentError as error:
            raise EngineError(f"A student's process was killed: {error}") from error

    def _run(self, child: Child, cell: _Ran, seconds: float) -> CellReply:
        payload = wire.Encoder().lower((cell.source, cell.count, cell.state))
        try:
            answer = child.ask("cell", payload, self._until(seconds))
            return read_cell_reply(answer, self.output_room)
        except ExpiredError:
            late = child.settle(time.monotonic() + _GRACE_SECONDS)
            outputs: list[Output] = []
            if late is None:
                self._buried()
            else:
                outputs = self._late_outputs(late)
            return CellReply.failed(Verdict.TIMED_OUT, f"no end within {seconds:g} s", outputs)
        except DiedError as error:
            self._buried()
            return CellReply.failed(error.verdict, error.sentence, killed=error.killed)
        except wire.WireError as error:
            sentence = self.lied(str(error))
            return CellReply.failed(sentence.verdict, str(sentence))

    def _late_outputs(self, answer: list[Any]) -> list[Output]:
        """What an interrupted cell had shown, without the interrupt itself."""
        try:
            shown = read_cell_reply(answer, self.output_room).outputs
        except wire.WireError as error:
            self.lied(str(error))
            return []
        return [output for output in shown if output["output_type"] != "error"]

    def _living(self) -> Child:
        """The child, or a new one in which what was run before has been run again.

        Raises:
            StudentError: If time or restarts are used up.
        """
        if self._left() <= 0:
            raise StudentError(
                Verdict.TIMED_OUT,
                f"The notebook's {self.limits.submission_seconds:g} seconds are used up.",
            )
        while self._child is None:
            if self.generation > _RESTARTS:
                raise StudentError(
                    Verdict.RAISED,
                    "The notebook's process ended too often; it is not started again.",
                )
            self.generation += 1
            child = self._child = self._begin()
            replay, self._ran = self._ran, []
            for cell in replay:
                # It ended in good time before; on a busier machine it may now take longer.
                alive = self._child is child and self._left() > 0
                reply = self._run(child, cell, self._left()) if alive else None
                if reply and reply.killed:
                    raise EngineError("A student's process was killed while cells were run again.")
                if not (reply and reply.ended_badly):
                    self._ran.append(cell)
        return self._child

    def _begin(self) -> Child:
        told = wire.Encoder().lower((self.output_room // 2, dict(self.files)))
        child = self.warm.fork(resource_limits(self.limits))
        try:
            child.ask("begin", told, time.monotonic() + _BEGIN_SECONDS)
        except (DiedError, ExpiredError) as error:
            child.kill()
            raise EngineError(f"A student's process did not begin: {error}") from error
        return child

    def _buried(self) -> None:
        if self._child is not None:
            self.cpu_seconds += self._child.kill().cpu_seconds
            self._child = None

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _until(self, seconds: float) -> float:
        return min(time.monotonic() + seconds, self._deadline)


def resource_limits(limits: Limits) -> ResourceLimits:
    """A submission's limits, as the jail has them."""
    return ResourceLimits(
        memory=limits.memory_mb * 2**20,
        cpu_seconds=int(limits.submission_seconds) + 1,
        processes=limits.processes,
    )
