"""The warm parent: a process with the libraries loaded, forked once per submission.

It is executed on its own (``main``), with a clean environment, and imports nothing of the grader
but what a child needs: no test, no solution, no expected value is in its memory or ever gets
there. It takes four commands from the grader and dies when the grader does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import signal
import socket
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.channel import Channel
from autograder.sandbox import jail
from autograder.sandbox.jail import Jail, JailPolicy, ResourceLimits
from autograder.sandbox.root_filesystem import runtime_paths

_MESSAGE = 1 << 20
_STOPPED = 0x7F  # a wait status
_PRELOAD = (
    "ipykernel.zmqshell "  # first: by its presence tqdm, for one, knows a notebook
    "asyncio concurrent.futures csv dataclasses decimal fractions itertools json math random "
    "resource statistics subprocess tempfile timeit zipfile "
    "numpy numpy.testing scipy.io scipy.optimize scipy.special scipy.stats "
    "matplotlib.pyplot matplotlib_inline.backend_inline matplotlib.animation matplotlib.cm "
    "matplotlib.colors matplotlib.backends.backend_agg mpl_toolkits.mplot3d "
    "sklearn sklearn.datasets sklearn.linear_model sklearn.metrics sklearn.model_selection "
    "sklearn.preprocessing PIL.Image PIL.PngImagePlugin ipywidgets tqdm tqdm.auto tqdm.notebook "
    "IPython.display IPython.core.magics.execution IPython.core.magics.pylab encodings.idna"
)
# Each first use costs: magics, fonts in each size, mathematical text.
_FIGURES = (
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
        jail: Closed around each child.
        control: The socket to the grader.
        shell: A warm shell that has run nothing of a student's.
    """

    jail: Jail
    control: socket.socket
    shell: Any
    _scratch: dict[int, Path | None] = field(default_factory=dict)

    def serve(self) -> None:
        """Take commands until the grader's end closes; then leave no child behind."""
        try:
            while True:
                data, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE, 1)
                if not data:
                    return
                kind, argument = wire.loads(data)
                reply: Any = None
                if kind == "fork":
                    reply = self._fork(
                        ResourceLimits(**argument), socket.socket(fileno=descriptors[0])
                    )
                elif kind == "signal":
                    os.kill(*argument)  # a child of ours: its number is free only once it is reaped
                elif kind == "draw":
                    warm_up(self.shell, _FIGURES)
                    gc.freeze()  # as Jail.prepare does, and why
                else:
                    reply = self._reap(argument)
                self.control.send(wire.dumps(reply))
        finally:
            for child in list(self._scratch):
                self._reap(child)

    def _fork(self, bounds: ResourceLimits, end: socket.socket) -> int:
        scratch = self.jail.scratch()
        child = self.jail.fork()
        if child:
            end.close()
            self._scratch[child] = scratch
            return child
        try:
            self._become_student(bounds, scratch, end)
        finally:
            os._exit(1)

    def _become_student(
        self, bounds: ResourceLimits, scratch: Path | None, end: socket.socket
    ) -> None:
        from autograder.engine.child.student_process import StudentProcess  # noqa: PLC0415  loaded long since

        channel = Channel(end)
        try:
            self.control.close()
            os.dup2(1, 2)  # nowhere: the grader's terminal is not the student's to write to
            home = self.jail.enter(bounds, scratch)
            for name in ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_CONFIG_DIR"):
                del os.environ[name]  # they name the grader's own folder
            os.environ.update(HOME=str(home), TMPDIR=str(home), PWD=str(home))
        except OSError as error:
            channel.send(wire.dumps(("failed", f"The jail could not be closed: {error}")))
            return
        channel.send(wire.dumps(("ready", "")))
        StudentProcess(channel, self.shell).serve()

    def _reap(self, child: int) -> tuple[int, float]:
        """Kill a child and whatever it started; returns its wait status and CPU seconds."""
        scratch = self._scratch.pop(child)
        os.kill(child, signal.SIGKILL)
        status = _STOPPED
        while os.WIFSTOPPED(status):  # it may have had itself traced, and stopped, before
            _, status, usage = os.wait4(child, 0)
        self._kill_orphans()
        if scratch:
            jail.remove_tree(scratch)
        return status, usage.ru_utime + usage.ru_stime

    def _kill_orphans(self) -> None:
        """Without a PID namespace a student's processes outlive it and become ours, as we asked."""
        while True:
            others = [pid for pid in _children() if pid not in self._scratch]
            if not others:
                return
            for pid in others:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return [int(pid) for pid in path.read_text().split()]
    except OSError:  # no /proc in our own mount namespace, and then a PID namespace for each child
        return []


def preload() -> Any:
    """Load what notebooks import; returns a shell ready to be forked."""
    from traitlets.config import Config  # noqa: PLC0415  with IPython, after the clean start

    import utils  # noqa: PLC0415  the notebooks' own library
    from autograder.engine.child import student_process  # noqa: F401, PLC0415  children must find it loaded
    from autograder.engine.child.shell import Shell  # noqa: PLC0415

    # No history: it is kept in a file, by a thread, and a thread does not survive a fork.
    # tqdm.auto, for one, asks whether there is a kernel's application in the config.
    config = Config(HistoryManager={"enabled": False}, IPKernelApp={})
    shell = Shell.instance(config=config)
    for name in _PRELOAD.split():
        importlib.import_module(name)
    for module in pkgutil.walk_packages(utils.__path__, "utils."):
        # One that cannot be imported is the notebook's affair, if it wants it at all.
        with contextlib.suppress(Exception):
            importlib.import_module(module.name)
    _remember_libraries()
    random_state.speed_up_state_access()
    warm_up(shell, ("1/0",))  # a traceback costs, the first time
    return shell


def warm_up(shell: Any, cells: Iterable[str]) -> None:
    """Run cells of our own for what they leave loaded; to the shell it is as if it had run none."""
    from autograder.engine.protocol.outputs import Collector  # noqa: PLC0415

    before = sys.stdout, sys.stderr
    shell.collect(Collector(1 << 24))
    for cell in cells:
        shell.run(cell, 1)
    sys.stdout, sys.stderr = before
    shell.reset(new_session=True)
    shell.collector = Collector(0)


def _remember_libraries() -> None:
    """For threadpoolctl, and so for scikit-learn: it finds them in /proc, which children lack."""
    import threadpoolctl  # type: ignore[import-untyped]  # noqa: PLC0415  comes with scikit-learn

    kind = threadpoolctl.ThreadpoolController
    found = kind().lib_controllers
    kind._load_libraries = lambda self: self.lib_controllers.extend(found)  # noqa: SLF001


def main(descriptor: str) -> None:
    """Entry point; ``descriptor`` is the number of the socket to the grader."""
    with contextlib.suppress(OSError):  # if memory runs out, let it be a student who is killed
        Path("/proc/self/oom_score_adj").write_text("1000")
    control = socket.socket(fileno=int(descriptor))
    control.set_inheritable(False)
    del sys.argv[1:]
    settings = wire.loads(control.recv(_MESSAGE))
    try:
        shell = preload()
        readable = runtime_paths(Path(name) for name in settings["readable"])
        policy = JailPolicy(frozenset(settings["disable"]), frozenset(settings["require"]))
        cell = Jail(policy, readable, Path(settings["workspace"]))
        cell.prepare()
    except Exception:  # noqa: BLE001  whatever it is, the grader must hear of it
        control.send(wire.dumps(("failed", traceback.format_exc(limit=-3))))
        return
    control.send(wire.dumps(("ready", cell.findings)))
    Zygote(cell, control, shell).serve()
