"""nbgrader's database, opened: addresses, schemas, and what is tried again."""

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
from autograder.gradebook.scores import (
    NotebookScores,
    RegisteredAssignment,
    SubmissionScores,
    write_scores,
)

OLD = Path(__file__).with_name("gradebook-0.5.5.sql")


@pytest.fixture
def url(tmp_path):
    """Where a gradebook may be made."""
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def database(url):
    """A new gradebook."""
    one = open_gradebook(url)
    one._pause = lambda _: None
    yield one
    one.close()


def test_a_new_gradebook_is_one_for_nbgrader(database, url):
    """Nbgrader opens it as its own, at its newest revision, and finds nothing to add."""
    tables = lambda: database.run(  # noqa: E731
        lambda one: set(one.execute(text("SELECT name, sql FROM sqlite_master")).all())
    )
    before = tables()
    with Gradebook(url, "course") as book:
        assert book.assignments == []
        book.add_student("ada")
    assert tables() == before


def test_a_gradebook_of_another_nbgrader(database, url):
    """A sentence with both revisions and the way out; nothing is changed in it."""
    database.run(lambda one: one.execute(text("UPDATE alembic_version SET version_num = 'old'")))
    with pytest.raises(CourseError, match=r"revision old.*nbgrader db upgrade"):
        open_gradebook(url)
    database.run(lambda one: one.execute(text("DROP TABLE alembic_version")))
    with pytest.raises(CourseError, match="revision none"):
        open_gradebook(url)


@pytest.fixture
def old(tmp_path):
    """A course whose gradebook nbgrader 0.5.5 made; the gradebook."""
    path = tmp_path / "gradebook.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    config = 'c = get_config()\nc.CourseDirectory.course_id = "deep"\n'
    (tmp_path / "nbgrader_config.py").write_text(config, "utf-8")
    return path


def test_a_real_gradebook_of_an_old_nbgrader(old):
    """A sentence, and nothing changed; after the upgrade that it names, a person's points stand."""
    before = old.read_bytes()
    with pytest.raises(CourseError, match=r"revision 724cde206c17.*run `nbgrader db upgrade`"):
        open_gradebook(f"sqlite:///{old}")
    assert old.read_bytes() == before
    command = ["nbgrader", "db", "upgrade"]
    subprocess.run(command, cwd=old.parent, check=True, capture_output=True)
    database = open_gradebook(f"sqlite:///{old}")
    submitted = SubmissionScores("ada", NotebookScores({"l2-cost-check": 7.0}, {"l2-cost": None}))
    database.run(
        lambda one: write_scores(
            one, RegisteredAssignment(one, "regularization"), [submitted], None
        )
    )
    database.close()
    with Gradebook(f"sqlite:///{old}", "deep") as book:
        (grade,) = book.find_submission_notebook("regularization", "regularization", "ada").grades
        assert (grade.auto_score, grade.manual_score, grade.extra_credit) == (7.0, 11.0, 1.0)
        assert grade.needs_manual_grade
        assert {one.id for one in book.students} == {"ada", "bo"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("no address", "is no address of a database"),
        ("postgresql+nodriver://x/y", "knows no such kind"),
        ("fortran://x/y", "knows no such kind"),
        ("mysql+mysqldb://ada:secret@x/y", r"needs the Python package 'MySQLdb'.*psycopg2"),
    ],
)
def test_addresses(address, words):
    """What is wrong with it, and what to write; never the password."""
    with pytest.raises(CourseError, match=words) as caught:
        open_gradebook(address)
    assert "secret" not in str(caught.value)


def test_postgresql_needs_its_driver_named():
    """Under SQLAlchemy 2.1 the bare address asks for a package that nobody has."""
    pytest.importorskip("sqlalchemy", minversion="2.1")
    with pytest.raises(CourseError, match=r"'psycopg'.*postgresql\+psycopg2://"):
        open_gradebook("postgresql://x/y")


def orig(error, words):
    """An error as SQLAlchemy raises it."""
    return error("statement", {}, sqlite3.OperationalError(words))


@pytest.mark.parametrize(
    "error",
    [
        orig(IntegrityError, "UNIQUE constraint failed: student.id"),
        orig(OperationalError, "database is locked"),
        orig(OperationalError, "deadlock detected"),
        orig(OperationalError, "server closed the connection unexpectedly"),
        orig(OperationalError, "table student already exists"),
    ],
)
def test_what_may_pass_is_tried_again(database, error):
    """From the start of the transaction; a bounded number of times; then a sentence."""
    asked = []

    def work(connection):
        asked.append(connection.execute(text("SELECT count(*) FROM student")).scalar())
        connection.execute(text("INSERT INTO student (id) VALUES ('ada')"))
        if len(asked) < 3:
            raise error
        return "done"

    assert database.run(work) == "done"
    assert asked == [0, 0, 0]
    again = []

    def fail(_):
        again.append(1)
        raise error

    with pytest.raises(StorageError, match="the next run goes on from there"):
        database.run(fail)
    assert len(again) == ATTEMPTS


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("attempt to write a readonly database", "Give yourself the right to write it"),
        ("database or disk is full", "Make room on that disk"),
    ],
)
def test_what_does_not_pass(database, reason, words):
    """Tried once; a sentence with the file."""
    asked = []

    def work(_):
        asked.append(1)
        raise orig(OperationalError, reason)

    with pytest.raises(StorageError, match=words) as caught:
        database.run(work)
    assert database.url.database in str(caught.value)
    assert asked == [1]


def test_an_older_table(database):
    """A missing column is an older nbgrader's doing."""

    def work(_):
        raise orig(OperationalError, "no such column: student.lms_user_id")

    with pytest.raises(CourseError, match="nbgrader db upgrade"):
        database.run(work)
