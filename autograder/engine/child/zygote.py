"""The zygote: a process with the libraries loaded, from which each student's process is forked.

It is executed on its own (``main``), with a clean environment, and imports nothing of the grader
but what a child needs: no test, no solution and no expected value is ever in its memory. It takes
four commands from the grader (fork, signal, draw, reap) and ends when the grader does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from autograder.engine.child import libraries
from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.channel import Channel
from autograder.sandbox.jail import Jail, JailError, JailPolicy, ResourceLimits, remove_tree
from autograder.sandbox.process_tree import INTERVAL, ProcessTree
from autograder.sandbox.root_filesystem import runtime_paths

_MAX_MESSAGE = 1 << 20
_HELD = (
    "autograder.engine.protocol.pandas_values",
    "autograder.engine.protocol.sparse_values",
)
_STOPPED = 0x7F  # the wait status of a stopped process
# The first use of each takes time: magics, fonts in each size, mathematical text.
_FIRST_FIGURES = (
    """\
%matplotlib inline
import matplotlib.pyplot as plt, numpy as np
fig, ax = plt.subplots()
ax.plot([0, 1], label="a"); ax.set_title("t"); ax.set_xlabel("$x_1$"); ax.legend()
ax.contourf([[0, 1], [1, 0]]); ax.scatter([0], [1], c=[1]); ax.imshow([[0, 1]])
plt.show()
""",
    """\
from utils import plots
before = {name: plt.rcParams[name] for name in plots.style()}
def draw():
    plots.plot_data(np.eye(2), np.array([[0, 1]])).set_yscale("log")
    plots.plot_histograms({"a": {"b": np.eye(2)}}, "t", "x")
draw()
""",
    "plt.rcParams.update(plots.style()); draw()",
    "plt.rcParams.update(before)",
)


@dataclass
class Zygote:
    """Serves one grader.

    Attributes:
        jail: Confines each child.
        control: The socket to the grader.
        shell: A shell that is ready to run cells and has run nothing of a student's.
    """

    jail: Jail
    control: socket.socket
    shell: Any
    _scratch_paths: dict[int, Path | None] = field(default_factory=dict)
    _trees: dict[int, ProcessTree] = field(default_factory=dict)
    _excesses: dict[int, str] = field(default_factory=dict)

    def serve(self) -> None:
        """Take commands until the grader's end closes; then leave no child behind."""
        try:
            while True:
                while not select.select([self.control], [], [], self._pause)[0]:
                    self._end_excessive_children()
                data, descriptors, _, _ = socket.recv_fds(self.control, _MAX_MESSAGE, 1)
                if not data:
                    return
                kind, argument = wire.loads(data)
                reply: Any = None
                if kind == "fork":
                    reply = self._fork(
                        ResourceLimits(**argument), socket.socket(fileno=descriptors[0])
                    )
                elif kind == "signal":
                    os.kill(*argument)  # a child: its number is not reused before it is reaped
                elif kind == "draw":
                    warm_up(self.shell, _FIRST_FIGURES)
                    gc.freeze()  # as in Jail.prepare, and for the same reason
                else:
                    reply = self._reap(argument)
                self.control.send(wire.dumps(reply))
        finally:
            for child in list(self._scratch_paths):
                self._reap(child)

    def _fork(self, limits: ResourceLimits, connection: socket.socket) -> int:
        scratch = self.jail.make_scratch()
        child = self.jail.fork()
        if child:
            connection.close()
            self._scratch_paths[child] = scratch
            if tree := self.jail.watch(child, limits):
                self._trees[child] = tree
            return child
        try:
            self._become_student(limits, scratch, connection)
        finally:
            os._exit(1)

    def _become_student(
        self, limits: ResourceLimits, scratch: Path | None, connection: socket.socket
    ) -> None:
        from autograder.engine.child.student_process import StudentProcess  # noqa: PLC0415  loaded before the fork, by preload

        channel = Channel(connection)
        try:
            self.control.close()
            _open_own_standard_files()
            home = self.jail.enter(limits, scratch)
            for name in ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_CONFIG_DIR"):
                del os.environ[name]  # they point to the grader's own folder
            os.environ.update(HOME=str(home), TMPDIR=str(home), PWD=str(home))
        except OSError as error:
            channel.send(wire.dumps(("failed", f"The jail could not be entered: {error}")))
            return
        channel.send(wire.dumps(("ready", "")))
        StudentProcess(channel, self.shell).serve()

    @property
    def _pause(self) -> float | None:
        """Seconds until the children must be looked at again; None while there are none."""
        return INTERVAL if self._trees else None

    def _end_excessive_children(self) -> None:
        """Kill children that use, with all that they started, more than they may."""
        for child, tree in list(self._trees.items()):
            if excess := tree.excess():
                self._excesses[child] = excess
                del self._trees[child]
                self.jail.kill(child, tree)

    def _reap(self, child: int) -> tuple[int, float, str]:
        """Kill a child and whatever it started.

        Returns:
            Its wait status, its CPU seconds, and what it used too much, if it was ended for that.
        """
        scratch = self._scratch_paths.pop(child)
        self._trees.pop(child, None)
        os.kill(child, signal.SIGKILL)
        status = _STOPPED
        while os.WIFSTOPPED(status):  # it may have arranged to be traced, and so stopped, before
            _, status, usage = os.wait4(child, 0)
        self._kill_orphans()
        if scratch:
            remove_tree(scratch)
        return status, usage.ru_utime + usage.ru_stime, self._excesses.pop(child, "")

    def _kill_orphans(self) -> None:
        """Kill processes that outlived their student's.

        Without a PID namespace they become children of this process, which is their subreaper.
        """
        while True:
            others = [pid for pid in _children() if pid not in self._scratch_paths]
            if not others:
                return
            for pid in others:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _open_own_standard_files() -> None:
    """Let standard input, output and error lead to nowhere, by a description of this child's own.

    Not to the grader's terminal, and not by the zygote's description: its flags would pass from one
    submission to the next.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return [int(pid) for pid in path.read_text().split()]
    except OSError:  # in a mount namespace without /proc each child has a PID namespace of its own
        return []


def preload(words: Iterable[str]) -> Any:
    """Load what notebooks need that hold these words; returns a shell ready to be forked."""
    from traitlets.config import Config  # noqa: PLC0415  as late as IPython, which imports it

    from autograder.engine.child import student_process  # noqa: F401, PLC0415  for the children
    from autograder.engine.child.shell import Shell  # noqa: PLC0415

    # No history: a thread would write it to a file, and a thread does not survive a fork.
    # An application of a kernel: tqdm.auto, for one, looks for it in the config.
    config = Config(HistoryManager={"enabled": False}, IPKernelApp={})
    shell = Shell.instance(config=config)
    for name in libraries.BASE.split():
        importlib.import_module(name)
    libraries.load_for(words)
    sys.meta_path.insert(0, _HeldModules(_HELD))
    random_state.speed_up_state_access()
    warm_up(shell, ("1/0",))  # the first traceback takes time
    return shell


class _HeldModules(Loader, MetaPathFinder):
    """Modules of ours that a child imports only if it meets values of the library they are about.

    Their code is held here: the child can read no files of ours.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._code: dict[str, CodeType] = {}
        for name in names:
            spec = importlib.util.find_spec(name)
            if spec is not None and spec.origin:
                self._code[name] = compile(Path(spec.origin).read_bytes(), spec.origin, "exec")

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname in self._code else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code[module.__name__], vars(module))  # noqa: S102  our own code


def warm_up(shell: Any, cells: Iterable[str]) -> None:
    """Run cells for what they leave loaded and cached; then reset the shell as if none had run."""
    from autograder.engine.protocol.outputs import Collector  # noqa: PLC0415

    before = sys.stdout, sys.stderr
    shell.send_output_to(Collector(1 << 24))
    for cell in cells:
        shell.run(cell, 1)
    sys.stdout, sys.stderr = before
    shell.reset(new_session=True)
    shell.collector = Collector(0)


def main(descriptor: str) -> None:
    """Entry point; ``descriptor`` is the number of the socket to the grader."""
    with contextlib.suppress(OSError):  # if memory runs out, a student's process is killed first
        Path("/proc/self/oom_score_adj").write_text("1000")
    control = socket.socket(fileno=int(descriptor))
    control.set_inheritable(False)
    del sys.argv[1:]
    settings = wire.loads(control.recv(_MAX_MESSAGE))
    try:
        shell = preload(settings["words"])
        readable = runtime_paths(Path(name) for name in settings["readable"])
        policy = JailPolicy(
            frozenset(settings["disable"]),
            frozenset(settings["require"]),
            allow_root=settings["allow_root"],
        )
        jail = Jail(policy, readable, Path(settings["workspace"]))
        jail.prepare()
    except JailError as error:
        control.send(wire.dumps(("refused", str(error))))
        return
    except Exception:  # noqa: BLE001  whatever it is, the grader must be told
        control.send(wire.dumps(("failed", traceback.format_exc(limit=-3))))
        return
    with contextlib.suppress(BrokenPipeError):  # the grader has ended, and so does this process
        control.send(wire.dumps(("ready", (jail.findings, jail.memory_bound))))
        Zygote(jail, control, shell).serve()
