"""Which submissions are graded, by whom, in what order, and what happens when somebody dies."""

import os
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor

import pytest

from autograder import file_stats
from autograder.batch import intake
from autograder.batch.batch import Batch
from autograder.batch.intake import Intake, largest_first, list_submission, read_ahead, read_files
from autograder.batch.outcomes import SubmissionState
from autograder.batch.shards import in_shard
from autograder.batch.worker import run_job
from autograder.batch.worker_pool import WorkerPool
from autograder.course.grading_options import EngineChoice, GradingOptions
from autograder.course.layout import Submission
from autograder.errors import BadSubmissionError, RunnerError
from autograder.gradebook.result_store import ResultStore
from autograder.grading.job import AssignmentFiles, Job
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner


class MemoryStore(ResultStore):
    """Keeps grades in memory."""

    def __init__(self, known=()):
        self.known = set(known)
        self.got = []

    def holds(self, job):
        """By name alone."""
        return job.student in self.known

    def put(self, finished):
        """Remember."""
        self.got += [job.student for job, _ in finished]
        return finished


@pytest.fixture
def hand_in(assignment):
    """Hand in the release, and something beside it that makes it larger."""

    def write(student, more=0):
        folder = assignment.course.submitted_dir / student / ASSIGNMENT
        folder.mkdir(parents=True)
        text = assignment.release.read_text("utf-8")
        (folder / f"{ASSIGNMENT}.ipynb").write_text(text + " " * more, "utf-8")
        return Submission(assignment, student, folder)

    return write


@pytest.fixture
def pack(assignment):
    """The assignment, packed."""
    path = assignment.source
    name = path.relative_to(assignment.course.root).as_posix()
    return AssignmentFiles(ASSIGNMENT, {name: path.read_bytes()}, {})


@pytest.fixture
def make(pack):
    """Makes jobs."""

    def job(student, place, files, submission=""):
        options = GradingOptions()
        return Job(pack, student, place, files, EngineChoice(), options, submission=submission)

    return job


@pytest.fixture(autouse=True)
def runner(monkeypatch):
    """Nothing is executed."""
    one = FakeRunner({"l2-cost-check": 12.0})
    monkeypatch.setattr("autograder.batch.worker.shared_runner", lambda _: one)
    return one


def threads():
    """One helper in this process."""
    return ThreadPoolExecutor(1)


def run(make, store, submissions, executor=threads, *, hands=1, force=False):
    """Grade; the outcomes in their order."""
    with WorkerPool(executor, hands) as staff:
        return list(Batch(Intake(make, store, force=force), store, staff).run(submissions))


def test_the_largest_come_first(hand_in):
    """So that nobody waits for one that was begun last; equals by name."""
    class_ = [hand_in("ada"), hand_in("bo", 900), hand_in("cleo", 10), hand_in("dan")]
    order = [one.submission.student for one in largest_first(map(list_submission, class_))]
    assert order == ["bo", "cleo", "ada", "dan"]


class Remembering(MemoryStore):
    """Knows by its stamp what was read before."""

    def __init__(self):
        super().__init__()
        self.stamps = {}

    def seen(self, student, stamp):
        """As ``saw`` was told."""
        return self.stamps.get((student, stamp))

    def saw(self, student, stamp, digest):
        """Remember."""
        self.stamps[student, stamp] = digest


def test_what_is_as_it_was_is_not_read(make, hand_in, monkeypatch):
    """A second run reads only what has another stamp: the rest is told at once, and in order."""
    monkeypatch.setattr("autograder.file_stats._FRESH", 0)
    class_ = [hand_in("ada"), hand_in("bo"), hand_in("cleo")]
    shelf = Remembering()
    run(make, shelf, class_)
    shelf.known = {"ada", "bo", "cleo"}
    (class_[1].folder / "data.txt").write_text("1, 2", "utf-8")
    read = []
    monkeypatch.setattr("autograder.batch.intake.read_files", lambda path: read.append(path) or {})
    outcomes = run(make, shelf, class_)
    assert [(one.student, one.state) for one in outcomes] == [
        ("ada", SubmissionState.KEPT),
        ("cleo", SubmissionState.KEPT),
        ("bo", SubmissionState.KEPT),
    ]
    assert read == [class_[1].folder]


def test_each_is_graded_once_and_written_down(make, hand_in, runner):
    """All arrive in the store; what it holds already is not run, unless forced."""
    class_ = [hand_in(name) for name in ("ada", "bo", "cleo")]
    shelf = MemoryStore(known=["bo"])
    states = {one.student: one.state for one in run(make, shelf, class_)}
    assert states == {
        "ada": SubmissionState.GRADED,
        "bo": SubmissionState.KEPT,
        "cleo": SubmissionState.GRADED,
    }
    assert sorted(shelf.got) == ["ada", "cleo"]
    assert len(runner.runs) == 2
    assert {one.state for one in run(make, shelf, class_, force=True)} == {SubmissionState.GRADED}
    assert len(runner.runs) == 5


class Knowing(MemoryStore):
    """Holds what has been graded, by its digest, and knows what was read."""

    def __init__(self):
        super().__init__()
        self.marks = {}

    def holds(self, job):
        """The same digest, that is."""
        return job.submission in self.known

    def seen(self, student, stamp):
        """As it was told."""
        return self.marks.get((student, stamp))

    def saw(self, student, stamp, digest):
        """Be told, and let it be graded for all that comes after."""
        self.marks[student, stamp] = digest
        self.known.add(digest)


def test_what_was_read_before_is_not_read_again(make, hand_in, monkeypatch):
    """It is kept by its stamp; what has changed is read, and all of it if forced."""
    class_ = [hand_in(name) for name in ("ada", "bo", "cleo")]
    now = file_stats.time.time_ns()
    monkeypatch.setattr(file_stats.time, "time_ns", lambda: now + 3600 * 10**9)
    read, store = [], Knowing()
    monkeypatch.setattr(intake, "read_files", lambda folder: read.append(folder) or {})
    run(make, store, class_)
    assert sorted(read) == [one.folder for one in class_]
    read.clear()
    assert {one.state for one in run(make, store, class_)} == {SubmissionState.KEPT}
    assert read == []
    (class_[1].folder / "more.txt").write_text("new")
    run(make, store, class_)
    assert read == [class_[1].folder]
    read.clear()
    run(make, store, class_, force=True)
    assert len(read) == 3


def test_no_more_jobs_are_under_way_than_the_window(make, hand_in):
    """However large the class: memory does not grow with it."""
    most = []

    class Counting(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **more):
            future = super().submit(fn, *args, **more)
            waiting.add(future)
            most.append(sum(not one.done() for one in waiting))
            return future

    waiting = set()
    class_ = [hand_in(f"s{number}") for number in range(12)]
    assert len(run(make, MemoryStore(), class_, lambda: Counting(1))) == 12
    assert max(most) <= 4


class Fragile(Executor):
    """Dies when it is given the work of ``killer``; the first one with all that it has in hand."""

    made = 0

    def __init__(self, killer):
        Fragile.made += 1
        self.first = Fragile.made == 1
        self.killer = killer
        self.waiting = []
        self.dead = False

    def submit(self, fn, /, *args, **_):
        """Work at once; the first one only holds the jobs in hand, until it dies."""
        if self.dead:
            raise BrokenExecutor("the pool is broken")
        future = Future()
        self.waiting.append(future)
        if args[0].student == self.killer:
            self.dead = True
            for one in self.waiting:
                if not one.done():
                    one.set_exception(BrokenExecutor("a process was killed"))
        elif not self.first:
            future.set_result(fn(*args))
        return future


def test_a_submission_that_kills_its_worker_costs_nobody_else(make, hand_in, monkeypatch):
    """The others are graded by a new pool; that one is told, not given a zero."""
    monkeypatch.setattr(Fragile, "made", 0)
    class_ = [hand_in(name) for name in ("ada", "bo", "cleo", "killer", "zoe")]
    shelf = MemoryStore()
    done = {one.student: one for one in run(make, shelf, class_, lambda: Fragile("killer"))}
    assert {name for name, one in done.items() if one.state == SubmissionState.GRADED} == {
        "ada", "bo", "cleo", "zoe",
    }  # fmt: skip
    assert done["killer"].state == SubmissionState.NOT_GRADED
    assert "ended 3 times without an answer (a process was killed)" in done["killer"].message
    assert sorted(shelf.got) == sorted(done)
    assert Fragile.made > 2


class Stillborn(Executor):
    """Dies before it has done anything."""

    made = 0

    def __init__(self):
        Stillborn.made += 1

    def submit(self, fn, /, *args, **_):
        """Never done."""
        future = Future()
        future.set_exception(BrokenExecutor("no process could be started"))
        return future


def test_workers_that_cannot_live(make, hand_in, monkeypatch):
    """It is said in a sentence, after a few attempts: not three for each of a large class."""
    monkeypatch.setattr(Stillborn, "made", 0)
    class_ = [hand_in(f"s{number}") for number in range(20)]
    with pytest.raises(RunnerError, match=r"none got anything done \(no process could be started"):
        run(make, MemoryStore(), class_, Stillborn)
    assert 3 < Stillborn.made < 20


def test_a_job_that_failed_once_is_tried_again(make, hand_in, runner):
    """An executor may lose one job and keep the others, as a cluster does."""
    lost = []

    class Losing(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **more):
            if not lost:
                lost.append(args[0].student)
                future = Future()
                future.set_exception(OSError("the worker is gone"))
                return future
            return super().submit(fn, *args, **more)

    class_ = [hand_in(name) for name in ("ada", "bo")]
    assert {one.state for one in run(make, MemoryStore(), class_, lambda: Losing(1))} == {
        SubmissionState.GRADED
    }
    assert lost == ["ada"]
    assert len(runner.runs) == 2


def test_what_cannot_be_read_is_told(make, hand_in, monkeypatch):
    """In a sentence with the file's name; the others are graded."""
    class_ = [hand_in("ada"), hand_in("bo")]
    monkeypatch.setattr("autograder.course.notebook.MAX_FILE_MB", 0)
    (outcome, _) = run(make, MemoryStore(), class_)
    assert outcome.state == SubmissionState.NOT_GRADED
    assert str(class_[0].folder) in outcome.message
    assert "at most 0 MB are read" in outcome.message


def test_what_travels(hand_in, monkeypatch):
    """Notebooks and plain files beside them, within bounds; no links, no notebooks further down."""
    monkeypatch.setattr("autograder.batch.intake._MAX_FILE_BYTES", 1000)
    folder = hand_in("ada").folder
    (folder / "data").mkdir()
    (folder / "data" / "x.csv").write_text("1,2")
    (folder / "data" / "other.ipynb").write_text("{}")
    (folder / "big.bin").write_bytes(b"0" * 1001)
    (folder / "link").symlink_to(folder / "data" / "x.csv")
    os.mkfifo(folder / "pipe")
    files = read_files(folder)
    assert set(files) == {f"{ASSIGNMENT}.ipynb", "data/x.csv"}
    assert files["data/x.csv"] == b"1,2"


def test_a_notebook_that_may_not_be_read(hand_in, monkeypatch):
    """The system's reason in the sentence."""

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(BadSubmissionError, match="cannot be read: Permission denied"):
        read_files(hand_in("ada").folder)


def test_reading_ahead():
    """In order, a few ahead of who takes them and no more; what is not taken is not read."""
    read = []

    def note(number):
        read.append(number)
        return -number

    with ThreadPoolExecutor(1) as one:
        found = read_ahead(one, note, range(100), 3)
        assert [next(found) for _ in range(5)] == [0, -1, -2, -3, -4]
        found.close()
    assert read == sorted(read)
    assert 5 <= len(read) <= 8


def test_shards_share_a_class():
    """Each student is in just one, in the same whoever else is in the class, and none is empty."""
    names = [f"s{number}" for number in range(300)]
    parts = [{name for name in names if in_shard(name, number, 7)} for number in range(1, 8)]
    assert set().union(*parts) == set(names)
    assert sum(map(len, parts)) == len(names)
    assert all(20 < len(part) < 70 for part in parts)


def test_sentences_name_the_place_where_the_work_lies(make, tmp_path):
    """Not the folder of the machine that graded it."""
    done = run_job(make("ada", "/courses/dl/submitted/ada/regularization", {}))
    message = done.result["grade"]["message"]
    assert message.startswith("/courses/dl/submitted/ada/regularization/regularization.ipynb is")


def test_other_code_does_not_grade(pack, hand_in):
    """A worker of a cluster with another version says so, and gives no points."""
    files = read_files(hand_in("ada").folder)
    job = Job(pack, "ada", "x", files, EngineChoice(), GradingOptions(), code="old", strict=True)
    done = run_job(job)
    assert not done.graded
    assert "another version of the autograder" in done.result["grade"]["message"]
