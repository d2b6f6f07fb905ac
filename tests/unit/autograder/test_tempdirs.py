"""Temporary folders: gone with their owner, or with the next run after it."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from autograder import tempdirs

LONG_AGO = time.time() - 3600
OWNER = """
import sys, time
from autograder import tempdirs
print(tempdirs.make_directory("job"), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A temporary directory of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def owner(place):
    """Another process that has a folder, made long ago; and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env={**os.environ, "TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    folder = process.stdout.readline().strip()
    (place / folder / "notebook").write_text("a student's")
    os.utime(folder, (LONG_AGO, LONG_AGO))
    yield process, place / folder
    process.kill()
    process.communicate()


def test_what_a_killed_process_left_is_removed(owner):
    """Not while it lives; then by whoever comes next."""
    process, folder = owner
    tempdirs.remove_stale_directories()
    assert (folder / "notebook").is_file()
    process.send_signal(signal.SIGKILL)
    process.wait()
    tempdirs.remove_stale_directories()
    assert not folder.exists()


def test_what_was_made_just_now_is_left_alone(owner):
    """Its owner may not have had the time to lock it."""
    process, folder = owner
    process.kill()
    process.wait()
    os.utime(folder)
    tempdirs.remove_stale_directories()
    assert folder.exists()


def test_what_is_not_ours_is_left_alone(place):
    """Folders with other names, and files and links with such a name."""
    keep = place / "autograder-course"
    keep.mkdir()
    file, link = place / "autograder-a.scratch", place / "autograder-b.scratch"
    file.write_text("")
    link.symlink_to(keep)
    for one in (keep, file):
        os.utime(one, (LONG_AGO, LONG_AGO))
    os.utime(link, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    tempdirs.remove_stale_directories()
    assert sorted(place.iterdir()) == sorted([keep, file, link])


def test_a_folder_for_a_block(place):
    """It is there inside, gone after, also when the block fails."""

    def fail():
        with tempdirs.temporary_directory("job") as folder:
            (folder / "x").write_text("")
            assert folder.parent == place
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(place.iterdir())


def test_a_forked_process_leaves_its_parents_alone(place):
    """It removes what it made itself."""
    mine = tempdirs.make_directory("course")
    child = os.fork()
    if not child:
        tempdirs.make_directory("job")
        tempdirs.remove_all_directories()
        os._exit(0)
    os.waitpid(child, 0)
    assert list(place.iterdir()) == [mine]
    tempdirs.remove_all_directories()
    assert not list(place.iterdir())
