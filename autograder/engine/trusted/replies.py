"""Reads a student process's answers: parsed into records first, then made safe to be shown."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from typing import Any

from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.outputs import Output
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.reply_records import (
    AnyOutput,
    CallReport,
    CellReport,
    DisplayOutput,
    ErrorOutput,
    FailureReport,
    NewState,
    ResultOutput,
    StreamOutput,
    parse,
)
from autograder.engine.trusted.sanitizer import clean_line, clean_output, clean_text
from autograder.models import Verdict
from utils.messages import get_message

_MAX_TEXT = 2000  # characters of an exception's or a warning's text
_MAX_WARNINGS = 100

_ERROR_NAMES = {
    Verdict.TIMED_OUT: "TimedOut",
    Verdict.OUT_OF_MEMORY: "OutOfMemory",
    Verdict.OUTPUT_TOO_LARGE: "OutputTooLarge",
    Verdict.FORBIDDEN: "Forbidden",
}


@dataclass
class CellReply:
    """The result of running a cell.

    Attributes:
        outputs: In nbformat's shape, cleaned.
        display_ids: For each output the id under which a later cell may update it.
        updates: New states of displays, by id, also of those that earlier cells made.
        random_state: numpy's state after the cell; None if it is unknown.
        ended_badly: Whether the cell ended its process or ran out of time.
        killed: Whether the process was killed, by whatever.
    """

    outputs: list[Output]
    display_ids: list[str | None] = field(default_factory=list)
    updates: list[tuple[str, Output]] = field(default_factory=list)
    random_state: RandomState | None = None
    ended_badly: bool = False
    killed: bool = False

    @classmethod
    def failed(
        cls,
        verdict: Verdict | str,
        sentence: str,
        outputs: list[Output] | None = None,
        *,
        killed: bool = False,
    ) -> CellReply:
        """A cell that the engine had to end."""
        name = _ERROR_NAMES.get(Verdict(verdict), "ProcessEnded")
        error = {
            "output_type": "error",
            "ename": name,
            "evalue": sentence,
            "traceback": [f"{name}: {sentence}"],
        }
        all_outputs = [*(outputs or []), error]
        return cls(all_outputs, [None] * len(all_outputs), ended_badly=True, killed=killed)


@dataclass
class CallReply:
    """The result of a call, apart from the value that it returned.

    Attributes:
        failure: The exception, as the child describes it; None if there was none.
        random_state: numpy's state after the call; None if it is unknown, or as it was before.
        outputs: What it printed and displayed, cleaned.
        overflowed: Whether it printed more than is kept.
        warnings: Category, text and line of each warning.
    """

    failure: Failure | None
    random_state: RandomState | None
    outputs: list[Output]
    overflowed: bool
    warnings: list[tuple[type[Warning], str, int]]


@dataclass(frozen=True)
class Failure:
    """An exception in the student's code, in words only."""

    ename: str
    evalue: str
    line_number: int | None
    line: str
    verdict: Verdict


def read_cell_reply(answer: list[Any], max_output: int = wire.DEFAULT_LIMITS.size) -> CellReply:
    """Read the answer to a request ``cell``.

    Args:
        answer: The answer.
        max_output: How many characters of output it may hold.

    Raises:
        wire.WireError: If it is malformed.
    """
    match answer:
        case ["ran", encoded]:
            report = wire.Decoder().decode(encoded)
        case ["too_large", str(reason)]:
            return CellReply.failed(
                Verdict.OUTPUT_TOO_LARGE, get_message("output_not_kept", reason=reason)
            )
        case ["failed", str(name)]:
            return CellReply.failed(
                Verdict.OUT_OF_MEMORY, get_message("cell_ended_with", error=name[:100])
            )
        case _:
            raise wire.WireError("it says nothing about the cell")
    if output_size(report) > max_output:  # the child's own limit may have been tampered with
        return CellReply.failed(Verdict.OUTPUT_TOO_LARGE, get_message("output_too_large"))
    parsed = parse(report, CellReport)
    if len(parsed.display_ids) != len(parsed.outputs):
        raise wire.WireError("it names other displays than it has")
    return CellReply(
        [_clean(output) for output in parsed.outputs],
        parsed.display_ids,
        [(name, _clean_display("display_data", new)) for name, new in parsed.updates],
        random_state.parse_state(parsed.random_state),
    )


def read_call_reply(report: Any, max_output: int = wire.DEFAULT_LIMITS.size) -> CallReply:
    """Read the part of the answer to a request ``call`` that is not the returned value.

    Args:
        report: That part, decoded.
        max_output: How many characters of output it may hold; if it has more, they are dropped.

    Raises:
        wire.WireError: If it is malformed.
    """
    parsed = parse(report, CallReport)
    outputs = [] if output_size(report[2]) > max_output else parsed.outputs
    return CallReply(
        None if parsed.failure is None else _read_failure(parsed.failure),
        random_state.parse_state(parsed.random_state),
        [_clean(output) for output in outputs],
        parsed.overflowed,
        [_read_warning(*warning) for warning in parsed.warnings[:_MAX_WARNINGS]],
    )


def _clean(output: AnyOutput) -> Output:
    """An output in nbformat's shape, safe to be shown."""
    match output:
        case StreamOutput(name=name, text=text):
            return {"output_type": "stream", "name": name, "text": clean_text(text)}
        case DisplayOutput():
            return _clean_display("display_data", output)
        case ResultOutput(execution_count=count):
            return {**_clean_display("execute_result", output), "execution_count": count}
        case ErrorOutput(ename=ename, evalue=evalue, traceback=traceback):
            lines = [clean_text(line) for line in traceback]
            return {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": lines}


def _clean_display(kind: str, shown: DisplayOutput | ResultOutput | NewState) -> Output:
    return clean_output({"output_type": kind, "data": shown.data, "metadata": shown.metadata})


def output_size(value: object) -> int:
    """How many characters of text there are in outputs, at any depth."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(output_size, value.values()))
    return sum(map(output_size, value)) if isinstance(value, list | tuple) else 0


def _read_failure(report: FailureReport) -> Failure:
    verdict = Verdict.RAISED
    if report.memory:
        verdict = Verdict.OUT_OF_MEMORY
    elif report.denied:
        verdict = Verdict.FORBIDDEN
    elif report.ename == "OutputTooLargeError":
        verdict = Verdict.OUTPUT_TOO_LARGE
    texts = (report.ename[:200], report.evalue, report.line)
    ename, evalue, line = (clean_line(text[:_MAX_TEXT]) for text in texts)
    return Failure(ename, evalue, report.line_number, line, verdict)


def _read_warning(name: str, text: str, line: int) -> tuple[type[Warning], str, int]:
    category = getattr(builtins, name, None)
    if not (isinstance(category, type) and issubclass(category, Warning)):
        category = UserWarning
    return category, clean_line(text[:_MAX_TEXT]), line
