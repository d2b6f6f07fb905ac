"""nbgrader's database, opened once: transactions that two graders can run at the same time.

nbgrader opens an engine for each question and lets its users meet "database is locked" and "table
already exists". Here a transaction takes SQLite's write lock at its start and waits for it, and
whatever another grader was quicker in is tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from alembic.script import ScriptDirectory
from nbgrader.api import Base
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from autograder.errors import CourseError, StorageError

ATTEMPTS = 6
# How long one grader waits for another's transaction, which is milliseconds long.
_LOCK_SECONDS = 60
# Any number will do, as long as all graders of one PostgreSQL server take the same.
_ADVISORY_LOCK = 0x6E62_6772

Answer = TypeVar("Answer")


class Transactions:
    """Transactions on one engine, tried again where that helps.

    Args:
        url: Of the database.
        pause: Called between two attempts with the number of seconds to wait.

    Raises:
        CourseError: If there is no driver for it.
    """

    def __init__(self, url: URL, pause: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self.name = url.render_as_string(hide_password=True)
        self._pause = pause
        self._engine = _connected(url, self.name)

    def run(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do ``work`` in a transaction; again from its start, if another grader got in its way.

        Raises:
            StorageError: If it fails for good; nothing of it is in the database then.
        """
        for attempt in range(ATTEMPTS):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt + 1 == ATTEMPTS or not _may_pass(error):
                    self._give_up(error)
            self._pause(0.05 * 4**attempt)
        raise AssertionError

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _give_up(self, error: DBAPIError) -> NoReturn:
        reason = str(error.orig).strip().split("\n")[0].rstrip(".")
        kept = "What was graded so far is kept; the next run goes on from there."
        place = self.url.database or ""
        if "readonly database" in reason or "unable to open database" in reason:
            raise StorageError(
                f"The gradebook {place} cannot be written ({reason}). Give yourself the right to "
                f"write it and its folder. {kept}"
            ) from error
        if "disk is full" in reason or "disk I/O error" in reason:
            raise StorageError(
                f"The gradebook {place} cannot be written ({reason}). Make room on that disk. "
                f"{kept}"
            ) from error
        if "no such column" in reason or "UndefinedColumn" in repr(error.orig):
            raise CourseError(
                f"The gradebook {self.name} was made by an older nbgrader ({reason}). Copy it to a "
                "safe place, then run `nbgrader db upgrade` in the course folder."
            ) from error
        raise StorageError(
            f"The gradebook {self.name} does not answer as it should ({reason}). {kept}"
        ) from error


class Database(Transactions):
    """nbgrader's database, whose tables are there and of this nbgrader.

    Args:
        db_url: As ``c.CourseDirectory.db_url`` has it.
        own_tables: Tables of ours that are kept beside nbgrader's.

    Raises:
        CourseError: If the address is none, lacks a driver, or the tables are an older nbgrader's.
        StorageError: If the database cannot be reached.
    """

    def __init__(self, db_url: str, own_tables: MetaData) -> None:
        super().__init__(_parsed(db_url))
        self._own_tables = own_tables
        self.run(self._prepare)

    def _prepare(self, connection: Connection) -> None:
        """Make the tables that are missing, all at once; change nothing of another nbgrader's."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        tables = inspect(connection).get_table_names()
        if not tables:
            Base.metadata.create_all(connection)
            version = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
            connection.execute(text(version))
            connection.execute(
                text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head}
            )
        elif (found := _revision(connection, tables)) != head:
            raise CourseError(
                f"The gradebook {self.name} was made by another version of nbgrader (its tables "
                f"are revision {found or 'none'}, this nbgrader's {head}). Copy it to a safe "
                "place, then run `nbgrader db upgrade` in the course folder."
            )
        self._own_tables.create_all(connection)


class SqliteFile(Transactions):
    """A SQLite file of our own.

    Args:
        path: Made if it is not there.
        tables: What it holds.
    """

    def __init__(self, path: Path, tables: MetaData) -> None:
        super().__init__(URL.create("sqlite", database=str(path)))
        self.run(tables.create_all)


def _connected(url: URL, name: str) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        engine = create_engine(
            url,
            pool_pre_ping=not sqlite,
            connect_args={"timeout": _LOCK_SECONDS} if sqlite else {},
        )
    except ModuleNotFoundError as error:
        raise CourseError(
            f"The gradebook {name} needs the Python package {error.name!r}, which is not "
            "installed. Name a driver that is in c.CourseDirectory.db_url, such as "
            "postgresql+psycopg2://… after `pip install psycopg2-binary`."
        ) from error
    except NoSuchModuleError as error:
        raise CourseError(
            f"c.CourseDirectory.db_url is {name}: SQLAlchemy knows no such kind of "
            "database. Begin it with sqlite:/// or postgresql+psycopg2://."
        ) from error
    if sqlite:
        _take_the_write_lock_first(engine)
    return engine


def _parsed(db_url: str) -> URL:
    try:
        return make_url(db_url)
    except ArgumentError as error:
        raise CourseError(
            "c.CourseDirectory.db_url in nbgrader_config.py is no address of a database. Begin it "
            "with sqlite:/// or postgresql+psycopg2://."
        ) from error


def _may_pass(error: DBAPIError) -> bool:
    """Whether it may go well the next time: another was first, a lock, a lost connection."""
    if isinstance(error, IntegrityError) or error.connection_invalidated:
        return True
    words = str(error.orig).lower()
    # of "already exists" and "duplicate": another grader made the tables at the same moment
    passing = ("locked", "deadlock", "serializ", "connect", "already exists", "duplicate")
    return any(word in words for word in (*passing, "terminat", "closed"))


def _take_the_write_lock_first(engine: Engine) -> None:
    """Begin SQLite's transactions as writers: one that turns into a writer late cannot wait."""

    @event.listens_for(engine, "connect")
    def no_implicit_begin(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: Connection, tables: list[str]) -> object:
    """Of nbgrader's tables; None if nothing says so."""
    if "alembic_version" not in tables:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
