"""One submission's run: its child, its time, and what happens when the child dies.

A cell or a call that ends the process, or does not end at all, costs only itself: the notebook
continues in a new child, in which the cells that ran before are run again. That is bounded by a
number of restarts and by the submission's time, which also pays for running cells again.

A cell or a call whose process was killed is tried once more. If it was the student's own doing, it
happens again; a machine that ran out of memory, or a person with ``kill -9``, must not cost a
student points.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from autograder.course.assignment_toml import Limits
from autograder.engine.protocol import wire
from autograder.engine.protocol.channel import ExpiredError
from autograder.engine.protocol.outputs import Output
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.course_files import NotebookModules
from autograder.engine.trusted.errors import DiedError, EngineError, StudentError
from autograder.engine.trusted.replies import CellReply, read_cell_reply
from autograder.engine.trusted.zygote_client import Child, ZygoteClient, resource_limits
from autograder.models import Verdict
from utils.messages import get_message

_RESTARTS: Final = 12
_GRACE_SECONDS: Final = 2.0
_BEGIN_SECONDS: Final = 30.0
_REPLAY_SECONDS: Final = 1.0  # so long may a cell take that is run again though nothing needs it
_SLOW_SHARE: Final = 0.1  # of the usual time, for a function that has timed out before
_MAX_OPEN_QUESTIONS: Final = 50
_OBJECTS_EACH: Final = 10**6  # so that objects of two children have different numbers


@dataclass(frozen=True, slots=True)
class ExecutedCell:
    """A cell to run again in a new child, with the random state from before it.

    ``values`` are globals that tests had set before it, as they were encoded.
    """

    source: str
    count: int
    state: RandomState | None
    values: tuple[Any, ...] = ()


@dataclass
class Session:
    """Runs the student's code of one submission, in as many children as it takes.

    Attributes:
        zygote: Forks the children.
        limits: What the submission may use.
        files: Data files for the scratch directory, by relative name.
        modules: Which modules the notebook imports from them, and which are not there for it.
        generation: Counts the children.
        process_number: Tells the child from all others of the submission: a handle of another one
            has no object here.
        cpu_seconds: CPU time of the children that have ended.
        random_state: numpy's legacy state, which the notebook's cells share.
        on_question: Answers what student code asks about functions and objects of the tests.
    """

    zygote: ZygoteClient
    limits: Limits
    files: Mapping[str, bytes] = field(default_factory=dict)
    modules: NotebookModules = field(default_factory=NotebookModules)
    generation: int = 0
    cpu_seconds: float = 0.0
    random_state: RandomState | None = None
    process_number: int = 0
    on_question: Callable[[Any], Any] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _open_questions: int = 0
    _values: list[Any] = field(default_factory=list)
    _child: Child | None = None
    _executed: list[ExecutedCell] = field(default_factory=list)
    _repeated: set[int] = field(default_factory=set)
    _slow_functions: set[str] = field(default_factory=set)
    _deadline: float = 0.0

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.limits.submission_seconds

    @property
    def output_limit(self) -> int:
        """Characters of output that the notebook may keep: twice what a single cell may print."""
        return 2 * self.limits.output_mb * 2**20

    def run_cell(
        self, source: str, count: int, *, reserve: float = 0.0, needed: bool = True
    ) -> CellReply:
        """Run a cell of the student's as number ``count``.

        Args:
            source: Its text.
            count: Its execution count.
            reserve: Seconds of the submission's time that it leaves to later cells.
            needed: Whether graded cells depend on it; otherwise it is not run again if it is slow.
        """
        cell = ExecutedCell(source, count, self.random_state, tuple(self._values))
        self._values.clear()
        begun = time.monotonic()
        try:
            if 0 < self._seconds_left() <= reserve:
                return CellReply.failed(Verdict.TIMED_OUT, "not run: the checks need the time left")
            reply = self._run(self._live_child(), cell, self._cell_seconds(reserve))
            if reply.killed:
                reply = self._run(self._live_child(), cell, self._cell_seconds(reserve))
        except StudentError as error:
            return CellReply.failed(error.verdict, str(error))
        if not reply.ended_badly:
            if needed or time.monotonic() - begun < _REPLAY_SECONDS:
                self._executed.append(cell)
            self.random_state = reply.random_state or self.random_state
        return reply

    @property
    def executed_cells(self) -> tuple[ExecutedCell, ...]:
        """The cells that have run, without those that ended their process or ran out of time."""
        return tuple(self._executed)

    def successor(self, seconds: float | None = None) -> Session:
        """Another session for the same submission, in which nothing has run.

        Args:
            seconds: What time it has; by default that of a submission.
        """
        limits = self.limits
        if seconds is not None:
            limits = replace(limits, submission_seconds=max(seconds, 0.0))
        return Session(
            self.zygote,
            limits,
            self.files,
            self.modules,
            _numbers=self._numbers,
            _slow_functions=set(self._slow_functions),
        )

    def repeat(self, cells: Iterable[ExecutedCell]) -> None:
        """Run cells of an earlier session, each once; nobody gets to see what they show."""
        for cell in cells:
            if cell.count in self._repeated:
                continue
            self._repeated.add(cell.count)
            reply = None
            if self._child is not None and self._seconds_left() > 0:
                reply = self._run_again(self._child, cell)
            # Without a child it runs when there is one; and again if it was killed.
            if reply is None or reply.killed or not reply.ended_badly:
                self._executed.append(cell)

    def get(self, name: str) -> tuple[bool, Any]:
        """Whether the student has a global ``name``, and its value as it was encoded.

        Raises:
            StudentError: If the child gives no answer.
        """
        request = wire.Encoder().encode(name)
        match self._ask(lambda: request, "get", f"Reading `{name}`"):
            case ["missing"]:
                return False, None
            case ["value", encoded]:
                return True, encoded
        raise self.reject_answer("it is neither a value nor none")

    def names(self) -> list[str]:
        """The names of the student's globals.

        Raises:
            StudentError: If the child gives no answer.
        """
        match self._ask(lambda: None, "names", "Reading the names of the notebook"):
            case ["names", list(names)] if all(type(name) is str for name in names):
                return [name for name in names if name.isidentifier()]
        raise self.reject_answer("it is no list of names")

    def put(self, name: str, encoded: Any, *, is_data: bool) -> None:
        """Give the student's global ``name`` a value.

        Args:
            name: The name.
            encoded: Name and value.
            is_data: Whether it means the same in another child.

        Raises:
            StudentError: If the child gives no answer.
        """
        self._ask(lambda: encoded, "put", f"Setting `{name}`")
        if is_data:
            self._values.append(encoded)

    def delete(self, name: str) -> None:
        """Delete the student's global ``name``.

        Raises:
            StudentError: If the child gives no answer.
        """
        request = wire.Encoder().encode(name)
        self._ask(lambda: request, "delete", f"Deleting `{name}`")

    def call(self, function: str, make_request: Callable[[], Any]) -> list[Any]:
        """Have the child call a function; returns its answer, which is untrusted.

        Args:
            function: Its name, for sentences and to remember whether it is slow.
            make_request: Makes the request, once there is a child to make it for.

        Raises:
            StudentError: If there is no answer. The next request may go to a new child.
        """
        return self._ask(make_request, "call", f"`{function}`", function)

    def reject_answer(self, reason: str) -> StudentError:
        """End a child whose answer honest code cannot give; returns the error."""
        assert self._child is not None  # it gave the answer
        error = self._child.reject_answer(reason)
        self._discard_child()
        return StudentError(error.verdict, error.sentence)

    def close(self) -> None:
        """End the child."""
        self._discard_child()

    def _ask(
        self,
        make_request: Callable[[], Any],
        kind: str,
        what: str,
        function: str = "",
        *,
        is_retry: bool = False,
    ) -> list[Any]:
        """Send a request, twice if the child is killed; ``what`` begins an error's sentence."""
        child, generation = self._live_child(), self.generation
        request = self._request_for_retry(make_request) if is_retry else make_request()
        if self.generation != generation:  # the child was killed by a request that this one needs
            raise EngineError("A student's process was killed while a call was prepared.")
        share = _SLOW_SHARE if function in self._slow_functions else 1.0
        seconds = self.limits.cell_seconds * share
        deadline = self._deadline_after(seconds)
        try:
            answer = child.ask(kind, request, deadline)
            while answer[0] == "question":
                begun = time.monotonic()
                reply = self._answer_question(answer)
                deadline += time.monotonic() - begun  # the test's own time is not the student's
                answer = child.ask("reply", reply, min(deadline, self._deadline))
        except ExpiredError:
            self._slow_functions.add(function)
            if child.interrupt(time.monotonic() + _GRACE_SECONDS) is None:
                self._discard_child()
            raise StudentError(
                Verdict.TIMED_OUT,
                get_message("not_in_time", what=what, seconds=f"{seconds:g}"),
            ) from None
        except DiedError as error:
            self._discard_child()
            if error.killed and not is_retry:
                return self._ask(make_request, kind, what, function, is_retry=True)
            raise StudentError(error.verdict, error.sentence) from None
        return answer

    def _answer_question(self, question: list[Any]) -> Any:
        """What a function of the test's gives that the student's code has called.

        Raises:
            StudentError: If it was asked what honest code cannot ask.
        """
        self._open_questions += 1
        try:
            if len(question) != 2 or self.on_question is None:
                raise self.reject_answer("it asks nothing")
            if self._open_questions > _MAX_OPEN_QUESTIONS:
                raise StudentError(
                    Verdict.RAISED,
                    "Functions of the notebook and of the test call each other without an end.",
                )
            return self.on_question(question[1])
        finally:
            self._open_questions -= 1

    def _request_for_retry(self, make_request: Callable[[], Any]) -> Any:
        try:
            return make_request()
        except StudentError as error:
            raise EngineError(f"A student's process was killed: {error}") from error

    def _run(self, child: Child, cell: ExecutedCell, seconds: float) -> CellReply:
        payload = wire.Encoder().encode((cell.source, cell.count, cell.state))
        try:
            answer = child.ask("cell", payload, self._deadline_after(seconds))
            return read_cell_reply(answer, self.output_limit)
        except ExpiredError:
            late_answer = child.interrupt(time.monotonic() + _GRACE_SECONDS)
            outputs: list[Output] = []
            if late_answer is None:
                self._discard_child()
            else:
                outputs = self._late_outputs(late_answer)
            return CellReply.failed(Verdict.TIMED_OUT, f"no end within {seconds:.3g} s", outputs)
        except DiedError as error:
            self._discard_child()
            return CellReply.failed(error.verdict, error.sentence, killed=error.killed)
        except wire.WireError as error:
            rejection = self.reject_answer(str(error))
            return CellReply.failed(rejection.verdict, str(rejection))

    def _run_again(self, child: Child, cell: ExecutedCell) -> CellReply:
        """Run a cell as it was run before, with the globals that tests had set."""
        try:
            for encoded in cell.values:
                child.ask("put", encoded, self._deadline_after(_GRACE_SECONDS))
        except (ExpiredError, DiedError) as error:
            self._discard_child()
            return CellReply.failed(Verdict.RAISED, str(error))
        return self._run(child, cell, self._seconds_left())

    def _late_outputs(self, answer: list[Any]) -> list[Output]:
        """What an interrupted cell had shown, without the interrupt itself."""
        try:
            outputs = read_cell_reply(answer, self.output_limit).outputs
        except wire.WireError as error:
            self.reject_answer(str(error))
            return []
        return [output for output in outputs if output["output_type"] != "error"]

    def _live_child(self) -> Child:
        """The child, or a new one in which the cells that ran before have been run again.

        Raises:
            StudentError: If time or restarts are used up.
        """
        if self._seconds_left() <= 0:
            raise StudentError(
                Verdict.TIMED_OUT,
                get_message("time_used_up", seconds=f"{self.limits.submission_seconds:g}"),
            )
        while self._child is None:
            if self.generation > _RESTARTS:
                raise StudentError(
                    Verdict.RAISED,
                    get_message("ended_too_often"),
                )
            self.generation += 1
            child = self._child = self._start_child()
            cells, self._executed = self._executed, []
            for cell in cells:
                # It ended in time before; on a busier machine it may now take longer.
                alive = self._child is child and self._seconds_left() > 0
                reply = self._run_again(child, cell) if alive else None
                if reply and reply.killed:
                    raise EngineError("A student's process was killed while cells were run again.")
                if not (reply and reply.ended_badly):
                    self._executed.append(cell)
        return self._child

    def _start_child(self) -> Child:
        self.process_number = next(self._numbers)
        first_number = self.process_number * _OBJECTS_EACH
        own, hidden = map(sorted, (self.modules.own, self.modules.hidden))
        settings = wire.Encoder().encode(
            (self.output_limit // 2, dict(self.files), first_number, own, hidden)
        )
        child = self.zygote.fork(resource_limits(self.limits))
        try:
            child.ask("begin", settings, time.monotonic() + _BEGIN_SECONDS)
        except (DiedError, ExpiredError) as error:
            child.kill()
            raise EngineError(f"A student's process did not begin: {error}") from error
        return child

    def _discard_child(self) -> None:
        """Kill the child if it lives, and add up its CPU time."""
        if self._child is not None:
            self.cpu_seconds += self._child.kill().cpu_seconds
            self._child = None

    def _seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    def _cell_seconds(self, reserve: float) -> float:
        """The time for a cell, which leaves a reserve to later ones."""
        if not reserve:
            return self.limits.cell_seconds
        return max(0.0, min(self.limits.cell_seconds, self._seconds_left() - reserve))

    def _deadline_after(self, seconds: float) -> float:
        return min(time.monotonic() + seconds, self._deadline)
