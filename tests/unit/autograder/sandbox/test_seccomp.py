"""The list of forbidden system calls, and that no shared file carries a word past the filter."""

import json
import os

import pytest

from autograder.sandbox import seccomp
from tests.unit.autograder.sandbox import channels

ALL_CHANNELS = list(channels.CHANNELS)
SCRIPT = """
import json, os
from tests.unit.autograder.sandbox import channels
print(json.dumps([channels.open_channels(os.__file__, filtered=on) for on in (False, True)]))
"""
UNKNOWN = -1  # __NR_SCMP_ERROR: no architecture has such a call


@pytest.mark.parametrize("names", [*seccomp.DENIED, *seccomp.IGNORED])
def test_every_call_of_the_lists_exists(names):
    """A misspelt name would be no rule, and ``build`` passes over what libseccomp does not know."""
    library = seccomp._library()
    if library is None:
        pytest.skip("libseccomp is not installed")

    def number(call):
        try:
            return library.resolve_syscall(library.Arch.NATIVE, call)
        except ValueError:
            return UNKNOWN

    assert [call for call in names.split() if number(call) == UNKNOWN] == []
    assert number("io_uring_misspelt") == UNKNOWN


def test_two_processes_cannot_talk_through_a_file_that_both_may_read(as_ordinary_user):
    """Without the filter they can, in each of these ways, for root and for an ordinary user."""
    assert channels.open_channels(os.__file__, filtered=False) == ALL_CHANNELS
    assert channels.open_channels(os.__file__, filtered=True) == []
    assert json.loads(as_ordinary_user(SCRIPT)) == [ALL_CHANNELS, []]


def test_honest_locks_of_own_files_go_on_working(execute):
    """A database and a lock file of the notebook's own: locking works, as it seems."""
    printed = execute("""
        import fcntl, sqlite3
        with sqlite3.connect("marks.db") as database:
            database.execute("create table mark (points)")
            database.execute("insert into mark values (7)")
        with open("lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_UN)
        print(sqlite3.connect("marks.db").execute("select points from mark").fetchall())
    """)
    assert printed == ["[(7,)]\n"]
