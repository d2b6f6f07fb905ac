"""Temporary directories are removed by their owner, or after its death by the next process."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from autograder import tempdirs

AN_HOUR_AGO = time.time() - 3600
OWNER = """
import sys, time
from autograder import tempdirs
print(tempdirs.make_directory("job"), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def system_directory(tmp_path, monkeypatch):
    """The system's temporary directory, replaced for each test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def owner(system_directory):
    """Another process that made a temporary directory an hour ago; and the directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env={**os.environ, "TMPDIR": str(system_directory)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    directory = system_directory / process.stdout.readline().strip()
    (directory / "notebook").write_text("a student's")
    os.utime(directory, (AN_HOUR_AGO, AN_HOUR_AGO))
    yield process, directory
    process.kill()
    process.communicate()


def test_the_directory_of_a_killed_process_is_removed(owner):
    """Not while the process lives; afterwards by whichever process is next."""
    process, directory = owner
    tempdirs.remove_stale_directories()
    assert (directory / "notebook").is_file()
    process.send_signal(signal.SIGKILL)
    process.wait()
    tempdirs.remove_stale_directories()
    assert not directory.exists()


def test_a_new_directory_is_left_alone(owner):
    """Its owner may not have locked it yet."""
    process, directory = owner
    process.kill()
    process.wait()
    os.utime(directory)
    tempdirs.remove_stale_directories()
    assert directory.exists()


def test_what_is_not_ours_is_left_alone(system_directory):
    """Directories with other names, and files and links with such a name."""
    keep = system_directory / "autograder-course"
    keep.mkdir()
    file = system_directory / "autograder-a.scratch"
    link = system_directory / "autograder-b.scratch"
    file.write_text("")
    link.symlink_to(keep)
    for path in (keep, file):
        os.utime(path, (AN_HOUR_AGO, AN_HOUR_AGO))
    os.utime(link, (AN_HOUR_AGO, AN_HOUR_AGO), follow_symlinks=False)
    tempdirs.remove_stale_directories()
    assert sorted(system_directory.iterdir()) == sorted([keep, file, link])


def test_a_directory_for_a_block(system_directory):
    """It exists inside the block and is removed after it, even if the block fails."""

    def fail():
        with tempdirs.temporary_directory("job") as directory:
            (directory / "x").write_text("")
            assert directory.parent == system_directory
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(system_directory.iterdir())


def test_a_forked_process_leaves_its_parents_directories_alone(system_directory):
    """It removes only what it made itself."""
    directory = tempdirs.make_directory("course")
    child = os.fork()
    if not child:
        tempdirs.make_directory("job")
        tempdirs.remove_all_directories()
        os._exit(0)
    os.waitpid(child, 0)
    assert list(system_directory.iterdir()) == [directory]
    tempdirs.remove_all_directories()
    assert not list(system_directory.iterdir())
