"""What a student's process may answer about a cell or a call, as typed records.

A decoded answer is plain data of any shape: an array may stand where a text is expected, and
comparing it with one raises. So an answer is first parsed into these records. Only then is anything
compared, formatted or iterated over.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from autograder.engine.protocol.arrays import WireError

_Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
_Record = TypeVar("_Record", bound=Struct)


class _Output(Struct, tag_field="output_type"):
    """An output in nbformat's shape."""


class StreamOutput(_Output, tag="stream"):
    """What was printed."""

    name: Literal["stdout", "stderr"]
    text: str


class DisplayOutput(_Output, tag="display_data"):
    """What was displayed, by MIME type; what stands there may still be anything."""

    data: dict[str, Any]
    metadata: dict[str, Any]


class ResultOutput(_Output, tag="execute_result"):
    """The value of a cell's last expression."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    execution_count: _Number | None


class NewState(Struct):
    """What a display shows from then on."""

    data: dict[str, Any]
    metadata: dict[str, Any]


class ErrorOutput(_Output, tag="error"):
    """An exception that ended a cell."""

    ename: str
    evalue: str
    traceback: list[str]


AnyOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput


class CellReport(Struct, array_like=True, forbid_unknown_fields=True):
    """What is answered to a request ``cell``."""

    outputs: list[AnyOutput]
    display_ids: list[str | None]
    updates: list[tuple[str, NewState]]
    overflowed: bool
    random_state: Any


class FailureReport(Struct):
    """An exception in the student's code."""

    ename: str
    evalue: str
    line_number: _Number | None
    line: str
    memory: bool
    denied: bool


class CallReport(Struct, array_like=True, forbid_unknown_fields=True):
    """What is answered to a request ``call``, apart from the value."""

    failure: FailureReport | None
    random_state: Any
    outputs: list[AnyOutput]
    overflowed: bool
    warnings: list[tuple[str, str, _Number]]


def parse(value: object, kind: type[_Record]) -> _Record:
    """``value`` as a record, its parts of exactly the types that are stated there.

    Raises:
        WireError: If it is not one. The text repeats nothing of it.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, AttributeError, RecursionError, TypeError):
        # The second is msgspec's own: where a record is expected, it takes an array for a mapping.
        raise WireError(f"it is no {kind.__name__}") from None
