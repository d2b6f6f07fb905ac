"""Diagnoses in a process of its own, which ends if it gives no answer in time.

What is replayed is the instructor's code, but its arguments may come from a student's function, and
a loop in C, which no exception of a signal handler ends, would hold up the class. The kernel ends
the process by its CPU time (``Deadline``), and this process, which waits for it, by the clock.

A process is forked from this one when it is first needed, and stays: what it has replayed is the
same for a whole class.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final, NoReturn, Protocol

from autograder.engine.protocol.random_state import RandomState
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.student_call import StudentCall
from autograder.freed_memory import trim_memory
from autograder.models import Verdict
from autograder.sandbox import syscalls
from utils.messages import current_language

_MAX_SECONDS: Final = 120.0
_ANSWERS_BETWEEN_TRIMS: Final = 10
_MAX_PROCESSES: Final = 4  # of so many assignments at once
_PlainCall = tuple[
    str, bytes, RandomState | None, bytes | None, bytes | None, tuple[str, str] | None
]


class Explainer(Protocol):
    """What diagnoses; a ``Diagnoser``."""

    @property
    def digest(self) -> bytes:
        """Digest of all that its answers depend on, apart from the calls."""
        ...

    def explain_calls(self, function: str, calls: Sequence[StudentCall]) -> tuple[str, ...]:
        """The name of what explains calls of a function, and the message; nothing if unclear."""
        ...


_processes: dict[tuple[bytes, str], DiagnosisProcess] = {}


def explain_elsewhere(
    diagnoser: Explainer, function: str, calls: Sequence[StudentCall]
) -> tuple[str, ...]:
    """What its ``explain_calls`` returns, found out in another process.

    Empty if it takes too long. Where this system cannot fork safely, it is done in this process.
    """
    if sys.platform != "linux":
        return diagnoser.explain_calls(function, calls)
    key = diagnoser.digest, current_language()  # which a fork keeps
    process = _processes.pop(key, None)
    if process is None or process.owner != os.getpid():
        process = DiagnosisProcess(diagnoser)
    try:
        told = process.ask(function, [_to_plain(call) for call in calls])
    except (OSError, EOFError):
        process.end()
        return ()
    _processes[key] = process  # the last one: it was used last
    while len(_processes) > _MAX_PROCESSES:
        _processes.pop(next(iter(_processes))).end()
    return told


class DiagnosisProcess:
    """A fork of this process that answers what explains calls.

    Args:
        diagnoser: The assignment's.

    Attributes:
        owner: The process that made it: in a fork of that it is somebody else's.
    """

    def __init__(self, diagnoser: Explainer) -> None:
        self.owner = os.getpid()
        self._connection, theirs = Pipe()
        with warnings.catch_warnings():
            # From Python 3.12 on: another thread might hold a lock. Ours only wait.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            _serve(theirs, diagnoser)
        theirs.close()

    def ask(self, function: str, calls: list[_PlainCall]) -> tuple[str, ...]:
        """What ``explain_calls`` returns.

        Raises:
            EOFError, OSError: If the process ended, or did not answer in time.
        """
        self._connection.send((function, len(calls)))
        for call in calls:  # one by one: they may be large, and are copied to be sent
            self._connection.send(call)
        if not self._connection.poll(_MAX_SECONDS):
            raise TimeoutError
        told: tuple[str, ...] = self._connection.recv()
        return told

    def end(self) -> None:
        """End the process."""
        self._connection.close()
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _serve(connection: Connection, diagnoser: Explainer) -> NoReturn:
    """Answer until the other process is gone."""
    try:
        syscalls.die_with_parent(signal.SIGKILL)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        gc.freeze()
        # Nothing else that this process inherited may seem to be in use: sockets, locks, pipes.
        os.closerange(3, connection.fileno())
        os.closerange(connection.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        for answered in itertools.count(1):
            _answer(connection, diagnoser)
            if answered % _ANSWERS_BETWEEN_TRIMS == 0:
                trim_memory()
    finally:
        os._exit(0)


def _answer(connection: Connection, diagnoser: Explainer) -> None:
    """Answer one question; nothing of it is kept while the next one is waited for."""
    function, count = connection.recv()
    calls = [_from_plain(*connection.recv()) for _ in range(count)]
    connection.send(diagnoser.explain_calls(function, calls))


def _to_plain(call: StudentCall) -> _PlainCall:
    """A call as values that can be sent; of an exception only its name and text are needed."""
    error = None if call.error is None else (call.error.ename, call.error.evalue)
    return call.function, call.question, call.random_state, call.answer, call.changed, error


def _from_plain(
    function: str,
    question: bytes,
    state: RandomState | None,
    answer: bytes | None,
    changed: bytes | None,
    error: tuple[str, str] | None,
) -> StudentCall:
    raised = StudentError(Verdict.RAISED, "", ename=error[0], evalue=error[1]) if error else None
    return StudentCall(function, question, state, answer, changed, raised)
