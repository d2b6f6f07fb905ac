"""A course's submissions, graded: settings, gradebook, workers and batches brought together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack

from autograder.batch.batch import Batch
from autograder.batch.intake import Intake, MakeJob
from autograder.batch.outcomes import SubmissionOutcome
from autograder.batch.process_pool import LocalProcessPool, core_count
from autograder.batch.shards import (
    Shard,
    ShardFile,
    in_shard,
    merge_shards,
    shard_directory,
    shard_file,
)
from autograder.batch.worker_pool import WorkerPool
from autograder.course.batch_settings import BatchSettings
from autograder.course.layout import Assignment, Course, Submission
from autograder.course.notebook import is_graded, points_of
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.result_store import ResultStore
from autograder.gradebook.store import GradebookStore
from autograder.grading.job import AssignmentFiles, Job, code_digest
from autograder.models import Grade


class CourseGrading(ExitStack):
    """Grades assignments of one course into its gradebook, with one staff for all of them.

    At its end the staff is let go and the gradebook closed.

    Args:
        course: Where ``nbgrader_config.py`` lies.
        chosen: Traits of ``GradeCells`` that take precedence over the config.
        workers: How many processes; as many as cores if None.
        executor: Makes who does the work, in place of processes on this machine.
    """

    def __init__(
        self,
        course: Course,
        chosen: Mapping[str, object] | None = None,
        *,
        workers: int | None = None,
        executor: Callable[[], Executor] | None = None,
    ) -> None:
        super().__init__()
        self.settings = BatchSettings.load(course, chosen)
        hands = workers or core_count()
        self._remote = executor is not None
        make = executor or (lambda: LocalProcessPool(hands, self.settings.choice))
        self._database: Database | None = None
        self._workers = self.enter_context(WorkerPool(make, hands))

    def submissions(
        self, assignment: Assignment, students: Sequence[str] = (), shard: Shard | None = None
    ) -> list[Submission]:
        """What is to be graded.

        Raises:
            CourseError: If nothing was handed in, or a named student has nothing.
        """
        return [
            one
            for one in assignment.submissions(list(students))
            if one.student not in self.settings.excluded
            and (shard is None or in_shard(one.student, shard.number, shard.of))
        ]

    def gradebook_store(self, assignment: Assignment) -> GradebookStore:
        """Where an assignment's grades are entered.

        Raises:
            CourseError: If the gradebook is not one of this nbgrader.
            StorageError: If it cannot be reached or written.
        """
        if self._database is None:
            self._database = open_gradebook(self.settings.db_url)
            self.callback(self._database.close)
        return GradebookStore(self.settings, assignment, self._database)

    def store(self, assignment: Assignment, shard: Shard | None = None) -> ResultStore:
        """Where grades go: the gradebook; a bundle of its own, if this is one of several runs."""
        if shard is None:
            return self.gradebook_store(assignment)
        shard_store = ShardFile(shard_file(assignment, shard))
        self.callback(shard_store.dispose)
        return shard_store

    def merge(
        self, assignment: Assignment, submissions: Sequence[Submission], store: GradebookStore
    ) -> Iterator[SubmissionOutcome]:
        """Enter what shards graded; who is in none of them, or has changed since, is told.

        Raises:
            CourseError: If no shard has been graded.
        """
        files = sorted(shard_directory(assignment).glob("*-of-*.db"))
        if not files:
            raise CourseError(
                f"{shard_directory(assignment)} holds no shards. Run `autograder grade "
                f"{assignment.name} --shard 1/2` and 2/2 first, or copy their files there."
            )
        shards = [ShardFile(path) for path in files]
        try:
            intake = Intake(self._make_job(assignment), store)
            yield from merge_shards(intake, store, shards, submissions)
        finally:
            for shard in shards:
                shard.dispose()

    def batch(self, assignment: Assignment, store: ResultStore, *, force: bool = False) -> Batch:
        """A run over an assignment's submissions that grades what has changed.

        Args:
            assignment: Which.
            store: Where grades go.
            force: Grade everything again.
        """
        intake = Intake(self._make_job(assignment), store, force=force)
        return Batch(intake, store, self._workers)

    def _make_job(self, assignment: Assignment) -> MakeJob:
        """What makes a job of a submission."""
        packed, code = assignment_files(self.settings, assignment), code_digest()
        settings = self.settings

        def make(student: str, place: str, files: dict[str, bytes], submission: str = "") -> Job:
            return Job(
                assignment=packed,
                student=student,
                location=place,
                files=files,
                engine=settings.choice,
                options=settings.options,
                output_limits=settings.output_limits,
                code=code,
                strict=self._remote,
                submission=submission,
            )

        return make


def assignment_files(settings: BatchSettings, assignment: Assignment) -> AssignmentFiles:
    """What a worker must know of an assignment.

    Raises:
        CourseError: If the source notebook is missing or cannot be read.
    """
    cells = assignment.notebook.cells  # a sentence now, not one a submission
    root = assignment.course.root
    paths = [assignment.source, *sorted(assignment.folder.glob("*.toml"))]
    return AssignmentFiles(
        name=assignment.name,
        files={path.relative_to(root).as_posix(): path.read_bytes() for path in paths},
        data_files={
            name: path.read_bytes() for name, path in settings.files_beside_source(assignment)
        },
        max_score=sum(points_of(cell) for cell in cells if is_graded(cell)),
    )


def grade_all(
    assignment: Assignment,
    students: Sequence[str] = (),
    *,
    force: bool = False,
    settings: Mapping[str, object] | None = None,
    workers: int | None = None,
) -> Iterator[Grade]:
    """Grade submissions into the gradebook; the grades by student.

    The arguments are those of ``CourseGrading``.

    Raises:
        CourseError: If there are no submissions, or a named student has none.
        StorageError: If the grades cannot be written down.
    """
    with CourseGrading(assignment.course, settings, workers=workers) as grading:
        submissions = grading.submissions(assignment, students)
        store = grading.gradebook_store(assignment)
        for _ in grading.batch(assignment, store, force=force).run(submissions):
            pass
        store.close()
        yield from store.grades([one.student for one in submissions])
