"""Which lines of a student's cells failed, to say why a name is missing later.

The numbers come from the student's process; the text of a line always comes from the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from autograder.course.cell_names import bound_names
from autograder.engine.protocol.outputs import Output

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"(?:Cell In\[\d+\]|File <ipython[^>\n]*>|In \[\d+\])[^\n]*?line (\d+)")
_LINE_LENGTH = 500  # a pattern with several beginnings takes the square of a line's length
_MAX_MAGICS = 20
_UNKNOWN_MAGIC = re.compile(r"^UsageError: .*?(%\w+)", re.MULTILINE)
_DEFINITION = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)


class FailedLines:
    """The lines that failed so far, by the names that are missing because of them."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}

    def add(self, source: str, outputs: Sequence[Output]) -> list[str]:
        """Note what failed in a cell that was run; returns the lines."""
        failed = find_failed_lines(source, outputs)
        if failed:
            names = bound_names(source) | set(_DEFINITION.findall(source))
            self._by_name.update(dict.fromkeys(names, failed[-1]))
            for line in failed:
                self._by_name.update(dict.fromkeys(bound_names(line), line))
        return failed

    def reason_for(self, name: str) -> str:
        """The line because of which a name is missing; empty if none is known."""
        return self._by_name.get(name, "")


def find_failed_lines(source: str, outputs: Sequence[Output]) -> list[str]:
    """The lines of a cell at which its outputs show an error, in order."""
    lines = source.split("\n")
    failed = []
    for output in outputs:
        if output["output_type"] == "error":
            shown = _COLOR.sub("", "\n".join(output["traceback"]))
            place = _PLACE.search("\n".join(line[:_LINE_LENGTH] for line in shown.split("\n")))
            if place and 1 <= (number := int(place[1][:6])) <= len(lines):
                failed.append(lines[number - 1].strip())
        elif output["output_type"] == "stream" and output["name"] == "stderr":
            for magic in islice(_UNKNOWN_MAGIC.finditer(output["text"]), _MAX_MAGICS):
                failed += [line.strip() for line in lines if line.strip().startswith(magic[1])][:1]
    return [line[:200] for line in failed if line]
