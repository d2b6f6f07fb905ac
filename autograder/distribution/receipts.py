"""Receipts for what was collected, signed with the course's secret, and what a receipt proves.

A signature is made where work is collected, so it proves that these bytes were there at that time.
A receipt that a student made (``python -m utils.receipt``) has no signature; its hash proves which
bytes it is about, and its time nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from autograder.course.layout import Course, Submission
from autograder.errors import BadSubmissionError, CourseError
from utils.receipt import Receipt, receipt_for

_PURPOSE = b"autograder receipt 1"
_KNOWN_TO_ALL = frozenset({"", "change me"})  # nothing, and what this repository ships with


@dataclass(frozen=True)
class ReceiptCheck:
    """What a receipt comes to: whether it holds, and the sentence that says so."""

    holds: bool
    sentence: str


class ReceiptSigner:
    """Where a course's receipts are signed and checked.

    Args:
        course: The course; its collected work is what receipts are compared with.
        seed: The course's secret seed, from which the key is made.
    """

    def __init__(self, course: Course, seed: str) -> None:
        self._course = course
        self._key = hmac.digest(seed.encode(), _PURPOSE, "sha256")
        self._secret = seed not in _KNOWN_TO_ALL

    def issue(self, submission: Submission, now: datetime | None = None) -> Receipt:
        """Sign for a notebook that was collected.

        Raises:
            CourseError: If the course has no secret of its own.
            autograder.errors.BadSubmissionError: If there is no notebook.
        """
        self._require_secret()
        path, _ = submission.find_notebook()
        made = replace(
            receipt_for(path, submission.student, now), assignment=submission.assignment.name
        )
        return replace(made, signature=self._signature(made))

    def check(self, receipt: Receipt, student: str = "") -> ReceiptCheck:
        """Whether a receipt is what it says, and whether its notebook is still what lies there.

        Args:
            receipt: Signed or not.
            student: Whose notebook to compare an unsigned one with; everybody's, if empty.

        Raises:
            CourseError: If a signature cannot be checked because the course has no secret.
        """
        if not receipt.signature:
            return self._unsigned(receipt, student)
        self._require_secret()
        about = f"{receipt.assignment} of {receipt.student}"
        if not hmac.compare_digest(receipt.signature, self._signature(receipt)):
            return ReceiptCheck(
                False,
                f"The receipt for {about} was not signed with this course's seed, or was changed "
                "since. It proves nothing.",
            )
        same = receipt.student in self._who_has(receipt, receipt.student)
        now = "is the one that lies" if same else "is not the one that lies"
        return ReceiptCheck(
            True,
            f"Signed by this course: {about} was here at {receipt.time}. That notebook {now} in "
            "submitted/ now.",
        )

    def _unsigned(self, receipt: Receipt, student: str) -> ReceiptCheck:
        found = self._who_has(receipt, student or receipt.student)
        if not found:
            return ReceiptCheck(
                False, f"No collected notebook of {receipt.assignment} has the bytes of this hash."
            )
        return ReceiptCheck(
            True,
            f"The notebook collected from {', '.join(found)} has the bytes of this hash. The "
            f"receipt is not signed: its time ({receipt.time}) is that of the student's machine.",
        )

    def _who_has(self, receipt: Receipt, student: str) -> list[str]:
        return sorted(self._holders(receipt, student))

    def _holders(self, receipt: Receipt, student: str) -> Iterator[str]:
        try:
            assignment = self._course.assignment(receipt.assignment)
            collected = list(assignment.submissions([student] if student else None))
        except CourseError:
            return  # no such work here: nobody has it
        for one in collected:
            try:
                path, _ = one.find_notebook()
                digest = receipt_for(path).sha256
            except (BadSubmissionError, OSError):
                continue
            if digest == receipt.sha256:
                yield one.student

    def _signature(self, receipt: Receipt) -> str:
        return hmac.digest(self._key, receipt.body.encode(), "sha256").hex()

    def _require_secret(self) -> None:
        if not self._secret:
            raise CourseError(
                f"{self._course.root}/nbgrader_config.py has no secret seed yet, so anybody could "
                "sign for this course. Set c.GradeCells.seed to a long text of your own."
            )
