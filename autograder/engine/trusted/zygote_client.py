"""The grader's side of the zygote and of the children it forks: start, ask, interrupt, kill."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import utils
from autograder import tempdirs
from autograder.course.assignment_toml import Limits
from autograder.engine.protocol import wire
from autograder.engine.protocol.channel import Channel, ClosedError, ExpiredError
from autograder.engine.trusted.errors import DiedError, EngineError
from autograder.models import Verdict
from autograder.sandbox.jail import JailPolicy, ResourceLimits, is_supported
from utils.messages import get_message

_START_SECONDS = 120.0
_COMMAND_SECONDS = 30.0
_MAX_MESSAGE = 1 << 20
_START_CODE = """\
import sys
code, packages, descriptor = sys.argv[1:]
if packages:
    ours = (n for n, path in enumerate(sys.path) if path.endswith("-packages"))
    sys.path.insert(next(ours, len(sys.path)), packages)
sys.path.append(code)
import utils
from autograder.engine.child.zygote import main
sys.path.remove(code)
main(descriptor)
"""

# There is no network: package managers fail at once rather than try again for ten seconds.
_OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_INPUT": "1",
    "PIP_RETRIES": "0",
    "PIP_DEFAULT_TIMEOUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_OFFLINE": "1",
    "CONDA_OFFLINE": "true",
    "CONDA_REMOTE_MAX_RETRIES": "0",
    "HF_HUB_OFFLINE": "1",
}


@dataclass(frozen=True, slots=True)
class ChildExit:
    """How a child ended.

    Attributes:
        status: As ``os.wait4`` gives it.
        cpu_seconds: What it and its own children used.
        excess: What all its processes used too much together, for which it was ended: ``memory``,
            ``cpu``, or empty.
    """

    status: int
    cpu_seconds: float
    excess: str = ""


class Child:
    """One student's process.

    Args:
        zygote: The zygote that it was forked from.
        pid: Its process id in the zygote's PID namespace.
        channel: The socket to it.
        limits: What it may use.

    Attributes:
        exit: How it ended; None while it lives.
    """

    def __init__(
        self, zygote: ZygoteClient, pid: int, channel: Channel, limits: ResourceLimits
    ) -> None:
        self._zygote = zygote
        self._limits = limits
        self._pid = pid
        self._channel = channel
        self._numbers = itertools.count(1)
        self._request_number = 0
        self.exit: ChildExit | None = None

    def ask(self, kind: str, payload: Any, deadline: float) -> list[Any]:
        """Send one request and wait for its answer, which is untrusted.

        Args:
            kind: What is asked for: ``begin``, ``cell``, ``get`` or ``call``.
            payload: As ``wire.Encoder`` encoded it.
            deadline: By ``time.monotonic``.

        Raises:
            ExpiredError: If there was no answer in time. Call ``interrupt`` or ``kill`` next.
            DiedError: If the child is gone or its answer was malformed. The child is dead then.
        """
        self._request_number = next(self._numbers)
        try:
            self._channel.send(wire.pack([self._request_number, kind, payload]), deadline)
            return self._receive_answer(deadline)
        except ClosedError:
            raise self._exit_error() from None

    def interrupt(self, deadline: float) -> list[Any] | None:
        """Interrupt what the child does; returns its late answer.

        A child that does not answer by the deadline is killed, and None returned.
        """
        self._zygote.signal(self._pid, signal.SIGINT)
        try:
            return self._receive_answer(deadline)
        except (ExpiredError, DiedError, ClosedError):
            self.kill()
            return None

    def kill(self) -> ChildExit:
        """End the child and every process it started. May be called again."""
        if self.exit is None:
            self._channel.close()
            self.exit = self._zygote.reap(self._pid)
        return self.exit

    def reject_answer(self, reason: str) -> DiedError:
        """Kill a child that broke the protocol, which honest code cannot do; returns the error."""
        self.kill()
        return DiedError(Verdict.FORBIDDEN, get_message("answer_not_read", reason=reason))

    def _receive_answer(self, deadline: float) -> list[Any]:
        try:
            answer = wire.unpack(self._channel.receive(wire.DEFAULT_LIMITS.size + 1024, deadline))
        except wire.TooLargeError as error:
            self.kill()
            raise DiedError(
                Verdict.OUTPUT_TOO_LARGE, get_message("answer_too_large", reason=error)
            ) from None
        except wire.WireError as error:
            raise self.reject_answer(str(error)) from None
        if not isinstance(answer, list) or len(answer) < 2 or answer[0] != self._request_number:
            raise self.reject_answer("it is not the answer to the question")
        return answer[1:]

    def _exit_error(self) -> DiedError:
        """Reap a child that closed its channel; returns the error that says how it ended."""
        ended = self.kill()
        status = ended.status
        if ended.excess == "memory":
            return DiedError(
                Verdict.OUT_OF_MEMORY,
                get_message("too_much_memory", megabytes=self._limits.memory // 2**20),
            )
        if ended.excess == "cpu":
            return DiedError(
                Verdict.TIMED_OUT,
                get_message("too_much_time", seconds=self._limits.cpu_seconds),
            )
        if os.WIFEXITED(status):
            code = os.WEXITSTATUS(status)
            return DiedError(Verdict.RAISED, get_message("ended_process", code=code))
        number = os.WTERMSIG(status)
        if number in {signal.SIGKILL, signal.SIGXCPU}:
            return DiedError(
                Verdict.OUT_OF_MEMORY,
                get_message("killed_process"),
                killed=number == signal.SIGKILL,
            )
        name = signal.Signals(number).name
        return DiedError(Verdict.RAISED, get_message("crashed_process", name=name))


class ZygoteClient:
    """A running zygote. Create one, and fork it for each submission.

    Args:
        policy: Which jail layers to use and which to insist on.
        readable: Folders that children may read besides Python and ``utils``.
        words: What to load, besides what every notebook needs: of ``engine.child.libraries``.
        packages: A folder of packages that come before those of this environment.

    Attributes:
        words: As given.
        findings: For each jail layer why it does not hold; empty where it does.
        memory_bound: How the memory of all processes of a child together is bounded, in words.
    """

    def __init__(
        self,
        policy: JailPolicy | None = None,
        readable: tuple[Path, ...] = (),
        words: frozenset[str] = frozenset(),
        packages: Path | None = None,
    ) -> None:
        self.words = words
        self._packages = packages
        able, sentence = is_supported()
        if not able:
            raise EngineError(sentence)
        self._policy = policy or JailPolicy()
        self._readable = (Path(utils.__file__).parent, *readable, *([packages] if packages else ()))
        self._has_drawn = False
        self._workspace = tempdirs.make_directory("zygote")
        self._workspace.chmod(0o711)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.findings: dict[str, str] = {}
        self.memory_bound = ""
        try:
            self._process = self._start(theirs)
            self.findings, self.memory_bound = self._wait_until_ready()
        except BaseException:
            self.close()
            raise
        finally:
            theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """The jail layers in force around every child."""
        return tuple(layer for layer, fault in self.findings.items() if not fault)

    def fork(self, limits: ResourceLimits) -> Child:
        """Fork a child, jailed, that has run nothing yet.

        Raises:
            EngineError: If that fails.
        """
        ours, theirs = socket.socketpair()
        channel = Channel(ours)
        try:
            pid = self._command(("fork", asdict(limits)), [theirs.fileno()])
        except BaseException:
            channel.close()
            raise
        finally:
            theirs.close()
        child = Child(self, pid, channel, limits)
        try:
            state, reason = wire.loads(
                channel.receive(_MAX_MESSAGE, time.monotonic() + _COMMAND_SECONDS)
            )
        except (ClosedError, ExpiredError, wire.WireError) as error:
            child.kill()
            raise EngineError(f"A student's process could not be started: {error}") from error
        if state != "ready":
            child.kill()
            raise EngineError(str(reason))
        return child

    def draw_first_figures(self) -> None:
        """Draw figures once in the zygote: its children then draw theirs a third faster.

        It takes nearly as long as the start, so it only pays for a class that draws.
        """
        if not self._has_drawn:
            self._exchange(("draw", None), [], _START_SECONDS)
            self._has_drawn = True

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Send a signal to a child."""
        self._command(("signal", (pid, int(number))))

    def reap(self, pid: int) -> ChildExit:
        """Kill a child and wait for it; returns how it ended."""
        return ChildExit(*self._command(("reap", pid)))

    def close(self) -> None:
        """End the zygote and its children; remove its folder."""
        self._control.close()
        process = getattr(self, "_process", None)
        if process is not None:
            try:
                process.wait(_COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        tempdirs.remove_directory(self._workspace)

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        """Execute the zygote: it inherits one socket and these environment variables only."""
        temporary = str(self._workspace)
        _copy_font_list(self._workspace)
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": temporary,
            "IPYTHONDIR": temporary,
            "MPLCONFIGDIR": temporary,
            "JUPYTER_CONFIG_DIR": temporary,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "LANG": "C.UTF-8",
            **_OFFLINE,
            **{
                f"{library}_NUM_THREADS": "1"
                for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
            },
        }
        code = Path(__file__).parents[3]
        arguments = [str(code), str(self._packages or ""), str(theirs.fileno())]
        os.set_inheritable(theirs.fileno(), True)
        return subprocess.Popen(  # noqa: S603  our own interpreter, our own code
            [sys.executable, "-I", "-c", _START_CODE, *arguments],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )

    def _wait_until_ready(self) -> tuple[dict[str, str], str]:
        """Send the settings and wait for the libraries to be loaded.

        Returns:
            The findings, and how memory is bounded.
        """
        settings = {
            "disable": sorted(self._policy.disable),
            "require": sorted(self._policy.require),
            "allow_root": self._policy.allow_root,
            "readable": [str(path) for path in self._readable],
            "workspace": str(self._workspace),
            "words": sorted(self.words),
        }
        state, report = self._exchange(settings, [], _START_SECONDS)
        if state == "refused":
            raise EngineError(str(report))
        if state != "ready":
            raise EngineError(f"The zygote process did not start: {report}")
        findings, memory_bound = report
        return findings, memory_bound

    def _command(self, command: Any, descriptors: list[int] | None = None) -> Any:
        return self._exchange(command, descriptors or [], _COMMAND_SECONDS)

    def _exchange(self, message: Any, descriptors: list[int], seconds: float) -> Any:
        self._control.settimeout(seconds)
        try:
            socket.send_fds(self._control, [wire.dumps(message)], descriptors)
            data = self._control.recv(_MAX_MESSAGE)
        except OSError as error:
            raise EngineError(f"The zygote process is gone: {error}") from error
        if not data:
            raise EngineError("The zygote process is gone.")
        return wire.loads(data)


def _copy_font_list(folder: Path) -> None:
    """Copy this user's matplotlib font list, which takes seconds to make, for the zygote."""
    with contextlib.suppress(OSError, RuntimeError):  # matplotlib can make another
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        cached = Path(os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib"))
        for path in cached.glob("fontlist-*.json"):
            shutil.copyfile(path, folder / path.name)


def resource_limits(limits: Limits) -> ResourceLimits:
    """A submission's limits, in the form that the jail takes."""
    return ResourceLimits(
        memory=limits.memory_mb * 2**20,
        cpu_seconds=int(limits.submission_seconds) + 1,
        processes=limits.processes,
    )
