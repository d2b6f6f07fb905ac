"""Each layer of the jail forbids what it is there for, for root and for an ordinary user."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.engine.trusted.errors import EngineError
from autograder.engine.trusted.zygote_client import ZygoteClient
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import LAYERS, JailPolicy, is_supported
from tests.support.cells import LIMITS, REPOSITORY, notebook
from tests.support.ordinary_user import open_root_home

ATTEMPTS = f"""
import os, socket, errno, json, ctypes, fcntl, mmap, signal, time
import numpy as np

def succeeds(action):
    try:
        action()
    except OSError:
        return False
    return True

libc = ctypes.CDLL(None, use_errno=True)
def system(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), "")

def control(command):
    system(16, file, ctypes.c_ulong(command), b"1234")

def error_of(action):
    try:
        action()
    except OSError as error:
        return error.errno

file = os.open(os.__file__, os.O_RDONLY)
mapped = mmap.mmap(file, 4096, access=mmap.ACCESS_READ)
page = ctypes.c_void_p(np.frombuffer(mapped, "u1").ctypes.data)
parent = os.getppid()
print(json.dumps({{
    "read the course": succeeds(lambda: open({str(REPOSITORY / "pyproject.toml")!r}).read()),
    "list the root": succeeds(lambda: os.listdir("/")),
    "change python": succeeds(lambda: open(os.__file__, "r+")),
    "write here": succeeds(lambda: open("mine", "w")),
    "socket": succeeds(lambda: socket.socket()),
    "network": succeeds(lambda: socket.socket(type=socket.SOCK_DGRAM).connect(("127.0.0.1", 9))),
    "trace": succeeds(lambda: system(101, 16, parent, 0, 0)),
    "see the parent": succeeds(lambda: open(f"/proc/{{parent}}/status").read()),
    "read the parent": succeeds(lambda: open(f"/proc/{{parent}}/environ").read()),
    "its memory": succeeds(lambda: open(f"/proc/{{parent}}/mem", "rb").read()),
    "its descriptors": succeeds(lambda: os.readlink(f"/proc/{{parent}}/fd/0")),
    "a terabyte": succeeds(lambda: mmap.mmap(-1, 2**40)),
    "a new namespace": os.system("unshare -U true 2>/dev/null") == 0,
    "be root": succeeds(lambda: os.setuid(0)) and os.getuid() != os.geteuid(),
    "set the clock": succeeds(lambda: system(227, 0, 0)),
    "shared memory": succeeds(lambda: system(29, 7, 4096, 0o1600)),
    "a file in memory": succeeds(lambda: os.memfd_create("x")),
    "free memory": succeeds(lambda: os.sysconf("SC_AVPHYS_PAGES") and system(99, bytes(200))),
    "pages in memory": succeeds(lambda: system(27, page, 4096, bytes(1))),
    "pages by reading": succeeds(lambda: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT)),
    "signals by a file": succeeds(lambda: fcntl.fcntl(file, fcntl.F_SETOWN, os.getpid())),
    "signals by a pipe": error_of(lambda: control(0x8901)) != errno.EPERM,
    "type into a terminal": error_of(lambda: control(0x100000000 + 0x5412)) != errno.EPERM,
    "a hint on a file": succeeds(lambda: fcntl.fcntl(file, 1036, (3).to_bytes(8, "little"))),
    "a lease": succeeds(lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)),
    "others' priority": succeeds(lambda: os.getpriority(os.PRIO_USER, 0)),
    "others' time": succeeds(lambda: time.clock_gettime((~{os.getpid()} << 3) | 2)),
    "others' session": succeeds(lambda: os.getsid({os.getpid()})),
}}))
"""
FORBIDDEN_ALWAYS = {
    "trace",
    "read the parent",
    "its memory",
    "its descriptors",
    "be root",
    "set the clock",
}
FORBIDDEN_BY = {
    "namespaces": {
        *("read the course", "network", "see the parent", "change python"),
        *("others' time", "others' session"),
    },
    "landlock": {"read the course", "list the root", "see the parent", "change python"},
    "seccomp": {
        *("socket", "network", "a new namespace", "shared memory", "a file in memory"),
        *("free memory", "pages in memory", "pages by reading", "signals by a file"),
        *("signals by a pipe", "type into a terminal", "a hint on a file", "a lease"),
        *("others' priority", "others' time", "others' session"),
    },
    "rlimits": {"a terabyte"},
}


def attempt(runner):
    """Which of the attempts succeed in a student's cell."""
    made = notebook(ATTEMPTS)
    runner.run(made, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    results = json.loads(made.cells[0].outputs[-1].text)
    return {name for name, succeeded in results.items() if succeeded}


SCRIPT = """
import json
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import JailPolicy
from tests.unit.autograder.sandbox import test_jail
with JailedRunner(JailPolicy(disable=frozenset(%r), allow_root=True)) as runner:
    print(json.dumps([list(runner.layers), sorted(test_jail.attempt(runner))]))
"""


def test_everything_is_forbidden_with_all_layers(runner):
    """On a machine where each of them works."""
    assert set(runner.layers) == set(LAYERS), runner.findings
    assert attempt(runner) == {"write here"}


def test_everything_is_forbidden_if_an_ordinary_user_grades(as_ordinary_user):
    """No layer needs the rights of root."""
    layers, succeeded = json.loads(as_ordinary_user(SCRIPT % []))
    assert set(layers) == set(LAYERS)
    assert succeeded == ["write here"]


@pytest.mark.parametrize("alone", LAYERS)
def test_a_layer_alone_forbids_what_it_is_for(alone):
    """Each works without the others."""
    with JailedRunner(JailPolicy(disable=frozenset(LAYERS) - {alone}, allow_root=True)) as runner:
        assert runner.layers == (alone,)
        succeeded = attempt(runner)
    assert "write here" in succeeded
    assert not succeeded & (FORBIDDEN_BY[alone] | FORBIDDEN_ALWAYS)


@pytest.mark.parametrize("grader", ["this user", "an ordinary user"])
def test_without_any_layer_no_other_process_can_be_read(grader, as_ordinary_user):
    """Memory, environment and descriptors of the zygote are closed in any case."""
    if grader == "this user":
        with JailedRunner(JailPolicy(disable=frozenset(LAYERS), allow_root=True)) as runner:
            layers, succeeded = runner.layers, attempt(runner)
    else:
        layers, succeeded = json.loads(as_ordinary_user(SCRIPT % list(LAYERS)))
    assert not layers
    assert not set(succeeded) & FORBIDDEN_ALWAYS


def test_the_grader_itself_cannot_be_read_without_any_layer():
    """It knows the tests: not even a process of the same user reads its memory or environment."""
    import os

    grader = os.getpid()
    with JailedRunner(JailPolicy(disable=frozenset(LAYERS), allow_root=True)) as runner:
        made = notebook(f"""
            for name in ("mem", "environ", "maps"):
                try: print(name, len(open(f"/proc/{grader}/{{name}}", "rb").read(10)))
                except OSError as error: print(type(error).__name__)
        """)
        runner.run(made, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert made.cells[0].outputs[0].text == "PermissionError\n" * 3


def test_a_process_that_escapes_is_killed_without_namespaces():
    """A daemon that forked twice into a session of its own ends with its submission."""
    import psutil

    with JailedRunner(JailPolicy(disable=frozenset({"namespaces"}), allow_root=True)) as runner:
        made = notebook(
            "!(setsid sleep 4321 >/dev/null 2>&1 &) ; (setsid sleep 4321 >/dev/null 2>&1 &)"
        )
        runner.run(made, limits=LIMITS, seed="", files=None, rerun_experiments=False)
        survivors = [
            process
            for process in psutil.process_iter(["cmdline"])
            if "4321" in (process.info["cmdline"] or ())
        ]
    assert survivors == []


def test_a_fork_bomb_is_limited(execute):
    """The number of processes is limited, and the next cell runs."""
    printed = execute(
        """
        import os
        made = 0
        try:
            while made < 1000:
                if os.fork() == 0:
                    import time; time.sleep(100)
                made += 1
        except OSError: pass
        print(0 < made < 100)
        """,
        "print('on')",
    )
    assert printed == ["True\n", "on\n"]


def test_the_disk_is_limited(execute):
    """Neither one file nor many can fill more than the scratch directory."""
    printed = execute("""
        written = 0
        try:
            for i in range(1000):
                with open(f"f{i}", "wb") as file: written += file.write(bytes(2**23))
        except OSError: pass
        print(2**23 <= written <= 2**28)
    """)
    assert printed == ["True\n"]


def test_a_required_layer_that_is_missing_stops_everything():
    """A course can say which layers it insists on."""
    policy = JailPolicy(disable=frozenset({"seccomp"}), require=frozenset({"seccomp"}))
    with pytest.raises(EngineError, match="seccomp is required here but does not hold"):
        ZygoteClient(policy)


def test_of_layers_joined_by_a_bar_one_is_enough():
    """Files may be closed in either way; without both, the sentence names both."""
    policy = JailPolicy(disable=frozenset({"landlock"}), require=frozenset({"namespaces|landlock"}))
    with ZygoteClient(policy) as zygote:
        assert "namespaces" in zygote.layers
    both = frozenset({"namespaces", "landlock"})
    policy = JailPolicy(disable=both, require=policy.require, allow_root=True)
    with pytest.raises(EngineError, match="One of the jail layers namespaces and landlock"):
        ZygoteClient(policy)


WHO_RUNS = """
import os
from autograder.engine.trusted.errors import EngineError
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import JailPolicy
from tests.support.cells import LIMITS, notebook
made = notebook("import os; print(os.getuid(), os.geteuid())")
try:
    with JailedRunner(JailPolicy(disable=frozenset({"namespaces"}))) as runner:
        runner.run(made, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    print(made.cells[0].outputs[0].text)
except EngineError as error:
    print(error)
"""


# In a mount namespace of its own: Python's own modules in a folder that only root may enter.
HIDE_PYTHON = """
mkdir -p {hold}/upper {hold}/work
mount -t tmpfs tmpfs {hold}
mkdir {hold}/upper {hold}/work
mount -t overlay -o lowerdir={modules},upperdir={hold}/upper,workdir={hold}/work none {modules}
chmod 700 {modules}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("readable", [True, False])
def test_student_code_never_runs_as_root(tmp_path, readable):
    """Without namespaces it runs as nobody or, where nobody cannot read Python, not at all."""
    modules = Path(os.__file__).parent
    script = open_root_home(tmp_path / "home")
    if not readable:
        script += [HIDE_PYTHON.format(hold=tmp_path / "hold", modules=modules)]
    command = ["unshare", "-m", "sh", "-ec", "\n".join([*script, 'exec "$@"']), "sh"]
    printed = subprocess.check_output([*command, sys.executable, "-c", WHO_RUNS], text=True)
    if readable:
        assert printed.strip() == "65534 65534"
    else:
        assert printed.startswith("Student code would run as root here: ")
        assert str(modules) in printed


def test_an_unknown_layer_is_refused_by_name():
    """A mistyped name must not be ignored."""
    with pytest.raises(ValueError, match="seccmp"):
        JailPolicy(disable=frozenset({"seccmp"}))
    with pytest.raises(ValueError, match="landlok"):
        JailPolicy(require=frozenset({"namespaces|landlok"}))


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_other_systems_are_refused_with_a_sentence(monkeypatch, system):
    """It says what to do instead."""
    monkeypatch.setattr(platform, "system", lambda: system)
    supported, sentence = is_supported()
    assert not supported
    assert "--jail none" in sentence
