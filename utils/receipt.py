"""A receipt for a notebook: one line to keep, with the SHA-256 of the file and the time in UTC.

``python -m utils.receipt regularization/regularization.ipynb`` prints it. It shows which bytes were
handed in; the time is that of the machine it runs on, so it does not show when. A receipt that
the course signed (``autograder receipt``, on the collecting side) shows both.
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

UNKNOWN = "?"  # no quoted name is that
_KIND = "receipt-1"
# A mail program may have broken the line.
_LINE = re.compile(
    rf"{_KIND}\s+(\S+)\s+(\S+)\s+([0-9a-f]{{64}})\s+(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
    r"(?:\s+([0-9a-f]{64}))?\b"
)


@dataclass(frozen=True)
class Receipt:
    """What one receipt says.

    Attributes:
        assignment: The notebook's name.
        student: Who handed it in; empty where nobody said so.
        sha256: Of the notebook's bytes, in hexadecimal.
        time: In UTC, to the second.
        signature: The course's, in hexadecimal; empty on a receipt that a student made.
    """

    assignment: str
    student: str
    sha256: str
    time: str
    signature: str = ""

    @property
    def body(self) -> str:
        """All but the signature, which is made of it."""
        student = quote(self.student, safe="") or UNKNOWN
        return f"{_KIND} {quote(self.assignment, safe='')} {student} {self.sha256} {self.time}"

    def __str__(self) -> str:
        return f"{self.body} {self.signature}".rstrip()


def receipt_for(path: Path, student: str = "", now: datetime | None = None) -> Receipt:
    """The receipt for a file as it lies there now.

    Args:
        path: The notebook.
        student: Who handed it in, if that is known.
        now: The time; this machine's, if None.

    Raises:
        OSError: If the file cannot be read.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Receipt(path.stem, student, hashlib.sha256(path.read_bytes()).hexdigest(), moment)


def receipts_in(text: str) -> Iterator[Receipt]:
    """All receipts in a text, such as a mail."""
    for name, student, sha256, time, signature in _LINE.findall(text):
        who = "" if student == UNKNOWN else unquote(student)
        yield Receipt(unquote(name), who, sha256, time, signature)


def main(arguments: Sequence[str]) -> int:
    """Print a receipt for each notebook named."""
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
