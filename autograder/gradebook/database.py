"""Connections to nbgrader's database, and transactions that several graders can run at once.

nbgrader opens the database anew for each query, and its users meet "database is locked" and "table
already exists". Here a transaction waits for SQLite's write lock at its start, and one that another
grader got in the way of is tried again.
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
# How long to wait for another grader's transaction, which takes milliseconds.
_LOCK_SECONDS = 60
# Any number, as long as all graders on one PostgreSQL server use the same one.
_ADVISORY_LOCK = 0x6E62_6772

Result = TypeVar("Result")


class Database:
    """Runs transactions on a database, and runs them again where that helps.

    Args:
        url: The database's address.
        pause: Called between two attempts with the number of seconds to wait.

    Raises:
        CourseError: If its driver is missing.
    """

    def __init__(self, url: URL, pause: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self.name = url.render_as_string(hide_password=True)
        self._pause = pause
        self._engine = _create_engine(url, self.name)

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Call ``work`` in a transaction, and call it again if another grader got in its way.

        Raises:
            StorageError: If it keeps failing; the database is then as it was before.
        """
        for attempt in range(ATTEMPTS):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt + 1 == ATTEMPTS or not _is_transient(error):
                    self._raise_sentence(error)
            self._pause(0.05 * 4**attempt)
        raise AssertionError

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _raise_sentence(self, error: DBAPIError) -> NoReturn:
        reason = str(error.orig).strip().split("\n")[0].rstrip(".")
        kept = "What was graded so far is kept; the next run goes on from there."
        path = self.url.database or ""
        if "readonly database" in reason or "unable to open database" in reason:
            raise StorageError(
                f"The gradebook {path} cannot be written ({reason}). Give yourself the right to "
                f"write it and its folder. {kept}"
            ) from error
        if "disk is full" in reason or "disk I/O error" in reason:
            raise StorageError(
                f"The gradebook {path} cannot be written ({reason}). Make room on that disk. {kept}"
            ) from error
        if "no such column" in reason or "UndefinedColumn" in repr(error.orig):
            raise CourseError(
                f"The gradebook {self.name} was made by an older nbgrader ({reason}). Copy it to a "
                "safe place, then run `nbgrader db upgrade` in the course folder."
            ) from error
        raise StorageError(
            f"The gradebook {self.name} does not answer as it should ({reason}). {kept}"
        ) from error


class GradebookDatabase(Database):
    """nbgrader's database, with tables of the nbgrader that is installed here.

    Args:
        db_url: As in ``c.CourseDirectory.db_url``.
        own_tables: Our own tables, which are kept beside nbgrader's.

    Raises:
        CourseError: If the address is not valid, its driver is missing, or the tables are of
            another version of nbgrader.
        StorageError: If the database cannot be reached.
    """

    def __init__(self, db_url: str, own_tables: MetaData) -> None:
        super().__init__(_parse_url(db_url))
        self._own_tables = own_tables
        try:
            self.run(self._create_tables)
        except BaseException:
            self.close()
            raise

    def _create_tables(self, connection: Connection) -> None:
        """Create the tables that are missing; leave those of another version of nbgrader alone."""
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
        elif (revision := _revision(connection, tables)) != head:
            raise CourseError(
                f"The gradebook {self.name} was made by another version of nbgrader (its tables "
                f"are revision {revision or 'none'}, this nbgrader's {head}). Copy it to a safe "
                "place, then run `nbgrader db upgrade` in the course folder."
            )
        self._own_tables.create_all(connection)


class SqliteDatabase(Database):
    """A SQLite database of our own.

    Args:
        path: Created if it does not exist.
        tables: The tables in it, which are created too.
    """

    def __init__(self, path: Path, tables: MetaData) -> None:
        super().__init__(URL.create("sqlite", database=str(path)))
        self.run(tables.create_all)


def _create_engine(url: URL, name: str) -> Engine:
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
            "installed. Name one that is in c.CourseDirectory.db_url, such as "
            "postgresql+psycopg2://… after `pip install psycopg2-binary`."
        ) from error
    except NoSuchModuleError as error:
        raise CourseError(
            f"c.CourseDirectory.db_url is {name}: SQLAlchemy knows no such kind of "
            "database. Begin it with sqlite:/// or postgresql+psycopg2://."
        ) from error
    if sqlite:
        _begin_as_writer(engine)
    return engine


def _parse_url(db_url: str) -> URL:
    try:
        return make_url(db_url)
    except ArgumentError as error:
        raise CourseError(
            "c.CourseDirectory.db_url in nbgrader_config.py is not a database address. Begin it "
            "with sqlite:/// or postgresql+psycopg2://."
        ) from error


def _is_transient(error: DBAPIError) -> bool:
    """Whether it may work next time: another was quicker, a lock, a lost connection."""
    if isinstance(error, IntegrityError) or error.connection_invalidated:
        return True
    message = str(error.orig).lower()
    busy = ("locked", "deadlock", "serializ")
    disconnected = ("connect", "terminat", "closed")
    created = ("already exists", "duplicate")  # another grader created the tables at the same time
    return any(word in message for word in (*busy, *disconnected, *created))


def _begin_as_writer(engine: Engine) -> None:
    """Take SQLite's write lock when a transaction begins: later on it could not wait for it."""

    @event.listens_for(engine, "connect")
    def no_implicit_begin(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: Connection, tables: list[str]) -> object:
    """The revision of nbgrader's tables; None if they do not say."""
    if "alembic_version" not in tables:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
