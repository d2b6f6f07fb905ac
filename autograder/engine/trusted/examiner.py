"""Runs test cells in this process, against a student whose code runs in another.

A test cell has globals of its own. A name that it uses and does not define is the student's: a
function becomes a proxy whose calls cross the trust line as plain data, a plain value is fetched as
a copy, and anything else is an opaque object that may be passed back.

Each test cell starts with no names. One that relied on an import of an earlier test cell would
work for the author, whose cells all ran, and fail for a student who runs cells one by one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from autograder.course.released_cells import hidden_lines
from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted.as_checked import FunctionsAsChecked
from autograder.engine.trusted.call_request import CallRequest, cannot_cross, request_values
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import (
    StudentError,
    call_error,
    without_details,
)
from autograder.engine.trusted.failed_lines import FailedLines
from autograder.engine.trusted.namespace import Namespace
from autograder.engine.trusted.replies import CallReply, read_call_reply
from autograder.engine.trusted.session import Session
from autograder.engine.trusted.source_lines import function_at_line
from autograder.engine.trusted.student_call import StudentCall
from autograder.engine.trusted.student_objects import OpaqueObject, StudentFunction
from autograder.engine.trusted.test_cell import ShowOutputs, TestCell
from autograder.models import Verdict
from utils.checking import grading_pass
from utils.checking.grading_pass import GradingPass
from utils.checking.report import Line
from utils.messages import get_message

_MAX_RECORDED = 64 * 2**20  # bytes of answers that are kept to diagnose mistakes


@dataclass(frozen=True, slots=True)
class VisibleRun:
    """What the visible tests of a cell gave.

    Attributes:
        outputs: The cell's outputs so far.
        lines: The results of its checks.
        state: numpy's legacy random state before the cell.
        needs_hidden_tests: Whether the cell has hidden tests that are still to be run.
        functions: The student's functions that the cell checks.
    """

    outputs: list[Output]
    lines: tuple[Line, ...] = ()
    state: random_state.RandomState | None = None
    needs_hidden_tests: bool = False
    functions: tuple[str, ...] = ()


class Examiner:
    """Runs the visible tests of one submission, or its hidden ones.

    Args:
        session: Runs the student's code.
        as_checked: Answers for functions as they were when they were themselves checked.
        hidden: Whether it runs the hidden tests. What the student's code does there, other than to
            return a value, has no effect on anything that is shown.

    Attributes:
        calls: Every call of a student's function so far, in order.
    """

    def __init__(
        self,
        session: Session,
        as_checked: FunctionsAsChecked | None = None,
        *,
        hidden: bool = False,
    ) -> None:
        self._session = session
        self._as_checked = as_checked or FunctionsAsChecked(session)
        self._hidden = hidden
        self._deadline = Deadline(session.limits)
        self._student_cells: list[str] = []
        self._student_lines: set[tuple[int, str]] = set()
        self._failed_lines = FailedLines()
        self.calls: list[StudentCall] = []
        self._recordable = _MAX_RECORDED

    def add_student_cell(self, source: str) -> None:
        """Note the text of a student's cell: an error's line must be one of its lines."""
        lines = enumerate(source.split("\n"), 1)
        self._student_lines.update((number, line.strip()) for number, line in lines)
        self._student_cells.append(source)

    def note_failed_lines(self, source: str, outputs: list[Output]) -> list[str]:
        """Note what failed in a student's cell that was run; returns the lines."""
        return self._failed_lines.add(source, outputs)

    def run_visible(self, source: str, count: int) -> VisibleRun:
        """Run the visible tests of one test cell.

        Args:
            source: The cell's text, hidden tests included.
            count: Its execution count.

        Raises:
            EngineError: If the engine failed, or the cell passes what cannot cross.
        """
        state = self._session.random_state
        visible = GradingPass(hidden=False)
        outputs = self._run(TestCell(source, count), visible)
        failed = any(output["output_type"] == "error" for output in outputs)
        has_hidden_tests = visible.skipped or bool(hidden_lines(source))
        return VisibleRun(
            outputs,
            tuple(visible.lines),
            state,
            has_hidden_tests and not failed,
            tuple(visible.functions),
        )

    def run_hidden(self, source: str, count: int, visible: VisibleRun) -> list[Output]:
        """Run the hidden tests of one test cell; returns the outputs of the whole cell.

        Args:
            source: The cell's text, hidden tests included.
            count: Its execution count.
            visible: What its visible tests gave.

        Raises:
            EngineError: If the engine failed, or the cell passes what cannot cross.
        """
        self._session.random_state = visible.state
        hidden = GradingPass(hidden=True, earlier=visible.lines)
        results = self._run(TestCell(source, count, hidden=True), hidden)
        shown = [output for output in visible.outputs if output["output_type"] != "execute_result"]
        return shown + results

    def _run(self, cell: TestCell, of_pass: GradingPass) -> list[Output]:
        """Run one test cell; returns its outputs.

        numpy's legacy random state is the student's before the cell and the cell's after it: in
        a notebook there is one stream. This process gets its own back.
        """
        own_state = random_state.current()
        random_state.restore(self._session.random_state)
        try:
            with self._deadline.watched(), grading_pass.running(of_pass):
                return cell.run(Namespace(lambda name: self._fetch(name, cell.show_outputs)))
        finally:
            self._session.random_state = random_state.current()
            random_state.restore(own_state)

    def call(
        self,
        function: StudentFunction,
        args: tuple[object, ...],
        keywords: dict[str, object],
        *,
        copies: bool = False,
    ) -> object:
        """Call a student's function in the student's process; returns its result.

        Args:
            function: The function.
            args: Positional arguments.
            keywords: Keyword arguments.
            copies: Whether changes to the arguments over there stay there, as if the function
                had been given copies.

        Raises:
            StudentError: If it raised, or there is no answer.
            EngineError: If an argument cannot cross.
        """
        state = random_state.current()
        values = request_values(function, (args, keywords), state)
        objects: list[object] = []

        def handle_at_first(value: object) -> wire.Handle:
            if not isinstance(value, StudentFunction | OpaqueObject):
                raise cannot_cross(value)
            objects.append(value)
            return value.handle

        encoder = wire.Encoder(to_handle=handle_at_first, copies=copies)
        encoded = self._encode(encoder, values)
        tag, _, *arguments, _ = encoded
        call = StudentCall(function.__name__, wire.pack([tag, *arguments]), state)
        self.calls.append(call)

        def make_request() -> Any:
            nonlocal encoder, encoded
            if objects:  # a new child knows them by other numbers, or not at all
                encoder = wire.Encoder(to_handle=self._current_handle, copies=copies)
                encoded = self._encode(encoder, values)
            return encoded

        try:
            with self._deadline.deferred():
                answer = self._session.call(function.__name__, make_request)
                request = CallRequest(function, (args, keywords), state, encoder.mutables, copies)
                result, reply = self._read_answer(answer, request, call)
        except StudentError as error:
            call.error = error
            raise self._as_told(error, function.name) from None
        return self._conclude(call, result, reply, function)

    def call_as_checked(
        self, name: str, args: tuple[object, ...], keywords: dict[str, object]
    ) -> object:
        """Call a student's function as it was when it was itself checked, on copies.

        What it prints is not shown.

        Args:
            name: The student's global.
            args: Positional arguments.
            keywords: Keyword arguments.

        Raises:
            StudentError: If there was no such function, it raised, or there is no answer.
            EngineError: If an argument cannot cross.
        """
        with self._as_checked.session(name) as session, self._asking(session):
            try:
                function = self._fetch(name, lambda _: None)
            except KeyError:
                function = None
            if isinstance(function, StudentFunction):
                return self.call(function, args, keywords, copies=True)
        reason = f"name {name!r} is not defined"
        raise StudentError(Verdict.RAISED, reason, ename="NameError", evalue=reason)

    @contextmanager
    def _asking(self, session: Session) -> Iterator[None]:
        """Have another session answer while the context lasts."""
        own, self._session = self._session, session
        try:
            yield
        finally:
            self._session = own

    def _fetch(self, name: str, show_outputs: ShowOutputs) -> object:
        """The student's global ``name``.

        Raises:
            KeyError: If there is none.
            StudentError: If the student's process gives no answer.
        """

        def from_handle(handle: wire.Handle) -> object:
            return self._student_object(handle, name, show_outputs)

        try:
            with self._deadline.deferred():
                exists, encoded = self._session.get(name)
                if not exists:
                    raise KeyError(name)
                try:
                    return wire.Decoder(from_handle=from_handle).decode(encoded)
                except wire.WireError as error:
                    raise self._session.reject_answer(str(error)) from None
        except StudentError as error:
            raise self._as_told(error, name) from None

    def _read_answer(
        self, answer: list[Any], request: CallRequest, call: StudentCall
    ) -> tuple[object, CallReply]:
        """The result and the rest of an answer; changes the arguments in place as it says."""
        function = request.function

        def from_handle(handle: wire.Handle) -> object:
            return self._student_object(handle, "", function.show_outputs)

        match answer:
            case ["answered", encoded, list(changed), rest]:
                try:
                    call.answer = self._limit_recording(wire.pack(encoded))
                    call.changed = self._limit_recording(wire.pack(changed))
                    decoder = wire.Decoder(request.mutables, from_handle)
                    result = decoder.decode(encoded)
                    if request.copies and (changed or decoder.used_references):
                        # The answer refers to parts of the copies, which are made only now.
                        request = request.with_copies()
                        decoder = wire.Decoder(request.mutables, from_handle)
                        result = decoder.decode(encoded)
                    for number, content in changed:
                        decoder.update(number, content)
                    if changed:  # a part may have grown since the result was measured
                        wire.check_size(result, wire.DEFAULT_LIMITS)
                        wire.check_size(request.arguments, wire.DEFAULT_LIMITS)
                    reply = read_call_reply(decoder.decode(rest), self._session.output_limit)
                except (wire.WireError, ValueError, TypeError) as error:
                    raise self._session.reject_answer(str(error)) from None
                return result, reply
            case ["too_large", str(reason)]:
                raise StudentError(
                    Verdict.OUTPUT_TOO_LARGE,
                    get_message("not_looked_at", function=function.__name__, reason=reason[:300]),
                )
            case ["failed", str(name)]:
                raise StudentError(
                    Verdict.OUT_OF_MEMORY,
                    get_message("ended_with", function=function.__name__, error=name[:100]),
                )
        raise self._session.reject_answer("it says nothing about the call")

    def _conclude(
        self, call: StudentCall, result: object, reply: CallReply, function: StudentFunction
    ) -> object:
        """Leave this process as if the function had run in it: random state, outputs, exception."""
        random_state.restore(reply.random_state)
        function.show_outputs(reply.outputs)
        for category, text, line in reply.warnings:
            warnings.warn_explicit(text, category, "<student>", line)
        if reply.failure is None:
            return result
        failure = reply.failure
        if (failure.line_number, failure.line) not in self._student_lines:
            # Not a line of the notebook: it could be anything, a hidden input for example.
            failure = replace(failure, line_number=None, line="")
        inside = function_at_line(self._student_cells, failure.line_number, failure.line)
        texts = [text for _, text, _ in reply.warnings]
        call.error = call_error(call.function, failure, texts, inside)
        missing = re.match(r"name '(\w+)' is not defined", failure.evalue)
        if failure.ename == "NameError" and missing:
            call.error.failed_line = self._failed_lines.reason_for(missing[1])
        raise self._as_told(call.error, function.name)

    def _as_told(self, error: StudentError, name: str) -> StudentError:
        return without_details(error, name) if self._hidden else error

    def _limit_recording(self, packed: bytes) -> bytes | None:
        """``packed`` to be recorded; None once functions have returned more than is kept."""
        self._recordable -= len(packed)
        return packed if self._recordable >= 0 else None

    def _encode(self, encoder: wire.Encoder, value: object) -> Any:
        try:
            return encoder.encode(value)
        except wire.TooLargeError as error:
            raise StudentError(
                Verdict.OUTPUT_TOO_LARGE, get_message("arguments_too_large", reason=error)
            ) from None

    def _current_handle(self, value: object) -> wire.Handle:
        """The handle, in the child that lives now, of a function or object of the student's."""
        if isinstance(value, StudentFunction) and value.name:
            value = self._fetch(value.name, value.show_outputs)
        if not isinstance(value, StudentFunction | OpaqueObject):
            raise cannot_cross(value)
        if value.process != self._session.process_number:
            raise StudentError(
                Verdict.RAISED,
                get_message("lost_with_process"),
            )
        return value.handle

    def _student_object(
        self, handle: wire.Handle, name: str, show_outputs: ShowOutputs
    ) -> StudentFunction | OpaqueObject:
        process = self._session.process_number
        if handle.callable:
            return StudentFunction(self, handle, process, name, show_outputs, self._student_cells)
        return OpaqueObject(handle, process)
