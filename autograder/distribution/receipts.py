"""Receipts for collected notebooks, signed with the course's secret, and what a receipt proves.

A receipt is signed where work is collected, so the signature proves that these bytes were there at
that time. A receipt that a student made (``python -m utils.receipt``) has no signature: its hash
proves which bytes it is about, and its time proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from autograder.course.layout import CONFIG, Assignment, Course, Submission
from autograder.course.seed import weakness
from autograder.errors import BadSubmissionError, CourseError
from utils.receipt import Receipt, receipt_for

_PURPOSE = b"autograder receipt 2"
# Slow on purpose, a tenth of a second: who has a receipt can try guesses at the seed.
_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}


@dataclass(frozen=True)
class ReceiptCheck:
    """What a receipt proves: whether it holds, and the sentence that says so."""

    holds: bool
    sentence: str


class ReceiptSigner:
    """Signs and checks a course's receipts.

    Args:
        course: The course; receipts are compared with what has been collected in it.
        seed: The course's secret seed. The signing key is derived from it by scrypt: the key says
            nothing about the inputs that hidden checks draw from the seed, nor they about it.
    """

    def __init__(self, course: Course, seed: str) -> None:
        self._course = course
        self._seed = seed

    @cached_property
    def _key(self) -> bytes:
        return hashlib.scrypt(self._seed.encode(), salt=_PURPOSE, dklen=32, **_SCRYPT)

    def issue(self, submission: Submission, now: datetime | None = None) -> list[Receipt]:
        """Sign a receipt for each collected notebook.

        Raises:
            CourseError: If the course has no secret seed.
            autograder.errors.BadSubmissionError: If there is no notebook.
        """
        self._require_secret()
        receipts = [
            replace(
                receipt_for(path, submission.student, now), assignment=submission.assignment.name
            )
            for _, path, _ in submission.find_notebooks()
            if path is not None
        ]
        return [replace(one, signature=self._signature(one)) for one in receipts]

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
            assignment = self._assignment(receipt.assignment)
            submissions = list(assignment.submissions([student] if student else None))
        except CourseError:
            return  # there is no such assignment or submission here
        for submission in submissions:
            try:
                paths = [path for _, path, _ in submission.find_notebooks() if path is not None]
                digests = {receipt_for(path).sha256 for path in paths}
            except (BadSubmissionError, OSError):
                continue
            if receipt.sha256 in digests:
                yield submission.student

    def _assignment(self, name: str) -> Assignment:
        """The assignment that a receipt names; one made by a student names its notebook.

        Raises:
            CourseError: If there is no such assignment.
        """
        names = self._course.names()
        for known in names if name not in names else ():
            assignment = self._course.assignment(known)
            if any(part.source.stem == name for part in assignment.parts):
                return assignment
        return self._course.assignment(name)

    def _signature(self, receipt: Receipt) -> str:
        return hmac.digest(self._key, receipt.body.encode(), "sha256").hex()

    def _require_secret(self) -> None:
        if reason := weakness(self._seed):
            raise CourseError(
                f"{self._course.root / CONFIG}: {reason}, so anybody could sign for this course. "
                "Take c.GradeCells.seed out: a random one is then made in a file of its own."
            )
