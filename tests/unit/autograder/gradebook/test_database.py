"""Connections to nbgrader's database: addresses, schemas, and transactions that are tried again."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from autograder.errors import CourseError, StorageError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import ATTEMPTS
from autograder.gradebook.registered_assignment import RegisteredAssignment
from autograder.gradebook.scores import (
    SubmissionScores,
    write_scores,
)

OLD = Path(__file__).with_name("gradebook-0.5.5.sql")


@pytest.fixture
def url(tmp_path):
    """The address of a gradebook that does not exist yet."""
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def database(url):
    """A new gradebook."""
    database = open_gradebook(url)
    database._pause = lambda _: None
    yield database
    database.close()


def test_nbgrader_can_use_a_new_gradebook(database, url):
    """Nbgrader opens it as its own, at its newest revision, and adds no table."""

    def tables():
        query = text("SELECT name, sql FROM sqlite_master")
        return database.run(lambda connection: set(connection.execute(query).all()))

    before = tables()
    with Gradebook(url, "course") as gradebook:
        assert gradebook.assignments == []
        gradebook.add_student("ada")
    assert tables() == before


def test_a_gradebook_of_another_version_of_nbgrader(database, url):
    """The sentence has both revisions and the way out."""

    def execute(statement):
        database.run(lambda connection: connection.execute(text(statement)))

    execute("UPDATE alembic_version SET version_num = 'old'")
    with pytest.raises(CourseError, match=r"revision old.*nbgrader db upgrade"):
        open_gradebook(url)
    execute("DROP TABLE alembic_version")
    with pytest.raises(CourseError, match="revision none"):
        open_gradebook(url)


@pytest.fixture
def old_gradebook(tmp_path):
    """The gradebook of a course that was made by nbgrader 0.5.5."""
    path = tmp_path / "gradebook.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    config = 'c = get_config()\nc.CourseDirectory.course_id = "deep"\n'
    (tmp_path / "nbgrader_config.py").write_text(config, "utf-8")
    return path


def test_a_real_gradebook_of_an_old_nbgrader(old_gradebook):
    """It is left as it is; after the upgrade that the sentence names, manual points are kept."""
    before = old_gradebook.read_bytes()
    with pytest.raises(CourseError, match=r"revision 724cde206c17.*run `nbgrader db upgrade`"):
        open_gradebook(f"sqlite:///{old_gradebook}")
    assert old_gradebook.read_bytes() == before
    command = ["nbgrader", "db", "upgrade"]
    subprocess.run(command, cwd=old_gradebook.parent, check=True, capture_output=True)
    database = open_gradebook(f"sqlite:///{old_gradebook}")
    graded = SubmissionScores("ada", {"l2-cost-check": 7.0}, {"l2-cost": None})

    def write(connection):
        registered = RegisteredAssignment(connection, "regularization")
        write_scores(connection, registered, [graded], None)

    database.run(write)
    database.close()
    with Gradebook(f"sqlite:///{old_gradebook}", "deep") as gradebook:
        name = "regularization"
        (grade,) = gradebook.find_submission_notebook(name, name, "ada").grades
        assert (grade.auto_score, grade.manual_score, grade.extra_credit) == (7.0, 11.0, 1.0)
        assert grade.needs_manual_grade
        assert {student.id for student in gradebook.students} == {"ada", "bo"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("no address", "is not a database address"),
        ("postgresql+nodriver://x/y", "knows no such kind"),
        ("fortran://x/y", "knows no such kind"),
        ("mysql+mysqldb://ada:secret@x/y", r"needs the Python package 'MySQLdb'.*psycopg2"),
    ],
)
def test_wrong_addresses(address, words):
    """The sentence says what is wrong and what to write, but never the password."""
    with pytest.raises(CourseError, match=words) as caught:
        open_gradebook(address)
    assert "secret" not in str(caught.value)


def test_postgresql_needs_its_driver_named():
    """Under SQLAlchemy 2.1 the address without a driver needs a package that nobody has."""
    pytest.importorskip("sqlalchemy", minversion="2.1")
    with pytest.raises(CourseError, match=r"'psycopg'.*postgresql\+psycopg2://"):
        open_gradebook("postgresql://x/y")


def sqlalchemy_error(kind, message):
    """An error as SQLAlchemy raises it."""
    return kind("statement", {}, sqlite3.OperationalError(message))


@pytest.mark.parametrize(
    "error",
    [
        sqlalchemy_error(IntegrityError, "UNIQUE constraint failed: student.id"),
        sqlalchemy_error(OperationalError, "database is locked"),
        sqlalchemy_error(OperationalError, "deadlock detected"),
        sqlalchemy_error(OperationalError, "server closed the connection unexpectedly"),
        sqlalchemy_error(OperationalError, "table student already exists"),
    ],
)
def test_a_transient_error(database, error):
    """The transaction is tried again from its start, a limited number of times; then a sentence."""
    counts = []

    def work(connection):
        counts.append(connection.execute(text("SELECT count(*) FROM student")).scalar())
        connection.execute(text("INSERT INTO student (id) VALUES ('ada')"))
        if len(counts) < 3:
            raise error
        return "done"

    assert database.run(work) == "done"
    assert counts == [0, 0, 0]
    attempts = []

    def fail(_):
        attempts.append(1)
        raise error

    with pytest.raises(StorageError, match="the next run goes on from there"):
        database.run(fail)
    assert len(attempts) == ATTEMPTS


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("attempt to write a readonly database", "Give yourself the right to write it"),
        ("database or disk is full", "Make room on that disk"),
    ],
)
def test_a_lasting_error(database, reason, words):
    """The transaction is tried once; the sentence names the file."""
    attempts = []

    def work(_):
        attempts.append(1)
        raise sqlalchemy_error(OperationalError, reason)

    with pytest.raises(StorageError, match=words) as caught:
        database.run(work)
    assert database.url.database in str(caught.value)
    assert attempts == [1]


def test_a_missing_column(database):
    """The table was made by an older nbgrader."""

    def work(_):
        raise sqlalchemy_error(OperationalError, "no such column: student.lms_user_id")

    with pytest.raises(CourseError, match="nbgrader db upgrade"):
        database.run(work)
