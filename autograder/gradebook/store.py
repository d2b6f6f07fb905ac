"""Stores results in a course's gradebook and in ``autograded/``.

One transaction writes the scores, the comments and the row of the results table; the folder is put
in place just before it ends. If the process is killed, that row is missing or does not match the
folder, and the next run grades the submission again.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from autograder.course.batch_settings import BatchSettings
from autograder.course.layout import Assignment
from autograder.course.timestamps import CourseClock
from autograder.errors import StorageError, TimestampError
from autograder.file_stats import FileStatCache
from autograder.gradebook import registration, results_table
from autograder.gradebook.autograded_folder import AutogradedFolder, digest_of, files_beside
from autograder.gradebook.database import Database
from autograder.gradebook.extra_credit import take_back_extra_credit, write_extra_credit
from autograder.gradebook.moved_points import MovedPoints, moved_points
from autograder.gradebook.penalties import update_penalties
from autograder.gradebook.result_store import ResultStore
from autograder.gradebook.results_table import ResultRow
from autograder.gradebook.scores import (
    SubmissionScores,
    discard_scores,
    read_scores_by_student,
    write_scores,
)
from autograder.gradebook.submission_rows import read_students
from autograder.grading.job import Job, JobResult, failed_result
from autograder.models import Grade


class _PreparedResult(NamedTuple):
    """A result that can be written; a failed one has neither scores nor a folder."""

    job: Job
    result: JobResult
    folder: Path | None = None
    scores: SubmissionScores | None = None


class GradebookStore(ResultStore):
    """Stores one assignment's results in the gradebook.

    Args:
        settings: The course's.
        assignment: The assignment.
        database: The gradebook, which is closed by whoever opened it.

    Raises:
        CourseError: If nbgrader refuses the assignment's source notebook, the config names no time
            zone, or the late-submission plugin fails.
        StorageError: If the gradebook cannot be read or written.
    """

    def __init__(self, settings: BatchSettings, assignment: Assignment, database: Database) -> None:
        self._settings = settings
        self._assignment = assignment
        self._database = database
        self._name = assignment.name
        course_id = settings.course_id
        database.run(lambda connection: registration.ensure_course(connection, course_id))
        self._registered = registration.ensure_registered(database, assignment, settings)
        self._clock = CourseClock.of(settings.coursedir.config)
        self._undated = update_penalties(database, settings.coursedir, self._name)
        self._file_stats = FileStatCache(
            assignment.course.root / ".autograder" / "seen" / f"{self._name}.json"
        )
        self._autograded = AutogradedFolder(
            settings.coursedir, self._name, self._file_stats, settings.permissions
        )
        self._digests = database.run(
            lambda connection: results_table.read_digests(connection, self._name)
        )
        self._scores = database.run(
            lambda connection: {
                student: results_table.scores_digest(scores)
                for student, scores in read_scores_by_student(connection, self._registered)
            }
        )
        self._data_files = dict(settings.replacing_files(assignment))
        self.moved: list[MovedPoints] = []
        self._students = None if settings.create_student else database.run(read_students)
        self._autograded.remove_temporary()

    def has_result(self, job: Job) -> bool:
        """Whether the grade that this job would give is in the gradebook and in ``autograded/``."""
        row = self._digests.get(job.student)
        return (
            row is not None
            and row.key == job.key
            and job.student not in self._undated
            and row.scores == self._scores.get(job.student, results_table.NO_SCORES)
            and self._autograded.has_notebooks(job.student, row.notebook)
        )

    def known_digest(self, student: str, stat_digest: str) -> str | None:
        """The digest of a submission that was read before, if its files have not changed since."""
        return self._file_stats.digest(f"submitted/{student}", stat_digest)

    def remember_digest(self, student: str, stat_digest: str, digest: str) -> None:
        """Keep the digest of a submission that was read."""
        self._file_stats.remember(f"submitted/{student}", stat_digest, digest)

    def write(self, finished: list[tuple[Job, JobResult]]) -> list[tuple[Job, JobResult]]:
        """Store results; where there is no grade, discard an earlier one (see ``ResultStore``).

        Raises:
            StorageError: If they cannot be written.
        """
        try:
            prepared = [self._prepare(job, result) for job, result in finished]
            moved = self._database.run(lambda connection: self._find_moved(connection, prepared))
            self._database.run(lambda connection: self._write(connection, prepared))
        except OSError as error:
            raise StorageError(_storage_sentence(error)) from error
        self.moved += moved
        return [(one.job, one.result) for one in prepared]

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """The stored grades of these students (see ``ResultStore``)."""
        return results_table.read_grades(self._database, self._name, students, brief=brief)

    def close(self) -> None:
        """Remove temporary folders, and keep the digests of what was read."""
        self._autograded.remove_temporary()
        self._file_stats.save()

    def _prepare(self, job: Job, result: JobResult) -> _PreparedResult:
        """Stage the folder and collect the scores; what prevents that is a failed result."""
        if not result.graded:
            return _PreparedResult(job, result)
        folder = Path(job.location)
        try:
            timestamp = self._clock.read(folder)
        except TimestampError as error:
            return _PreparedResult(job, failed_result(job, str(error)))
        if self._students is not None and job.student not in self._students:
            sentence = (
                f"The gradebook knows no student {job.student!r}, and Autograde.create_student is "
                "off. Add the student with `nbgrader db student add` or rename the folder."
            )
            return _PreparedResult(job, failed_result(job, sentence))
        data_files = dict(files_beside(self._settings.coursedir, folder)) | self._data_files
        staged = self._autograded.stage_notebooks(job.student, result.notebooks, data_files)
        row = self._digests.get(job.student)
        scores = SubmissionScores(
            student=job.student,
            timestamp=timestamp,
            reviewed=row is not None and row.submission == job.submission and row.key != job.key,
            **result.record["gradebook"],
        )
        return _PreparedResult(job, result, staged, scores)

    def _find_moved(
        self, connection: Connection, prepared: list[_PreparedResult]
    ) -> list[MovedPoints]:
        """What moves of submissions that have not changed since they were graded."""
        again = {
            one.job.student: one.result
            for one in prepared
            if one.folder is not None
            and (row := self._digests.get(one.job.student)) is not None
            and row.submission == one.job.submission != ""
        }
        return [
            moved
            for row in results_table.read_rows(connection, self._name, sorted(again))
            for moved in moved_points(
                row.grade(),
                Grade.from_json(again[row.student].record["grade"], assignment=self._name),
            )
        ]

    def _write(self, connection: Connection, prepared: list[_PreparedResult]) -> None:
        rows = [
            ResultRow(
                student=one.job.student,
                key=one.job.key if one.folder else "",
                submission=one.job.submission,
                notebook=digest_of(one.result.notebooks) if one.folder else "",
                record=one.result.record,
            )
            for one in prepared
        ]
        failed = [one.job.student for one in prepared if one.folder is None]
        take_back_extra_credit(connection, self._name, [row.student for row in rows])
        if failed:
            discard_scores(connection, self._name, failed)
        graded = [one.scores for one in prepared if one.scores is not None]
        write_scores(connection, self._registered, graded, self._settings.penalty)
        write_extra_credit(connection, self._name, rows)
        results_table.write_rows(connection, self._name, rows)
        for one, row in zip(prepared, rows, strict=True):
            if one.folder is None:
                self._autograded.remove(row.student)
            else:
                self._autograded.replace_notebooks(row.student, one.folder, one.result.notebooks)


def _storage_sentence(error: OSError) -> str:
    kept = "What was graded so far is kept; the next run goes on from there."
    path = error.filename2 or error.filename or "autograded/"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{path} cannot be written: the disk is full. Make room on it. {kept}"
    return (
        f"{path} cannot be written: {error.strerror}. Give yourself the right to write the "
        f"course's folder. {kept}"
    )
