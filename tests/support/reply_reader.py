"""Does all that the grader does with an answer of a student's process, whatever it holds."""

from __future__ import annotations

import contextlib
import json
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.course.assignment_toml import Limits
from autograder.diagnosis.fingerprint import fingerprint
from autograder.diagnosis.recorded_calls import CallTrace, RecordedCall
from autograder.engine.protocol import random_state, wire
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.examiner import Examiner
from autograder.engine.trusted.replies import read_cell_reply
from autograder.engine.trusted.student_objects import Reference, StudentFunction
from autograder.models import Verdict
from autograder.runners.jailed import _NotebookOutputs
from utils.checking.compare import describe_type, difference, same, unaltered

_EXPECTED = (
    np.zeros((2, 3)),
    1.5,
    {"W1": np.ones(2), "b1": 0.0},
    (np.zeros((2, 3)), {"a": 1}),
    [1, 2],
)


class _OneAnswer:
    """A session whose child gives one answer to everything."""

    limits = Limits(cell_seconds=20.0)
    output_limit = 2**20
    generation = process_number = 1
    random_state = None

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def names(self) -> list[str]:
        return []

    def get(self, _: str) -> tuple[bool, Any]:
        return True, self._answer

    def call(self, _: str, make_request: Any) -> Any:
        make_request()
        return self._answer

    def reject_answer(self, reason: str) -> StudentError:
        return StudentError(Verdict.FORBIDDEN, f"The answer cannot be read: {reason}.")


def read_answer(packed: bytes) -> None:
    """Read an answer, as one to each kind of question.

    Raises:
        Exception: If that goes wrong in another way than by a refusal in words.
    """
    own_state = random_state.current()
    try:
        answer = wire.unpack(packed)
    except wire.WireError:
        return
    if not isinstance(answer, list):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _as_cell_reply(answer)
            _as_value(answer)
            _as_call_reply(answer)
    finally:
        random_state.restore(own_state)


def _as_cell_reply(answer: list[Any]) -> None:
    try:
        reply = read_cell_reply(answer, 2**20)
    except wire.WireError as error:
        _tell(error)
        return
    json.dumps(_NotebookOutputs(2**20).of_student_cell(reply, 1))
    _use_state(reply.random_state)


def _as_value(answer: list[Any]) -> None:
    examiner = Examiner(_OneAnswer(answer))  # type: ignore[arg-type]
    try:
        value = examiner.fetch("value")
    except StudentError as error:
        _tell(error)
        return
    _compare(value)


def _as_call_reply(answer: list[Any]) -> None:
    examiner = Examiner(_OneAnswer(answer))  # type: ignore[arg-type]
    shown: list[Any] = []
    examiner._cell = SimpleNamespace(show_outputs=shown.extend)  # type: ignore[assignment]
    handle = wire.Handle(0, "function", True)
    caller = examiner._caller
    function = StudentFunction(Reference(caller, handle, 1, "f"))
    arguments = (np.ones((2, 3)), [1, np.zeros(2)], {"W1": np.zeros((2, 2))})
    for copies in (False, True):
        try:
            result = caller.call(function, arguments, {"k": 1.0}, copies=copies)
        except StudentError as error:
            _tell(error)
        else:
            _compare(result)
            _compare(arguments)
        json.dumps(shown)
        _use_state(random_state.current())
    trace = CallTrace([RecordedCall.from_engine(call) for call in examiner.calls], {"f": (0,)})
    for call in trace.calls:
        with contextlib.suppress(wire.WireError):  # which the diagnosis handles
            fingerprint(call.outcome.answer)
    assert trace.too_large in (True, False)


def _compare(value: object) -> None:
    for expected in _EXPECTED:
        for public in (True, False):
            assert isinstance(difference("x", value, expected, public=public), str | None)
        assert same(value, expected) in (True, False)
        assert unaltered(value, expected) in (True, False)
    assert isinstance(describe_type(value), str)


def _use_state(state: random_state.RandomState | None) -> None:
    random_state.restore(state)
    assert np.isfinite(np.random.randn())


def _tell(error: Exception) -> None:
    """What a student reads must be text that a file can hold."""
    str(error).encode()
