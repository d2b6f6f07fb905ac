"""The grader's hold on the zygote and on the children it forks: start, ask, interrupt, kill."""

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
from autograder.engine.protocol import wire
from autograder.engine.protocol.channel import Channel, ClosedError, ExpiredError
from autograder.engine.trusted.errors import DiedError, EngineError
from autograder.models import Verdict
from autograder.sandbox.jail import JailPolicy, ResourceLimits, is_supported

_START_SECONDS = 120.0
_COMMAND_SECONDS = 30.0
_MESSAGE = 1 << 20
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); import utils; "
    "from autograder.engine.child.zygote import main; "
    "sys.path.remove(sys.argv[1]); main(sys.argv.pop())"
)


@dataclass(frozen=True, slots=True)
class ChildExit:
    """How a child ended.

    Attributes:
        status: As ``os.wait4`` gives it.
        cpu_seconds: What it and its own children used.
    """

    status: int
    cpu_seconds: float


class Child:
    """One student's process.

    Args:
        warm: The zygote it was forked from.
        pid: Its number as the zygote sees it.
        channel: The socket to it.
    """

    def __init__(self, warm: ZygoteClient, pid: int, channel: Channel) -> None:
        self._warm = warm
        self._pid = pid
        self._channel = channel
        self._numbers = itertools.count(1)
        self._asked = 0
        self.end: ChildExit | None = None

    def ask(self, kind: str, payload: Any, deadline: float) -> list[Any]:
        """Send one request and wait for its answer, which is untrusted.

        Args:
            kind: What is asked.
            payload: As ``wire.Encoder`` lowered it.
            deadline: By ``time.monotonic``.

        Raises:
            ExpiredError: If there was no answer in time. ``settle`` or ``kill`` comes next.
            DiedError: If the child is gone or answered with what is no answer. It is dead then.
        """
        self._asked = next(self._numbers)
        try:
            self._channel.send(wire.pack([self._asked, kind, payload]), deadline)
            return self._answer(deadline)
        except ClosedError:
            raise self._died() from None

    def settle(self, deadline: float) -> list[Any] | None:
        """Interrupt what the child does; its late answer, or None (and it is dead) without one."""
        self._warm.signal(self._pid, signal.SIGINT)
        try:
            return self._answer(deadline)
        except (ExpiredError, DiedError, ClosedError):
            self.kill()
            return None

    def kill(self) -> ChildExit:
        """End the child and every process it started. May be called again."""
        if self.end is None:
            self._channel.close()
            self.end = self._warm.reap(self._pid)
        return self.end

    def _answer(self, deadline: float) -> list[Any]:
        try:
            answer = wire.unpack(self._channel.receive(wire.CAPS.size + 1024, deadline))
        except wire.TooLargeError as error:
            self.kill()
            raise DiedError(
                Verdict.OUTPUT_TOO_LARGE, f"The answer cannot be read: {error}."
            ) from None
        except wire.WireError as error:
            raise self.lied(str(error)) from None
        if not isinstance(answer, list) or len(answer) < 2 or answer[0] != self._asked:
            raise self.lied("it is not the answer to the question")
        return answer[1:]

    def lied(self, reason: str) -> DiedError:
        """Kill a child that does not keep to the protocol; honest code cannot get there."""
        self.kill()
        return DiedError(
            Verdict.FORBIDDEN, f"The answer of the notebook's process cannot be read: {reason}."
        )

    def _died(self) -> DiedError:
        status = self.kill().status
        if os.WIFEXITED(status):
            code = os.WEXITSTATUS(status)
            return DiedError(
                Verdict.RAISED, f"The code ended its Python process (exit code {code})."
            )
        number = os.WTERMSIG(status)
        if number in {signal.SIGKILL, signal.SIGXCPU}:
            return DiedError(
                Verdict.OUT_OF_MEMORY,
                "The code's process was killed by the system; most likely it took too much memory.",
                killed=number == signal.SIGKILL,
            )
        name = signal.Signals(number).name
        return DiedError(Verdict.RAISED, f"The code crashed its Python process ({name}).")


class ZygoteClient:
    """The zygote, as the grader has it. Start it once, fork it for each submission.

    Args:
        policy: The jail's layers.
        readable: Folders that children may read besides Python and ``utils``.

    Attributes:
        findings: For each jail layer why it does not hold; empty where it does.
    """

    def __init__(
        self,
        policy: JailPolicy | None = None,
        readable: tuple[Path, ...] = (),
    ) -> None:
        able, sentence = is_supported()
        if not able:
            raise EngineError(sentence)
        self._policy = policy or JailPolicy()
        self._readable = (Path(utils.__file__).parent, *readable)
        self._draws = False
        self._workspace = tempdirs.make_directory("warm")
        self._workspace.chmod(0o711)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.findings: dict[str, str] = {}
        try:
            self._process = self._start(theirs)
            self.findings = self._greet()
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

    def fork(self, bounds: ResourceLimits) -> Child:
        """A fresh child, jailed, that has run nothing yet.

        Raises:
            EngineError: If there is none to be had.
        """
        ours, theirs = socket.socketpair()
        channel = Channel(ours)
        try:
            pid = self._command(("fork", asdict(bounds)), [theirs.fileno()])
        except BaseException:
            channel.close()
            raise
        finally:
            theirs.close()
        child = Child(self, pid, channel)
        try:
            state, reason = wire.loads(
                channel.receive(_MESSAGE, time.monotonic() + _COMMAND_SECONDS)
            )
        except (ClosedError, ExpiredError, wire.WireError) as error:
            child.kill()
            raise EngineError(f"A student's process could not be started: {error}") from error
        if state != "ready":
            child.kill()
            raise EngineError(str(reason))
        return child

    def draw(self) -> None:
        """Draw first figures, unless that was done: children that draw are a third quicker then.

        Takes nearly as long as the start, so only for a class that draws.
        """
        if not self._draws:
            self._exchange(("draw", None), [], _START_SECONDS)
            self._draws = True

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Send a signal to a child."""
        self._command(("signal", (pid, int(number))))

    def reap(self, pid: int) -> ChildExit:
        """Kill a child, wait for it, and say how it ended."""
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
        """Execute the zygote: nothing is inherited but one socket, no variable but these."""
        temporary = str(self._workspace)
        _share_fonts(self._workspace)
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": temporary,
            "IPYTHONDIR": temporary,
            "MPLCONFIGDIR": temporary,
            "JUPYTER_CONFIG_DIR": temporary,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "LANG": "C.UTF-8",
            **{
                f"{library}_NUM_THREADS": "1"
                for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
            },
        }
        code = Path(__file__).parents[3]
        os.set_inheritable(theirs.fileno(), True)
        return subprocess.Popen(  # noqa: S603  our own interpreter, our own code
            [sys.executable, "-I", "-c", _BOOT, str(code), str(theirs.fileno())],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )

    def _greet(self) -> dict[str, str]:
        settings = {
            "disable": sorted(self._policy.disable),
            "require": sorted(self._policy.require),
            "readable": [str(path) for path in self._readable],
            "workspace": str(self._workspace),
        }
        state, told = self._exchange(settings, [], _START_SECONDS)
        if state != "ready":
            raise EngineError(f"The warm parent process did not start: {told}")
        return dict(told)

    def _command(self, command: Any, descriptors: list[int] | None = None) -> Any:
        return self._exchange(command, descriptors or [], _COMMAND_SECONDS)

    def _exchange(self, message: Any, descriptors: list[int], seconds: float) -> Any:
        self._control.settimeout(seconds)
        try:
            socket.send_fds(self._control, [wire.dumps(message)], descriptors)
            data = self._control.recv(_MESSAGE)
        except OSError as error:
            raise EngineError(f"The warm parent process is gone: {error}") from error
        if not data:
            raise EngineError("The warm parent process is gone.")
        return wire.loads(data)


def _share_fonts(folder: Path) -> None:
    """Give matplotlib the list of fonts that it made for this user: to make it takes a while."""
    with contextlib.suppress(OSError, RuntimeError):  # it can make another
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        known = Path(os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib"))
        for path in known.glob("fontlist-*.json"):
            shutil.copyfile(path, folder / path.name)
