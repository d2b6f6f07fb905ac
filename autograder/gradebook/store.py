"""The desk where a course's grades are entered: gradebook, ``autograded/`` and what was done.

One transaction holds the scores, the comments and the note of what they were graded from; the
folder is put in place just before it ends. Killed at any moment, the note is missing or does not
fit what lies there, and the next run grades that submission again.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from autograder.course.batch_settings import BatchSettings
from autograder.course.layout import Assignment
from autograder.errors import StorageError
from autograder.file_stats import FileStatCache
from autograder.gradebook import registration, results_table, scores
from autograder.gradebook.autograded_folder import AutogradedFolder, content_digest, files_beside
from autograder.gradebook.database import Database
from autograder.gradebook.result_store import ResultStore
from autograder.gradebook.results_table import ResultRow
from autograder.gradebook.scores import NotebookScores, SubmissionScores
from autograder.grading.job import Job, JobResult, failed_result
from autograder.models import Grade


class GradebookStore(ResultStore):
    """One assignment's grades in the course's gradebook.

    Args:
        settings: The course's.
        assignment: Which.
        database: The gradebook, opened; closed by whoever opened it.
    """

    def __init__(self, settings: BatchSettings, assignment: Assignment, database: Database) -> None:
        self._settings = settings
        self._assignment = assignment
        self._database = database
        self._name = assignment.name
        course_id = settings.course_id
        database.run(lambda connection: scores.ensure_course(connection, course_id))
        self.known = registration.ensure_registered(database, assignment, settings)
        self._stamps = FileStatCache(
            assignment.course.root / ".autograder" / "seen" / f"{self._name}.json"
        )
        self.autograded = AutogradedFolder(
            settings.coursedir, self._name, self._stamps, settings.permissions
        )
        self._marks = database.run(lambda one: results_table.read_digests(one, self._name))
        self._scores = database.run(
            lambda one: {
                student: results_table.digest_of_scores(by_cell)
                for student, by_cell in scores.read_scores_by_student(one, self.known)
            }
        )
        self._beside = dict(settings.files_beside_source(assignment))
        self._students = None if settings.create_student else database.run(scores.read_students)
        self.autograded.clean()

    def holds(self, job: Job) -> bool:
        """Whether the same was graded before, and gradebook and folder still hold just that."""
        mark = self._marks.get(job.student)
        return (
            mark is not None
            and mark.key == job.key
            and mark.scores == self._scores.get(job.student, results_table.NO_SCORES)
            and self.autograded.holds(job.student, mark.notebook)
        )

    def seen(self, student: str, stamp: str) -> str | None:
        """The digest of a submission that was read before and has the same stamp, if known."""
        return self._stamps.digest(f"submitted/{student}", stamp)

    def saw(self, student: str, stamp: str, digest: str) -> None:
        """Be told of a submission that was read."""
        self._stamps.remember(f"submitted/{student}", stamp, digest)

    def put(self, finished: list[tuple[Job, JobResult]]) -> list[tuple[Job, JobResult]]:
        """Enter grades; where there is none, take the earlier one back (see ``ResultStore``).

        Raises:
            StorageError: If they cannot be written down.
        """
        try:
            ready = [self._staged(job, done) for job, done in finished]
            self._database.run(lambda connection: self._enter(connection, ready))
        except OSError as error:
            raise StorageError(_no_place(error)) from error
        return [(job, done) for job, done, _, _ in ready]

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """What is written down of these students, in their order, a few in memory at a time."""
        return results_table.read_grades(self._database, self._name, students, brief=brief)

    def close(self) -> None:
        """Remove what is temporary."""
        self.autograded.clean()
        self._stamps.save()

    def _staged(
        self, job: Job, done: JobResult
    ) -> tuple[Job, JobResult, Path | None, SubmissionScores | None]:
        """A submission with its folder made and its timestamp read, or with a sentence."""
        if not done.graded:
            return job, done, None, None
        coursedir, folder = self._settings.coursedir, Path(job.location)
        try:
            timestamp = _timestamp(job)
        except ValueError:
            sentence = (
                f"{folder / 'timestamp.txt'} holds no date. Write one such as 2026-03-01 12:00:00 "
                "UTC, or remove the file."
            )
            return job, failed_result(job, sentence), None, None
        if self._students is not None and job.student not in self._students:
            sentence = (
                f"The gradebook knows no student {job.student!r}, and Autograde.create_student is "
                "off. Enter the student with `nbgrader db student add` or rename the folder."
            )
            return job, failed_result(job, sentence), None, None
        others = dict(files_beside(coursedir, folder))
        others |= self._beside
        made = self.autograded.stage(job.student, done.notebook, iter(others.items()))
        before = self._marks.get(job.student)
        submitted = SubmissionScores(
            student=job.student,
            rows=NotebookScores(**done.result["rows"]),
            timestamp=timestamp,
            reviewed=before is not None
            and before.submission == job.submission
            and before.key != job.key,
        )
        return job, done, made, submitted

    def _enter(
        self,
        connection: Connection,
        ready: list[tuple[Job, JobResult, Path | None, SubmissionScores | None]],
    ) -> None:
        without = [job.student for job, _, made, _ in ready if made is None]
        if without:
            scores.discard_scores(connection, self._name, without)
        class_ = [submitted for *_, submitted in ready if submitted is not None]
        scores.write_scores(connection, self.known, class_, self._settings.penalty)
        entries = [
            ResultRow(
                student=job.student,
                key=job.key if made else "",
                submission=job.submission,
                notebook=content_digest(done.notebook.encode()) if made else "",
                result=done.result,
            )
            for job, done, made, _ in ready
        ]
        results_table.write_rows(connection, self._name, entries)
        for (job, _, made, _), entry in zip(ready, entries, strict=True):
            if made is None:
                self.autograded.remove(job.student)
            else:
                self.autograded.place(job.student, made, entry.notebook)


def _timestamp(job: Job) -> datetime | None:
    """When a submission was handed in, in UTC, as nbgrader reads it.

    Raises:
        ValueError: If the file holds no date.
    """
    from nbgrader.utils import parse_utc  # noqa: PLC0415

    text = job.files.get("timestamp.txt", b"").decode("utf-8", "replace").strip()
    if not text:
        return None
    parsed = parse_utc(text)
    assert isinstance(parsed, datetime)
    return parsed


def _no_place(error: OSError) -> str:
    kept = "What was graded so far is kept; the next run goes on from there."
    where = error.filename2 or error.filename or "autograded/"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{where} cannot be written: the disk is full. Make room on it. {kept}"
    return (
        f"{where} cannot be written: {error.strerror}. Give yourself the right to write the "
        f"course's folder. {kept}"
    )
