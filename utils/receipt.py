"""A receipt for a notebook: one line with the SHA-256 of the file and the time in UTC.

``python -m utils.receipt regularization/regularization.ipynb`` prints it. Such a receipt tells
which bytes were handed in, but does not prove when: its time is that of the student's machine. A
receipt that the course has signed (``autograder receipt``, where work is collected) proves both.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

UNKNOWN = "?"  # in place of the student; a quoted name never is a question mark
_KIND = "receipt-1"
# White space may be a line break that a mail program put in.
_LINE = re.compile(
    rf"{_KIND}\s+(\S+)\s+(\S+)\s+([0-9a-f]{{64}})\s+(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
    r"(?:\s+([0-9a-f]{64}))?\b"
)


@dataclass(frozen=True)
class Receipt:
    """The contents of a receipt.

    Attributes:
        assignment: The notebook's name.
        student: The student's id; empty if it is not known.
        sha256: The SHA-256 of the notebook's bytes, in hexadecimal.
        time: The time in UTC, to the second, such as ``2026-03-01T12:00:00Z``.
        signature: The course's signature, in hexadecimal; empty if a student made the receipt.
    """

    assignment: str
    student: str
    sha256: str
    time: str
    signature: str = ""

    @property
    def body(self) -> str:
        """The receipt without its signature: the text that is signed."""
        student = quote(self.student, safe="") or UNKNOWN
        return f"{_KIND} {quote(self.assignment, safe='')} {student} {self.sha256} {self.time}"

    def __str__(self) -> str:
        return f"{self.body} {self.signature}".rstrip()


def receipt_for(path: Path, student: str = "", now: datetime | None = None) -> Receipt:
    """Make an unsigned receipt for a file as it is now.

    Args:
        path: The notebook.
        student: The student's id, if it is known.
        now: The time; by default that of this machine.

    Raises:
        OSError: If the file cannot be read.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Receipt(path.stem, student, hashlib.sha256(path.read_bytes()).hexdigest(), moment)


def receipts_in(text: str) -> Iterator[Receipt]:
    """Find all receipts in a text, such as a mail."""
    for name, student, sha256, time, signature in _LINE.findall(text):
        student_id = "" if student == UNKNOWN else unquote(student)
        yield Receipt(unquote(name), student_id, sha256, time, signature)


def main(arguments: Sequence[str]) -> int:
    """Print a receipt for each notebook; return the exit code."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        print("Usage: python -m utils.receipt NOTEBOOK...", file=sys.stderr)  # noqa: T201
        return 0 if arguments else 2
    for name in arguments:
        try:
            receipt = receipt_for(Path(name))
        except OSError as error:
            print(f"{name}: {error.strerror}.", file=sys.stderr)  # noqa: T201
            return 2
        print(receipt)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
