"""Feedback pages: which of a class are out of date, and those made in several processes.

A page begins with the key of what it was made from: the executed notebook, the points and comments,
the config, our code. If that is what there is now, the page stays. Otherwise the student's whole
folder is made anew and put in place at once, so that a run which is killed leaves no half of one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.batch.process_pool import core_count, spawn_pool
from autograder.course.layout import Course
from autograder.course.settings import Settings
from autograder.errors import AutograderError, CourseError, StorageError
from autograder.file_stats import FileStatCache
from autograder.gradebook.autograded_folder import files_beside, notebook_digest
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.page_scores import PageScores, read_page_scores
from autograder.gradebook.penalties import update_penalties
from autograder.gradebook.registered_assignment import MissingAssignmentError, RegisteredAssignment
from autograder.grading.job import code_digest
from autograder.nbgrader_ext.config_sections import picklable
from autograder.nbgrader_ext.feedback_converter import PageConverter

_KEY = re.compile(rb'<meta name="feedback-key" content="([0-9a-f]{64})">')
# The sections of the config that pages depend on.
_SHAPING: Final = (
    *("Course", "GenerateFeedback", "HTMLExporter", "PageExporter", "TemplateExporter"),
    *("CSSHTMLHeaderPreprocessor", "NbConvertBase", "ClearHiddenTests"),
)
_HEAD: Final = 1024  # bytes of a page in which its key is
_CHUNK: Final = 200  # students whose scores are read at a time
_FEW: Final = 8  # pages that are made before another process has loaded its libraries


@dataclass(frozen=True, slots=True)
class PageJob:
    """The pages of one student, which are out of date.

    Attributes:
        student: The student's id.
        scores: By the name of each notebook.
        key: Of what the pages are made from.
    """

    student: str
    scores: Mapping[str, PageScores]
    key: str


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What became of a job; ``error`` is a sentence, and empty if the pages were made."""

    student: str
    error: str = ""


class FeedbackRun:
    """The feedback of one assignment.

    Args:
        converter: nbgrader's, which knows the course, the assignment and whose pages are asked for.
        force: Whether pages are made even if they are up to date.
        workers: How many processes; as many as there are cores if None.

    Attributes:
        students: Whose executed notebooks there are.
        jobs: Those whose pages have to be made.

    Raises:
        CourseError: If nothing has been graded.
        StorageError: If the gradebook cannot be read.
    """

    def __init__(
        self, converter: PageConverter, *, force: bool = False, workers: int | None = None
    ) -> None:
        self._converter = converter
        self._coursedir: CourseDirectory = converter.coursedir
        self._name = str(self._coursedir.assignment_id)
        self._workers = workers or core_count()
        self._file_stats = FileStatCache(
            Path(self._coursedir.root, ".autograder", "seen", f"{self._name}.json")
        )
        self._folders = converter.folders
        self._folders.remove_temporary()
        self._notebooks = self._find_notebooks()
        self.students = sorted(self._notebooks)
        self._fixed = self._fixed_digest()
        with closing(open_gradebook(self._coursedir.db_url)) as database:
            update_penalties(database, self._coursedir, self._name)
            self.jobs = [job for job in self._find_jobs(database) if force or self._is_stale(job)]
        self._file_stats.save()

    def run(self) -> Iterator[PageOutcome]:
        """Make the pages; what became of each student's, as soon as it is known.

        Raises:
            StorageError: If pages cannot be written; those before are kept.
        """
        workers = min(self._workers, len(self.jobs) // _FEW)
        try:
            if workers > 1:
                yield from self._run_in_processes(workers)
            else:
                with self._converter.in_course():
                    yield from (make_pages(self._converter, job) for job in self.jobs)
        finally:
            self._folders.remove_temporary()

    def _run_in_processes(self, workers: int) -> Iterator[PageOutcome]:
        root, config = Path(self._coursedir.root), picklable(self._converter.config)
        pool = spawn_pool(workers, _begin, root, self._name, config)
        try:
            with pool:
                futures = [pool.submit(_make_in_worker, job) for job in self.jobs]
                try:
                    for future in as_completed(futures):
                        yield future.result()
                finally:
                    pool.shutdown(wait=True, cancel_futures=True)
        except BrokenProcessPool as error:
            raise StorageError(
                "A process that makes feedback pages was ended, perhaps for want of memory. Pages "
                "that were made are kept; the next run makes the rest."
            ) from error

    def _find_notebooks(self) -> dict[str, list[Path]]:
        """By student: the executed notebooks; of those students whose pages are asked for."""
        try:
            self._converter.init_notebooks()
        except NbGraderException as error:
            raise CourseError(
                f"No notebook of {self._name} has been graded yet: run `autograder grade "
                f"{self._name}`."
            ) from error
        excluded = set(self._coursedir.student_id_exclude.split(","))
        return {
            student: sorted(Path(folder).glob("*.ipynb"))
            for folder in self._converter.assignments
            if (student := self._converter.student_of(folder)) not in excluded
        }

    def _find_jobs(self, database: Database) -> Iterator[PageJob]:
        def read(chunk: Sequence[str]) -> dict[tuple[str, str], PageScores]:
            try:
                return database.run(
                    lambda connection: read_page_scores(
                        connection, RegisteredAssignment(connection, self._name), chunk
                    )
                )
            except MissingAssignmentError:
                return {}

        for first in range(0, len(self.students), _CHUNK):
            chunk = self.students[first : first + _CHUNK]
            scores: dict[str, dict[str, PageScores]] = {student: {} for student in chunk}
            for (student, notebook), page in read(chunk).items():
                scores[student][notebook] = page
            for student in chunk:
                key = self._key(student, scores[student])
                yield PageJob(student, scores[student], key)

    def _key(self, student: str, scores: Mapping[str, PageScores]) -> str:
        """Digest of all that a student's pages are made from."""
        paths = self._notebooks[student]
        beside = [
            (name, path.stat().st_size)
            for name, path in files_beside(self._coursedir, paths[0].parent)
        ]
        notebooks = {path.stem: notebook_digest(self._file_stats, student, path) for path in paths}
        values = {name: asdict(page) for name, page in scores.items()}
        facts = [self._fixed, student, notebooks, sorted(beside), values]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def _fixed_digest(self) -> str:
        """Digest of what the pages of all students have in common.

        It is in every page, so nothing that is secret may be tried out with it: of the config, only
        what shapes a page.
        """
        sections = picklable(self._converter.config)
        shaping = {name: sections.get(name) for name in _SHAPING}
        config = json.dumps(shaping, sort_keys=True, default=str)
        return hashlib.sha256(f"{code_digest()}\0{config}".encode()).hexdigest()

    def _is_stale(self, job: PageJob) -> bool:
        """Whether one of a student's pages is missing or was made from something else."""
        folder = self._folders.folder(job.student)
        for notebook in self._notebooks[job.student]:
            try:
                with (folder / f"{notebook.stem}.html").open("rb") as page:
                    key = _KEY.search(page.read(_HEAD))
            except OSError:
                return True
            if key is None or key[1].decode() != job.key:
                return True
        return False


def feedback_run(
    course: Course,
    name: str,
    *,
    student: str = "*",
    force: bool = False,
    workers: int | None = None,
) -> FeedbackRun:
    """The feedback of one assignment of a course.

    Args:
        course: The course.
        name: The assignment's.
        student: Whose pages; a pattern, as in ``nbgrader generate_feedback --student``.
        force: Whether pages are made even if they are up to date.
        workers: How many processes; as many as there are cores if None.

    Raises:
        CourseError: If the config cannot be loaded, or nothing has been graded.
        StorageError: If the gradebook cannot be read.
    """
    coursedir = Settings.load(course).course_directory(assignment_id=name, student_id=student)
    converter = PageConverter(coursedir=coursedir, config=coursedir.config)
    converter.prepare()
    return FeedbackRun(converter, force=force, workers=workers)


def make_pages(converter: PageConverter, job: PageJob) -> PageOutcome:
    """Make one student's pages in this process.

    Raises:
        StorageError: If they cannot be written.
    """
    try:
        converter.make(job.student, job.scores, job.key)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"{error.filename2 or error.filename or 'feedback/'} cannot be written: "
            f"{error.strerror}. Pages that were made are kept; the next run makes the rest."
        ) from error
    except Exception as error:  # noqa: BLE001  one page that cannot be made is one page
        converter.folders.remove(job.student)  # better none than one with an earlier score
        said = str(error) if isinstance(error, AutograderError) else f"No page was made: {error!r}."
        return PageOutcome(job.student, said)
    return PageOutcome(job.student)


_worker: list[PageConverter] = []  # of this process, once it has begun


def _begin(root: Path, name: str, config: dict[str, dict[str, Any]]) -> None:
    settings = Settings.load(Course(root))
    coursedir = settings.course_directory(assignment_id=name)
    converter = PageConverter(coursedir=coursedir, config=Config(config))
    converter.prepare()
    _worker.append(converter)


def _make_in_worker(job: PageJob) -> PageOutcome:
    (converter,) = _worker
    with converter.in_course():
        return make_pages(converter, job)
