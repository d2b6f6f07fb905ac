"""Reads a student process's answers about a cell or a call, checking every part of them."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from typing import Any

from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.outputs import Output
from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.sanitizer import clean_line, clean_output, clean_text
from autograder.models import Verdict

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
        random_state: numpy's state after the call; None if it is unknown.
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
                Verdict.OUTPUT_TOO_LARGE, f"The output cannot be kept: {reason}."
            )
        case ["failed", str(name)]:
            return CellReply.failed(Verdict.OUT_OF_MEMORY, f"The cell ended with a {name[:100]}.")
        case _:
            raise wire.WireError("it says nothing about the cell")
    if output_size(report) > max_output:  # the child's own limit may have been tampered with
        return CellReply.failed(Verdict.OUTPUT_TOO_LARGE, "The output is more than is kept.")
    match report:
        case (list(outputs), list(ids), list(updates), bool(), state) if len(ids) == len(outputs):
            return CellReply(
                [read_output(output) for output in outputs],
                [name if isinstance(name, str) else None for name in ids],
                [_read_update(update) for update in updates],
                random_state.parse_state(state),
            )
    raise wire.WireError("it describes a cell's outcome in an unknown way")


def read_call_reply(report: Any, max_output: int = wire.DEFAULT_LIMITS.size) -> CallReply:
    """Read the part of the answer to a request ``call`` that is not the returned value.

    Args:
        report: That part, decoded.
        max_output: How many characters of output it may hold; if it has more, they are dropped.

    Raises:
        wire.WireError: If it is malformed.
    """
    match report:
        case (failure, state, list(outputs), bool(overflowed), list(warnings)):
            if output_size(outputs) > max_output:
                outputs = []
            return CallReply(
                None if failure is None else _read_failure(failure),
                random_state.parse_state(state),
                [read_output(output) for output in outputs],
                overflowed,
                [_read_warning(warning) for warning in warnings[:_MAX_WARNINGS]],
            )
    raise wire.WireError("it describes a call's outcome in an unknown way")


def read_output(output: Any) -> Output:
    """Read one output: in nbformat's shape, and safe to be shown.

    Raises:
        wire.WireError: If it is malformed.
    """
    match output:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return {"output_type": "stream", "name": name, "text": clean_text(text)}
        case {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata)}:
            return clean_output({"output_type": "display_data", "data": data, "metadata": metadata})
        case {
            "output_type": "execute_result",
            "data": dict(data),
            "metadata": dict(metadata),
            "execution_count": int() | None as count,
        }:
            return clean_output(
                {
                    "output_type": "execute_result",
                    "data": data,
                    "metadata": metadata,
                    "execution_count": count,
                }
            )
        case {
            "output_type": "error",
            "ename": str(ename),
            "evalue": str(evalue),
            "traceback": list(lines),
        } if all(isinstance(line, str) for line in lines):
            return {
                "output_type": "error",
                "ename": ename,
                "evalue": evalue,
                "traceback": [clean_text(line) for line in lines],
            }
    raise wire.WireError("it holds an output in an unknown form")


def output_size(value: object) -> int:
    """How many characters of text there are in outputs, at any depth."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(output_size, value.values()))
    return sum(map(output_size, value)) if isinstance(value, list | tuple) else 0


def _read_update(update: Any) -> tuple[str, Output]:
    match update:
        case (str(name), {"data": dict(data), "metadata": dict(metadata)}):
            output = {"output_type": "display_data", "data": data, "metadata": metadata}
            return name, clean_output(output)
    raise wire.WireError("it updates an output in an unknown way")


def _read_failure(description: Any) -> Failure:
    match description:
        case {
            "ename": str(ename),
            "evalue": str(evalue),
            "line_number": int() | None as number,
            "line": str(line),
            "memory": bool(memory),
            "denied": bool(denied),
        }:
            verdict = Verdict.RAISED
            if memory:
                verdict = Verdict.OUT_OF_MEMORY
            elif denied:
                verdict = Verdict.FORBIDDEN
            elif ename == "OutputTooLargeError":
                verdict = Verdict.OUTPUT_TOO_LARGE
            texts = (clean_line(text[:_MAX_TEXT]) for text in (ename[:200], evalue, line))
            ename, evalue, line = texts
            return Failure(ename, evalue, number, line, verdict)
    raise wire.WireError("it describes an exception in an unknown way")


def _read_warning(description: Any) -> tuple[type[Warning], str, int]:
    match description:
        case (str(name), str(text), int(line)):
            category = getattr(builtins, name, None)
            if not (isinstance(category, type) and issubclass(category, Warning)):
                category = UserWarning
            return category, clean_line(text[:_MAX_TEXT]), line
    raise wire.WireError("it describes a warning in an unknown way")
