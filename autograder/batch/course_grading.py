"""Grades a course's submissions: brings settings, gradebook, workers and batches together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing

from autograder.batch.batch import Batch
from autograder.batch.intake import Intake, MakeJob
from autograder.batch.outcomes import SubmissionOutcome
from autograder.batch.process_pool import LocalProcessPool, core_count
from autograder.batch.shards import Shard, ShardFile, merge_shards, shard_directory, shard_file
from autograder.batch.solution_check import require_full_marks
from autograder.batch.worker_pool import WorkerPool
from autograder.course.batch_settings import BatchSettings
from autograder.course.catalogues import SUFFIX, catalogue_path
from autograder.course.layout import Assignment, Course, Submission
from autograder.diagnosis.mistakes import load_bank
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.result_store import ResultStore
from autograder.gradebook.store import GradebookStore
from autograder.grading.grade import max_score
from autograder.grading.job import AssignmentFiles, Job, code_digest


class CourseGrading(ExitStack):
    """Grades assignments of one course into its gradebook, with the same workers for all of them.

    At its end the workers are ended and the gradebook is closed.

    Args:
        course: The course.
        overrides: Traits of ``GradeCells`` that take precedence over the config.
        workers: How many jobs are done at once; as many as there are cores if None.
        executor: Makes what does the jobs, instead of processes on this machine.

    Raises:
        CourseError: If the config is faulty, or asks for what only nbgrader itself can do.
    """

    def __init__(
        self,
        course: Course,
        overrides: Mapping[str, object] | None = None,
        *,
        workers: int | None = None,
        executor: Callable[[], Executor] | None = None,
    ) -> None:
        super().__init__()
        self.settings = BatchSettings.load(course, overrides)
        capacity = workers or core_count()
        self._remote = executor is not None
        make_executor = executor or (lambda: LocalProcessPool(capacity, self.settings.choice))
        self._database: Database | None = None
        self._workers = self.enter_context(WorkerPool(make_executor, capacity))

    def submissions(
        self, assignment: Assignment, students: Sequence[str] = (), shard: Shard | None = None
    ) -> list[Submission]:
        """The submissions to be graded: those of these students, or all; only those in a shard.

        Raises:
            CourseError: If nothing was handed in, or a named student has nothing.
        """
        return [
            submission
            for submission in assignment.submissions(list(students))
            if submission.student not in self.settings.excluded
            and (shard is None or shard.includes(submission.student))
        ]

    def gradebook_store(self, assignment: Assignment) -> GradebookStore:
        """Where an assignment's results are stored: the gradebook.

        Raises:
            CourseError: If the gradebook is of another version of nbgrader.
            StorageError: If it cannot be reached or written.
        """
        if self._database is None:
            self._database = open_gradebook(self.settings.db_url)
            self.callback(self._database.close)
        return GradebookStore(self.settings, assignment, self._database)

    def store(self, assignment: Assignment, shard: Shard | None = None) -> ResultStore:
        """Where results are stored: the gradebook, or the file of a shard."""
        if shard is None:
            return self.gradebook_store(assignment)
        store = ShardFile(shard_file(assignment, shard))
        self.callback(store.close)
        return store

    def merge(
        self, assignment: Assignment, submissions: Sequence[Submission], store: GradebookStore
    ) -> Iterator[SubmissionOutcome]:
        """Copy the results of all shards into the gradebook; one outcome for each submission.

        Raises:
            CourseError: If no shard has been graded.
        """
        directory = shard_directory(assignment)
        paths = sorted(directory.glob("*-of-*.db"))
        if not paths:
            raise CourseError(
                f"{directory} holds no shards. Run `autograder grade {assignment.name} "
                "--shard 1/2` and 2/2 first, or copy their files there."
            )
        with ExitStack() as stack:
            shards = [stack.enter_context(closing(ShardFile(path))) for path in paths]
            intake = Intake(self._make_job(assignment), store)
            yield from merge_shards(intake, store, shards, submissions)

    def batch(self, assignment: Assignment, store: ResultStore, *, force: bool = False) -> Batch:
        """A run that grades the submissions that have changed.

        Args:
            assignment: The assignment.
            store: Where results are stored.
            force: Whether to grade everything again.
        """
        intake = Intake(self._make_job(assignment), store, force=force)
        return Batch(intake, store, self._workers)

    def require_full_marks(self, assignment: Assignment) -> None:
        """Stop if the solution does not get full marks on its own assignment.

        Raises:
            CourseError: If it loses points; the message names the cells.
        """
        make = self._make_job(assignment)
        sources = {part.source.name: part.source.read_bytes() for part in assignment.parts}
        job = make("the solution", str(assignment.source.parent), sources)
        require_full_marks(assignment, job, self._workers)

    def _make_job(self, assignment: Assignment) -> MakeJob:
        """A function that makes jobs of submissions of an assignment."""
        files_of_assignment, code = assignment_files(self.settings, assignment), code_digest()
        settings = self.settings

        def make(student: str, location: str, files: dict[str, bytes], submission: str = "") -> Job:
            return Job(
                assignment=files_of_assignment,
                student=student,
                location=location,
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
    """What a worker needs of an assignment.

    Raises:
        CourseError: If the source notebook is missing, or a file of the assignment is faulty.
    """
    # Faulty files raise now, not once for each submission.
    points, _ = max_score(assignment), assignment.limits
    for part in assignment.parts:
        load_bank(part)
    root = assignment.course.root
    spoken = catalogue_path(assignment, settings.options.language)
    paths = [path for path in assignment.config_files if path.suffix != SUFFIX or path == spoken]
    paths += [part.source for part in assignment.parts]
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    folder = assignment.source.parent.relative_to(root).as_posix()
    beside = {name: path.read_bytes() for name, path in settings.files_beside_source(assignment)}
    replacing = dict(settings.replacing_files(assignment))
    return AssignmentFiles(
        name=assignment.name,
        files=files | {f"{folder}/{name}": data for name, data in beside.items()},
        data_files={name: data for name, data in beside.items() if name in replacing},
        max_score=points,
    )
