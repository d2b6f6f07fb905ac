"""Receipts for collected notebooks, signed with the course's secret, and what a receipt proves.

A receipt is signed where work is collected, so the signature proves that these bytes were there at
that time. A receipt that a student made (``python -m utils.receipt``) has no signature: its hash
proves which bytes it is about, and its time proves nothing.
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
_NOT_SECRET = frozenset({"", "change me"})  # no seed, and the one that this repository ships with


@dataclass(frozen=True)
class ReceiptCheck:
    """What a receipt proves: whether it holds, and the sentence that says so."""

    holds: bool
    sentence: str


class ReceiptSigner:
    """Signs and checks a course's receipts.

    Args:
        course: The course; receipts are compared with what has been collected in it.
        seed: The course's secret seed; the signing key is derived from it.
    """

    def __init__(self, course: Course, seed: str) -> None:
        self._course = course
        self._key = hmac.digest(seed.encode(), _PURPOSE, "sha256")
        self._secret = seed not in _NOT_SECRET

    def issue(self, submission: Submission, now: datetime | None = None) -> Receipt:
        """Sign a receipt for a collected notebook.

        Raises:
            CourseError: If the course has no secret seed.
            autograder.errors.BadSubmissionError: If there is no notebook.
        """
        self._require_secret()
        path, _ = submission.find_notebook()
        receipt = replace(
            receipt_for(path, submission.student, now), assignment=submission.assignment.name
        )
        return replace(receipt, signature=self._signature(receipt))

    def check(self, receipt: Receipt, student: str = "") -> ReceiptCheck:
        """Check a receipt, and whether its notebook is still the one in ``submitted/``.

        Args:
            receipt: Signed or not.
            student: Whose notebook to compare an unsigned receipt with; everybody's if empty.

        Raises:
            CourseError: If a signature cannot be checked because the course has no secret seed.
        """
        if not receipt.signature:
            return self._check_unsigned(receipt, student)
        self._require_secret()
        about = f"{receipt.assignment} of {receipt.student}"
        if not hmac.compare_digest(receipt.signature, self._signature(receipt)):
            return ReceiptCheck(
                False,
                f"The receipt for {about} was not signed with this course's seed, or was changed "
                "since. It proves nothing.",
            )
        same = receipt.student in self._holders(receipt, receipt.student)
        now = "is the one" if same else "is not the one"
        return ReceiptCheck(
            True,
            f"Signed by this course: {about} was here at {receipt.time}. That notebook {now} that "
            "is in submitted/ now.",
        )

    def _check_unsigned(self, receipt: Receipt, student: str) -> ReceiptCheck:
        students = sorted(self._holders(receipt, student or receipt.student))
        if not students:
            return ReceiptCheck(
                False, f"No collected notebook of {receipt.assignment} has this hash."
            )
        return ReceiptCheck(
            True,
            f"The notebook collected from {', '.join(students)} has this hash. The receipt is not "
            f"signed: its time ({receipt.time}) is that of the student's machine.",
        )

    def _holders(self, receipt: Receipt, student: str) -> Iterator[str]:
        """Students (or the one student) whose collected notebook has the receipt's hash."""
        try:
            assignment = self._course.assignment(receipt.assignment)
            submissions = list(assignment.submissions([student] if student else None))
        except CourseError:
            return  # there is no such assignment or submission here
        for submission in submissions:
            try:
                path, _ = submission.find_notebook()
                digest = receipt_for(path).sha256
            except (BadSubmissionError, OSError):
                continue
            if digest == receipt.sha256:
                yield submission.student

    def _signature(self, receipt: Receipt) -> str:
        return hmac.digest(self._key, receipt.body.encode(), "sha256").hex()

    def _require_secret(self) -> None:
        if not self._secret:
            raise CourseError(
                f"{self._course.root}/nbgrader_config.py has no secret seed yet, so anybody could "
                "sign for this course. Set c.GradeCells.seed to a long text of your own."
            )
