"""Memory and CPU time are limited for all processes of a submission together."""

import contextlib
import json
import os
import signal
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.runners.jailed import JailedRunner
from autograder.sandbox import jail
from autograder.sandbox.jail import JailPolicy
from autograder.sandbox.process_tree import ProcessTree, number_in_proc
from autograder.sandbox.root_filesystem import runtime_paths
from tests.support.cells import LIMITS, execute_in

SMALL = replace(LIMITS, memory_mb=256, processes=24)
TOO_MUCH = "took more than 256 MB of memory together"
HOARD = """
import os, time
children = []
for _ in range({count}):
    children.append(os.fork())
    if children[-1] == 0:
        try:
            kept = b"x" * ({size} * 2**20)
            time.sleep({seconds})
        finally:
            os._exit(0)
for child in children:
    os.waitpid(child, 0)
print("all had it")
"""
MANY = HOARD.format(count=6, size=100, seconds=15)
MEMFDS = """
import os, time
files = []
for _ in range(40):
    files.append(os.memfd_create("hoard"))
    os.write(files[-1], bytes(10 * 2**20))
time.sleep(10)
print("all had it")
"""
SCRIPT = """
import json
from tests.unit.autograder.sandbox import test_process_tree
print(json.dumps(test_process_tree.run(%r, %r)))
"""
NAMESPACES = frozenset({"namespaces"})
ON = "print('on')"


def run(disabled, cells):
    """Run cells in a jail without these layers; returns what the cells show."""
    policy = JailPolicy(disable=frozenset(disabled), allow_root=True)
    with JailedRunner(policy) as runner:
        return execute_in(runner, *cells, limits=SMALL)


@pytest.mark.parametrize("disabled", [[], ["namespaces"]])
def test_many_processes_share_one_limit(disabled, as_ordinary_user):
    """Each has less than one may have; it costs the cell that started them, for every user."""
    for shown in (
        run(disabled, [MANY, ON]),
        json.loads(as_ordinary_user(SCRIPT % (disabled, [MANY, ON]))),
    ):
        assert TOO_MUCH in shown[0]
        assert shown[1] == "on\n"


def test_files_in_memory_are_counted(as_ordinary_user):
    """Where no filter forbids them: they are in no address space."""
    cells = [MEMFDS, ON]
    for shown in (
        run(["seccomp"], cells),
        json.loads(as_ordinary_user(SCRIPT % (["seccomp"], cells))),
    ):
        assert TOO_MUCH in shown[0]
        assert shown[1] == "on\n"


@pytest.mark.parametrize("disabled", [[], ["namespaces"]])
def test_what_processes_share_is_counted_once(disabled, as_ordinary_user):
    """Workers that read their parent's data, and a program that is started, cost nothing more."""
    cells = [
        "import subprocess\ndata = b'x' * (120 * 2**20)",
        HOARD.format(count=3, size=1, seconds=1),
        "print(all(subprocess.run(['true']).returncode == 0 for _ in range(30)))",
    ]
    assert run(disabled, cells)[1:] == ["all had it\n", "True\n"]
    if not disabled:
        assert json.loads(as_ordinary_user(SCRIPT % (disabled, cells)))[1:] == [
            "all had it\n",
            "True\n",
        ]


@pytest.fixture
def watched():
    """Starts a process that runs an action, and watches it; kills it at the end."""
    proc, children = os.open("/proc", os.O_RDONLY), []

    def start(action, **limits):
        children.append(os.fork())
        if children[-1] == 0:
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(60)
                action()
            finally:
                os._exit(0)
        limits = {"memory": 2**40, "cpu_seconds": 1e6, **limits}
        return ProcessTree(proc, number_in_proc(proc, children[-1]), **limits)

    yield start
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(proc)


def first_excess(tree, seconds=30.0):
    """What is found to be too much, within a time in which it must be found."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if excess := tree.excess():
            return excess
        time.sleep(0.01)
    return ""


def start_busy_processes():
    """Start processes one after the other, each of which uses little time; none is waited for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        child = os.fork()
        if child == 0:
            end = time.process_time() + 0.2
            while time.process_time() < end:
                pass
            os._exit(0)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def test_the_processor_time_of_all_processes_is_added_up(watched):
    """Of those that have ended and that nobody waited for, too."""
    assert first_excess(watched(start_busy_processes, cpu_seconds=1.0)) == "cpu"


def test_what_sockets_buffer_is_counted(watched):
    """The memory is the kernel's, and in nobody's address space."""

    def hold_sockets():
        held = [socket.socketpair() for _ in range(100)]
        signal.pause()
        del held

    assert first_excess(watched(hold_sockets, memory=64 * 2**20)) == "memory"
    assert watched(signal.pause, memory=64 * 2**20).excess() == ""


def test_a_process_that_ended_is_no_excess(watched):
    """Nor an error: it may end while it is looked at."""
    tree = watched(lambda: None)
    os.waitid(os.P_PID, tree._number, os.WEXITED | os.WNOWAIT)
    assert tree.excess() == ""


def test_where_proc_does_not_say_who_started_whom_work_is_graded_all_the_same(monkeypatch):
    """Some kernels have no lists of children: each process has its own limit then."""

    def fail(*_):
        raise FileNotFoundError

    monkeypatch.setattr(jail, "number_in_proc", fail)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder).chmod(0o755)  # the child may be another user
                policy = JailPolicy(disable=NAMESPACES, allow_root=True)
                made = jail.Jail(policy, runtime_paths(), Path(folder))
                made.prepare()
                assert "each process by itself" in made.memory_bound
                assert made.watch(1, jail.ResourceLimits()) is None
                code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
