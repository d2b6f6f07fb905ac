"""A function in a process that is ended when it needs more than it may have."""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from autograder.nbgrader_ext.child_process import ProcessLimits, run_in_child

LIMITS = ProcessLimits(cpu_seconds=1, seconds=20, memory=2**28, text=1000)


def crash() -> str:
    """Read address 0, as after a stack that overflowed."""
    faulthandler.disable()  # which pytest has enabled: it would print a traceback
    return str(ctypes.string_at(0))


def loop_in_c() -> str:
    """A loop that no signal handler of Python's can interrupt."""
    return str(sum(range(10**13)))


def open_files() -> set[str]:
    """The numbers of this process's open files, those that listing them opens not counted."""
    return {path.name for path in Path("/proc/self/fd").iterdir() if path.exists()}


def refuse() -> str:
    """Raise something."""
    raise ValueError("no")


def fill_memory() -> str:
    """Take more memory than it may have."""
    return str(len(bytearray(2**30)))


def test_the_text_comes_back():
    """Also one with half a character in it, which a notebook may hold."""
    assert run_in_child(lambda: "ä\ud800", LIMITS) == "ä\ud800"


@pytest.mark.parametrize(
    "make",
    [crash, loop_in_c, refuse, fill_memory, lambda: "x" * 1001],
    ids=lambda make: make.__name__,
)
def test_what_fails_is_none(make):
    """Whatever happens in there, this process goes on, and nothing of the other is left."""
    start = time.monotonic()
    assert run_in_child(make, LIMITS) is None
    assert time.monotonic() - start < LIMITS.seconds
    assert multiprocessing.active_children() == []


def test_it_does_not_wait_for_ever():
    """A child that waits uses no CPU time, so the kernel would never end it."""
    limits = ProcessLimits(cpu_seconds=60, seconds=0.3)
    assert run_in_child(lambda: str(threading.Event().wait()), limits) is None
    assert multiprocessing.active_children() == []


def test_nothing_is_changed_here(tmp_path):
    """Neither variables nor open files, except for what the function does to the world."""
    seen: list[int] = []

    def make() -> str:
        seen.append(os.getpid())
        (tmp_path / "made").write_text("there")
        return str(os.getpid())

    before = open_files()
    assert run_in_child(make, LIMITS) != str(os.getpid())
    assert seen == []
    assert (tmp_path / "made").read_text() == "there"
    assert open_files() == before
