"""A course under attack: secrets and bait around it, and what an attack got of them."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
from nbformat import NotebookNode

from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Submission
from autograder.grading.grade import grade
from autograder.models import Grade
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import JailPolicy
from tests.attacks import vault
from tests.attacks.attack import Attack

HONEST = Attack(
    "honest",
    "work",
    "Nothing but answers.",
    score=vault.POINTS,
    answers={
        "double": "def double(x):\n    return x + x",
        "centre": "def centre(X):\n    return X - np.mean(X, axis=0, keepdims=True)",
        "count": "def count(n):\n    return [i for i in range(n)]",
    },
)
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.shmat.restype = ctypes.c_void_p
_REMOVE = 0  # IPC_RMID
_MOST_SHOWN = 2**20 * 5 // 2  # an allowance of 2 MiB, and what is around it


@dataclass
class Outcome:
    """What came of one attack.

    Attributes:
        grade: Its grade.
        notebook: The executed notebook; None if it could not be run.
        got: What it got that it should not have, in words.
    """

    grade: Grade
    notebook: NotebookNode | None
    got: list[str] = field(default_factory=list)


class Bench:
    """One course, one runner, and the bait.

    Args:
        disable: Jail layers to leave off.
    """

    def __init__(self, disable: frozenset[str] = frozenset()) -> None:
        self._stack = contextlib.ExitStack()
        number = secrets.token_hex(8)
        self.token = f"TOKEN-{number}"
        self.mark = f"mark-{number[:8]}"
        self.root = Path(tempfile.mkdtemp(prefix="attacks-"))
        self._stack.callback(shutil.rmtree, self.root)
        self.assignment = vault.make(self.root / "course", self.token)
        self._bait()
        self._ends = self._listen()
        self._segment = self._share()
        # What a child writes to an inherited terminal would appear here.
        self._terminal = self._stack.enter_context((self.root / "terminal").open("w+b"))
        self.runner = self._stack.enter_context(JailedRunner(JailPolicy(disable=disable)))
        with _standard_error(self._terminal.fileno()):
            self.layers = self.runner.layers
        self._processes = self._descendants()
        self._workspace = _names(self.runner._warm._workspace)
        self._digest = self._state()
        self.known = {
            "COURSE": str(self.root / "course"),
            "GRADER": str(os.getpid()),
            "PORT": str(self._ends["TCP"].getsockname()[1]),
            "SOCKET": str(self.root / "socket"),
            "ABSTRACT": self.mark,
            "SEGMENT": str(self._segment),
            "MARK": self.mark,
            "MARKNUMBER": str(int(number[:6], 16)),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def assault(self, attack: Attack) -> Outcome:
        """Grade a hostile submission; see what it got."""
        folder = self.root / "course" / "submitted" / "mallory" / vault.NAME
        shutil.rmtree(folder, ignore_errors=True)
        path = folder / f"{vault.NAME}.ipynb"
        attack.write(self.assignment.notebook, path, self.known)
        submission = Submission(self.assignment, "mallory", folder)
        graded = grade(submission, self.runner, GradingOptions(seed=self.token))
        shutil.rmtree(folder)
        outcome = Outcome(graded.grade, graded.notebook)
        outcome.got = [*self._gains(attack, outcome), *self._traces()]
        return outcome

    def _gains(self, attack: Attack, outcome: Outcome) -> Iterator[str]:
        if outcome.grade.score > attack.score:
            yield f"{outcome.grade.score:g} points instead of {attack.score:g}"
        shown = json.dumps(outcome.grade.to_json())
        if outcome.notebook is not None:
            shown += shown_of(outcome.notebook)
            if "SUCCEEDED" in printed(outcome.notebook):
                yield "says that it succeeded"
        if self.token in shown:
            yield "the secret token is in what it shows"
        if any(number in shown for number in vault.EXPECTED):
            yield "an expected value is in what it shows"
        if len(shown) > _MOST_SHOWN:
            yield f"{len(shown) / 2**20:.0f} MiB of output are kept"

    def _traces(self) -> Iterator[str]:
        """What it left or reached outside; taken away again."""
        for name, end in self._ends.items():
            if _was_reached(end):
                yield f"reached {name}"
        state = self._state()
        if state != self._digest:
            yield f"changed the course: {sorted(set(state) ^ set(self._digest)) or 'content'}"
            self._restore()
        for path in _everywhere(self.mark):
            yield f"left {path.parent}"
            path.unlink(missing_ok=True)
        if left := self._descendants() - self._processes:
            yield f"left {len(left)} processes"
        for process in psutil.process_iter(["cmdline"]):
            if f"86{self.known['MARKNUMBER']}" in (process.info["cmdline"] or ()):
                yield "left a process that lives on"
                process.kill()  # ours: nobody else knows the number
        if _names(self.runner._warm._workspace) != self._workspace:
            yield "left a scratch directory"
        self._terminal.seek(0)
        if self.mark.encode() in self._terminal.read():
            yield "wrote to the grader's terminal"
            self._terminal.truncate(0)

    def _descendants(self) -> set[int]:
        """What the warm parent started, and what fell to it as an orphan."""
        warm = psutil.Process(self.runner._warm._process.pid)
        return {process.pid for process in warm.children(recursive=True)}

    # -- bait ---------------------------------------------------------------------------------

    def _bait(self) -> None:
        course = self.root / "course"
        for folder in ("writable", "closed", "home/.ssh"):
            (course / folder).mkdir(parents=True)
        (course / "writable" / "note").write_text("x")
        (course / "home" / ".token").write_text(self.token)
        self.root.chmod(0o755)
        (course / "writable").chmod(0o777)  # what the jail is for is not the work of file modes
        for path in ("writable/note", "gradebook.db", "submitted/ada/vault/vault.ipynb"):
            (course / path).chmod(0o666)
        self._copy = self.root / "copy"
        shutil.copytree(course, self._copy)
        shared = Path("/dev/shm") / f"{self.mark}-bait"  # noqa: S108
        shared.write_text(self.token)
        self._stack.callback(shared.unlink, missing_ok=True)

    def _listen(self) -> dict[str, socket.socket]:
        enter = self._stack.enter_context
        tcp = enter(socket.create_server(("127.0.0.1", 0)))
        udp = enter(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(tcp.getsockname())
        unix, abstract = enter(socket.socket(socket.AF_UNIX)), enter(socket.socket(socket.AF_UNIX))
        unix.bind(str(self.root / "socket"))
        abstract.bind(f"\0{self.mark}")
        datagrams = enter(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(str(self.root / "socket.datagram"))
        for name in ("socket", "socket.datagram"):
            (self.root / name).chmod(0o666)
        for end in (unix, abstract):
            end.listen()
        ends = {
            "TCP": tcp,
            "UDP": udp,
            "a Unix socket": unix,
            "an abstract socket": abstract,
            "a Unix socket by a datagram": datagrams,
        }
        for end in ends.values():
            end.setblocking(False)
        return ends

    def _share(self) -> int:
        """A System V segment that holds the token."""
        number = int(_LIBC.shmget(0, 4096, 0o1666))
        if number < 0:
            return number
        self._stack.callback(_LIBC.shmctl, number, _REMOVE, None)
        place = _LIBC.shmat(number, None, 0)
        ctypes.memmove(place, self.token.encode(), len(self.token))
        _LIBC.shmdt(ctypes.c_void_p(place))
        return number

    def _state(self) -> dict[str, str]:
        course = self.root / "course"
        return {
            str(path.relative_to(course)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(course.rglob("*"))
            if path.is_file() and "mallory" not in path.parts
        }

    def _restore(self) -> None:
        course = self.root / "course"
        for name in self._state():
            (course / name).unlink()
        for name in self._digest:
            shutil.copy(self._copy / name, course / name)


def printed(notebook: NotebookNode) -> list[str]:
    """The lines that cells printed."""
    return [
        line
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
        for line in output.text.splitlines()
    ]


def shown_of(notebook: NotebookNode) -> str:
    """All that a student gets to see: outputs, the student's own cells, the recorded grade."""
    seen: list[Any] = [notebook.metadata]
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader", {}).get("grade")
        seen.append(cell.get("outputs", ()) if graded else cell)
    return json.dumps(seen)


def _was_reached(end: socket.socket) -> bool:
    reached = False
    while True:
        try:
            if end.type == socket.SOCK_DGRAM:
                end.recv(1000)
            else:
                end.accept()[0].close()
            reached = True
        except BlockingIOError:
            return reached


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _everywhere(mark: str) -> list[Path]:
    folders = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")  # noqa: S108
    return [path for folder in folders for path in Path(folder).glob(f"{mark}-left")]


@contextlib.contextmanager
def _standard_error(descriptor: int) -> Iterator[None]:
    """Let what is started inside inherit another standard error."""
    before = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
