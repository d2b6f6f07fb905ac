"""A course's submissions, graded: settings, gradebook, workers and batches brought together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack

from autograder.batch import Batch, Outcome, Staff, Store, in_shard
from autograder.bundle import Bundle, Finished, Merging, Shard, shard_file, shard_folder
from autograder.course import Assignment, Course, Submission
from autograder.database import Database
from autograder.desk import Desk
from autograder.errors import CourseError
from autograder.outcome import Grade
from autograder.pool import LocalPool, cores
from autograder.settings import Settings
from autograder.work import Job, code_digest


class Grading(ExitStack):
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
        self.settings = Settings.of(course, chosen)
        hands = workers or cores()
        self._remote = executor is not None
        self.seconds: dict[str, float] = {}
        make = executor or (lambda: LocalPool(hands, self.settings.choice))
        self._database: Database | None = None
        self._staff = self.enter_context(Staff(make, hands))

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

    def desk(self, assignment: Assignment) -> Desk:
        """Where an assignment's grades are entered.

        Raises:
            CourseError: If the gradebook is not one of this nbgrader.
            StorageError: If it cannot be reached or written.
        """
        if self._database is None:
            self._database = Database(self.settings.coursedir.db_url)
            self.callback(self._database.close)
        return Desk(self.settings, assignment, self._database)

    def store(self, assignment: Assignment, shard: Shard | None = None) -> Store:
        """Where grades go: the gradebook; a bundle of its own, if this is one of several runs."""
        if shard is None:
            return self.desk(assignment)
        bundle = Bundle(shard_file(assignment, shard))
        self.callback(bundle.dispose)
        return bundle

    def merge(
        self, assignment: Assignment, submissions: Sequence[Submission], desk: Desk
    ) -> Iterator[Outcome]:
        """Enter what shards graded; who is in none of them, or has changed since, is told.

        Raises:
            CourseError: If no shard has been graded.
        """
        files = sorted(shard_folder(assignment).glob("*-of-*.db"))
        if not files:
            raise CourseError(
                f"{shard_folder(assignment)} holds no shards. Run `autograder grade "
                f"{assignment.name} --shard 1/2` and 2/2 first, or copy their files there."
            )
        bundles = [Bundle(path) for path in files]
        try:
            with Staff(lambda: Finished(bundles), 16) as staff:
                batch = Batch(self._maker(assignment), Merging(desk), staff)
                yield from batch.run(submissions)
        finally:
            for one in bundles:
                one.dispose()

    def run(
        self,
        assignment: Assignment,
        submissions: Sequence[Submission],
        store: Store,
        *,
        force: bool = False,
    ) -> Iterator[Outcome]:
        """Grade what has changed; everything, with ``force``."""
        batch = Batch(self._maker(assignment), store, self._staff, force=force)
        self.seconds = batch.seconds
        yield from batch.run(submissions)

    def _maker(self, assignment: Assignment) -> Callable[..., Job]:
        """What makes a job of a submission."""
        pack, code = self.settings.pack(assignment), code_digest()
        settings = self.settings

        def make(student: str, place: str, files: dict[str, bytes], known: str = "") -> Job:
            return Job(
                pack=pack,
                student=student,
                place=place,
                files=files,
                choice=settings.choice,
                options=settings.options,
                trimming=settings.trimming,
                code=code,
                strict=self._remote,
                submission=known,
            )

        return make


def grade_all(
    assignment: Assignment,
    students: Sequence[str] = (),
    *,
    force: bool = False,
    settings: Mapping[str, object] | None = None,
    workers: int | None = None,
) -> Iterator[Grade]:
    """Grade submissions into the gradebook; the grades by student (the arguments: ``Grading``).

    Raises:
        CourseError: If there are no submissions, or a named student has none.
        StorageError: If the grades cannot be written down.
    """
    with Grading(assignment.course, settings, workers=workers) as grading:
        submissions = grading.submissions(assignment, students)
        desk = grading.desk(assignment)
        for _ in grading.run(assignment, submissions, desk, force=force):
            pass
        desk.close()
        yield from desk.grades([one.student for one in submissions])
