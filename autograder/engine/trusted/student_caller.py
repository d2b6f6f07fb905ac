"""Asks the student's process what test cells want to know, and reads what it answers.

A call crosses the trust line as plain data, with numpy's random state and what the function changed
in its arguments. While it runs, student code may call functions that the test has passed to it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from autograder.course.cell_names import bound_names, used_names
from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted.as_checked import FunctionsAsChecked
from autograder.engine.trusted.call_request import (
    Arguments,
    AskingCell,
    CallRequest,
    Target,
    builtin_name,
    encode,
    parse_question,
    refusal,
)
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import (
    CannotAskError,
    EngineError,
    StudentError,
    call_error,
    without_details,
)
from autograder.engine.trusted.failed_lines import FailedLines
from autograder.engine.trusted.handle_table import HandleTable
from autograder.engine.trusted.lent_objects import LentObjects
from autograder.engine.trusted.replies import CallReply, read_call_reply
from autograder.engine.trusted.session import Session
from autograder.engine.trusted.source_lines import function_at_line
from autograder.engine.trusted.student_call import StudentCall
from autograder.engine.trusted.student_objects import (
    StudentFunction,
    StudentObject,
    reference_of,
)
from autograder.models import Verdict
from utils.messages import get_message

_MAX_RECORDED = 64 * 2**20  # bytes of answers that are kept to diagnose mistakes


class StudentCaller:
    """Calls the student's functions and asks about the student's objects.

    Args:
        session: Runs the student's code.
        deadline: The time that test cells have.
        cell: What runs the test cells.
        as_checked: Answers for functions as they were when they were themselves checked.
        hidden: Whether hidden tests ask: then no error says more than it must.

    Attributes:
        calls: Every call of a student's function so far, in order.
        questions: How often the student's process has been asked anything.
        deleted: Names of the student's that a test has deleted.
    """

    def __init__(
        self,
        session: Session,
        deadline: Deadline,
        cell: AskingCell,
        as_checked: FunctionsAsChecked | None = None,
        *,
        hidden: bool = False,
    ) -> None:
        self._session = session
        self._deadline = deadline
        self._cell = cell
        self._as_checked = as_checked or FunctionsAsChecked(session)
        self._hidden = hidden
        self._cells: list[str] = []
        self._lines: set[tuple[int, str]] = set()
        self._read_names: set[str] = set()
        self._own_names: set[str] = set()
        self._failed_lines = FailedLines()
        self._recordable = _MAX_RECORDED
        self._lent = LentObjects()
        self._table = HandleTable(
            self, self._lent, self._cells, lambda: self._session.process_number
        )
        self.calls: list[StudentCall] = []
        self.questions = 0
        self._is_quiet = False
        self.deleted: set[str] = set()
        session.on_question = self._answer_question

    def add_student_cell(self, source: str) -> None:
        """Note the text of a student's cell: an error's line must be one of its lines."""
        lines = enumerate(source.split("\n"), 1)
        self._lines.update((number, line.strip()) for number, line in lines)
        self._cells.append(source)

    def note_read_names(self, sources: Iterable[str]) -> None:
        """Note which names the student's cells read."""
        self._read_names = set[str]().union(*map(used_names, texts := list(sources)))
        self._own_names = set[str]().union(*map(bound_names, texts))

    def note_failed_lines(self, source: str, outputs: list[Output]) -> list[str]:
        """Note what failed in a student's cell that was run; returns the lines."""
        return self._failed_lines.add(source, outputs)

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
            CannotAskError: If an argument cannot cross.
        """
        reference = reference_of(function)
        by_name = reference.name or function
        # An object of a class that the notebook defines may calculate: it is what is tested.
        made = (function.is_class and bool(reference.name)) or reference.made_by_test
        target = Target(by_name, function.__name__, reference.name, made_by_test=made)
        return self._request(target, (args, keywords), copies=copies, record=True)

    def call_as_checked(
        self, name: str, args: tuple[object, ...], keywords: dict[str, object]
    ) -> object:
        """Call a student's function, by its name, as it was when it was itself checked, on copies.

        Raises:
            StudentError: If there was no such function, it raised, or there is no answer.
            EngineError: If an argument cannot cross.
        """
        with self._as_checked.session(name) as session, self._asking(session):
            try:
                function = self.fetch(name)
            except KeyError:
                function = None
            if type(function) is StudentFunction:
                return self.call(function, args, keywords, copies=True)
        reason = f"name {name!r} is not defined"
        raise StudentError(Verdict.RAISED, reason, ename="NameError", evalue=reason)

    @contextmanager
    def _asking(self, session: Session) -> Iterator[None]:
        """Have another session answer while the context lasts, without what it shows."""
        own, self._session = self._session, session
        session.on_question = self._answer_question
        self._is_quiet = True
        try:
            yield
        finally:
            self._session = own
            self._is_quiet = False

    def ask(self, operation: str, subject: StudentObject, *args: object, what: str = "") -> Any:
        """Do something with an object of the student's; returns the result.

        Args:
            operation: What is done (see ``engine.child.operations``).
            subject: Whom it is about.
            args: What the operation takes, the subject included.
            what: What sentences call it; by default the subject's type.

        Raises:
            StudentError: If it raised, or there is no answer.
            CannotAskError: If an argument cannot cross.
        """
        reference = reference_of(subject)
        label = ".".join(filter(None, (reference.name or reference.type_name, what)))
        made = reference.made_by_test
        target = Target((operation,), label, reference.name, made_by_test=made)
        return self._request(target, (args, {}), copies=False, record=False)

    def find_class(self, name: str) -> type | None:
        """The instructor's own class of a name."""
        return self._cell.find_class(name)

    def refuse(self, sentence: str) -> StudentError:
        """The error for what a student's object is not asked."""
        return self._as_told(refusal(sentence), "")

    def fetch(self, name: str) -> object:
        """The student's global ``name``.

        Raises:
            KeyError: If there is none.
            StudentError: If the student's process gives no answer.
        """
        self.questions += 1

        def from_handle(handle: wire.Handle) -> object:
            return self._table.find(handle, name)

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

    def put(self, name: str, value: object) -> bool:
        """Set a global that the student's functions read; returns whether the value can cross."""
        handles: list[wire.Handle] = []

        def to_handle(part: object) -> wire.Handle:
            handles.append(self._table.current_handle(part))
            return handles[-1]

        try:
            encoded = wire.Encoder(to_handle=to_handle).encode((name, value))
        except (CannotAskError, wire.WireError, StudentError):
            return False
        is_data = all(handle.number == wire.BY_NAME for handle in handles)
        with self._deadline.deferred():
            self._session.put(name, encoded, is_data=is_data)
        self.deleted.discard(name)
        return True

    def delete(self, name: str) -> None:
        """Delete a global of the student's."""
        with self._deadline.deferred():
            self._session.delete(name)
        self.deleted.add(name)

    def reads(self, name: str, *, imported: bool) -> bool:
        """Whether student cells read this global; what a test imports only if they do not."""
        if imported and name in self._own_names:
            return False
        return name in self._read_names or name in self.deleted

    def _request(
        self, target: Target, arguments: Arguments, *, copies: bool, record: bool
    ) -> object:
        """Ask the student's process; returns the result.

        Raises:
            StudentError: If the student's code raised, or there is no answer.
            CannotAskError: If an argument cannot cross.
        """
        if not self._is_quiet:
            self._cell.forward_globals()
        self.questions += 1
        state = random_state.current()
        values = (target.target, *arguments, state)
        objects: list[object] = []

        def handle_at_first(value: object) -> wire.Handle:
            handle = self._table.handle(value)
            objects.append(value)
            return handle

        encoder = wire.Encoder(to_handle=handle_at_first, copies=copies)
        encoded = encode(encoder, values)
        tag, _, *parts, _ = encoded
        call = StudentCall(target.label, wire.pack([tag, *parts]), state)
        if record:
            self.calls.append(call)

        def make_request() -> Any:
            nonlocal encoder, encoded
            if objects:  # a new child knows them by other numbers, or not at all
                encoder = wire.Encoder(to_handle=self._table.current_handle, copies=copies)
                encoded = encode(encoder, values)
            return encoded

        try:
            with self._deadline.deferred():
                answer = self._session.call(target.label, make_request)
                request = CallRequest(target, arguments, state, encoder.mutables, copies)
                result, reply = self._read_answer(answer, request, call)
        except StudentError as error:
            call.error = error
            raise self._as_told(error, target.name) from None
        return self._conclude(call, result, reply, target)

    def _read_answer(
        self, answer: list[Any], request: CallRequest, call: StudentCall
    ) -> tuple[object, CallReply]:
        """The result and the rest of an answer; changes the arguments in place as it says."""
        target = request.target

        def from_handle(handle: wire.Handle) -> object:
            return self._table.find(handle, made_by_test=target.made_by_test)

        match answer:
            case ["answered", encoded, list(changed), rest]:
                try:
                    call.answer = self._limit_recording(wire.pack(encoded))
                    call.changed = self._limit_recording(wire.pack(changed))
                    decoder = wire.Decoder(request.mutables, from_handle)
                    result = decoder.decode(encoded)
                    if request.copies and (changed or decoder.used_references):
                        # The answer refers to parts of the copies, which are made only now.
                        request = request.with_copies(self._table.handle)
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
                    get_message("not_looked_at", function=target.label, reason=reason[:300]),
                )
            case ["failed", str(name)]:
                raise StudentError(
                    Verdict.OUT_OF_MEMORY,
                    get_message("ended_with", function=target.label, error=name[:100]),
                )
        raise self._session.reject_answer("it says nothing about the call")

    def _conclude(
        self, call: StudentCall, result: object, reply: CallReply, target: Target
    ) -> object:
        """Leave this process as if the function had run in it: random state, outputs, exception."""
        random_state.restore(reply.random_state)
        if not self._is_quiet:
            self._cell.show(reply.outputs)
        for category, text, line in reply.warnings:
            warnings.warn_explicit(text, category, "<student>", line)
        if reply.failure is None:
            return result
        failure = reply.failure
        if (failure.line_number, failure.line) not in self._lines:
            # Not a line of the notebook: it could be anything, a hidden input for example.
            failure = replace(failure, line_number=None, line="")
        inside = function_at_line(self._cells, failure.line_number, failure.line)
        texts = [text for _, text, _ in reply.warnings]
        missing = re.match(r"name '(\w+)' is not defined", failure.evalue)
        of_name = failure.ename == "NameError" and missing is not None
        catchable = bool(of_name and missing and missing[1] in self.deleted)
        call.error = call_error(call.function, failure, texts, inside, catch_names=catchable)
        if of_name and missing:
            call.error.failed_line = self._failed_lines.reason_for(missing[1])
        raise self._as_told(call.error, target.name)

    def _answer_question(self, question: Any) -> Any:
        """The answer to student code that uses a function or an object of the test's.

        Raises:
            StudentError: If honest code cannot ask that.
        """
        try:
            decoded = wire.Decoder(from_handle=self._table.find).decode(question)
            number, what, args, keywords, state = parse_question(decoded)
            self._lent.find(number)
        except wire.WireError as error:
            raise self._session.reject_answer(str(error)) from None
        random_state.restore(random_state.parse_state(state))
        raised, value = None, None
        try:
            with self._deadline.resumed():
                value = self._lent.use(number, what, args, keywords)
        except EngineError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it goes to whoever called
            raised = (builtin_name(type(error)), str(error)[:2000])
        encoder = wire.Encoder(to_handle=self._table.handle)
        return encode(encoder, (raised, value, random_state.current()))

    def _as_told(self, error: StudentError, name: str) -> StudentError:
        return without_details(error, name) if self._hidden else error

    def _limit_recording(self, packed: bytes) -> bytes | None:
        """``packed`` to be recorded; None once functions have returned more than is kept."""
        self._recordable -= len(packed)
        return packed if self._recordable >= 0 else None
