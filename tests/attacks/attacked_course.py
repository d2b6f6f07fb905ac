"""A course that is attacked: the secrets and targets in and around it, and what an attack gains."""

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
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Submission
from autograder.engine.child.libraries import LIBRARIES
from autograder.grading.grade import grade
from autograder.models import Grade
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import JailPolicy
from tests.attacks import vault
from tests.attacks.attack import Attack

HONEST_WORK = Attack(
    "honest",
    "work",
    "Nothing but answers.",
    score=vault.POINTS,
    answers={
        "double": "def double(x):\n    return x + x",
        "centre": "def centre(X):\n    return X - np.mean(X, axis=0, keepdims=True)",
        "count": "def count(n):\n    return [i for i in range(n)]",
        "fourfold": "def fourfold(x):\n    return double(x) + double(x)",
    },
)
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.shmat.restype = ctypes.c_void_p
_IPC_RMID = 0
_MAX_SHOWN = 2**20 * 5 // 2  # the 2 MiB of output that are kept, and the text around them


@dataclass
class AttackResult:
    """The result of one attack.

    Attributes:
        grade: Its grade.
        notebook: The executed notebook; None if it could not be run.
        gains: What it gained that it should not have, in words.
    """

    grade: Grade
    notebook: NotebookNode | None
    gains: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """The names of the exceptions that ended cells."""
        cells = [] if self.notebook is None else self.notebook.cells
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        return [output.ename for output in outputs if output.output_type == "error"]


class AttackedCourse:
    """A course, a runner, and targets outside the jail: files, sockets, shared memory, a terminal.

    Args:
        disable: Jail layers to switch off.
    """

    def __init__(self, disable: frozenset[str] = frozenset()) -> None:
        self._stack = contextlib.ExitStack()
        number = secrets.token_hex(8)
        self.token = f"TOKEN-{number}"
        self.mark = f"mark-{number[:8]}"
        self.root = Path(tempfile.mkdtemp(prefix="attacks-"))
        self._stack.callback(shutil.rmtree, self.root)
        self.assignment = vault.make(self.root / "course", self.token)
        self._create_files()
        self._listeners = self._listen()
        self._segment = self._create_shared_memory()
        # Anything that a child writes to an inherited terminal appears here.
        self._terminal = self._stack.enter_context((self.root / "terminal").open("w+b"))
        policy = JailPolicy(disable=disable, allow_root=True)
        self.runner = self._stack.enter_context(JailedRunner(policy))
        everything = new_notebook(cells=[new_code_cell(" ".join(LIBRARIES))])
        with _standard_error(self._terminal.fileno()):
            self.runner.start(everything)  # so that no attack makes it start another zygote
            self.layers = self.runner.layers
        self._processes = self._descendants()
        self._workspace = _file_names(self.runner._zygote._workspace)
        self._original_state = self._state()
        self.placeholders = {
            "COURSE": str(self.root / "course"),
            "GRADER": str(os.getpid()),
            "PORT": str(self._listeners["TCP"].getsockname()[1]),
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

    def grade(self, attack: Attack) -> AttackResult:
        """Grade a hostile submission and find out what it gained."""
        folder = self.root / "course" / "submitted" / "mallory" / vault.NAME
        shutil.rmtree(folder, ignore_errors=True)
        path = folder / f"{vault.NAME}.ipynb"
        attack.write(self.assignment.notebook, path, self.placeholders)
        submission = Submission(self.assignment, "mallory", folder)
        graded = grade(submission, self.runner, GradingOptions(seed=self.token))
        shutil.rmtree(folder)
        result = AttackResult(graded.grade, next(iter(graded.notebooks.values()), None))
        result.gains = [*self._gains_inside(attack, result), *self._gains_outside()]
        return result

    def _gains_inside(self, attack: Attack, result: AttackResult) -> Iterator[str]:
        """What its grade and its notebook hold that they should not."""
        if result.grade.score > attack.score:
            yield f"{result.grade.score:g} points instead of {attack.score:g}"
        shown = json.dumps(result.grade.to_json())
        if result.notebook is not None:
            shown += visible_text(result.notebook)
            if "SUCCEEDED" in printed_lines(result.notebook):
                yield "says that it succeeded"
        if self.token in shown:
            yield "the secret token is in what it shows"
        if any(number in shown for number in vault.EXPECTED):
            yield "an expected value is in what it shows"
        if len(shown) > _MAX_SHOWN:
            yield f"{len(shown) / 2**20:.0f} MiB of output are kept"

    def _gains_outside(self) -> Iterator[str]:
        """What it reached, changed or left behind outside its process; cleans that up."""
        for name, listener in self._listeners.items():
            if _was_reached(listener):
                yield f"reached {name}"
        state = self._state()
        if state != self._original_state:
            files = sorted(set(state) ^ set(self._original_state))
            yield f"changed the course: {files or 'content'}"
            self._restore()
        for path in _files_left_behind(self.mark):
            yield f"left {path.parent}"
            path.unlink(missing_ok=True)
        if left := self._descendants() - self._processes:
            yield f"left {len(left)} processes"
        for process in psutil.process_iter(["cmdline"]):
            if f"86{self.placeholders['MARKNUMBER']}" in (process.info["cmdline"] or ()):
                yield "left a process that lives on"
                process.kill()  # the attack's: nobody else knows the number
        if _file_names(self.runner._zygote._workspace) != self._workspace:
            yield "left a scratch directory"
        self._terminal.seek(0)
        if self.mark.encode() in self._terminal.read():
            yield "wrote to the grader's terminal"
            self._terminal.truncate(0)

    def _descendants(self) -> set[int]:
        """The processes that the zygote started, and orphans that it inherited."""
        zygote = psutil.Process(self.runner._zygote._process.pid)
        return {process.pid for process in zygote.children(recursive=True)}

    # -- targets ------------------------------------------------------------------------------

    def _create_files(self) -> None:
        course = self.root / "course"
        for folder in ("writable", "closed", "home/.ssh"):
            (course / folder).mkdir(parents=True)
        (course / "writable" / "note").write_text("x")
        (course / "home" / ".token").write_text(self.token)
        self.root.chmod(0o755)
        (course / "writable").chmod(0o777)  # the jail is tested here, not file modes
        for path in ("writable/note", "gradebook.db", "submitted/ada/vault/vault.ipynb"):
            (course / path).chmod(0o666)
        self._copy = self.root / "copy"
        shutil.copytree(course, self._copy)
        shared = Path("/dev/shm") / f"{self.mark}-secret"  # noqa: S108
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
        for stream in (unix, abstract):
            stream.listen()
        listeners = {
            "TCP": tcp,
            "UDP": udp,
            "a Unix socket": unix,
            "an abstract socket": abstract,
            "a Unix socket by a datagram": datagrams,
        }
        for listener in listeners.values():
            listener.setblocking(False)
        return listeners

    def _create_shared_memory(self) -> int:
        """Put the token into a System V segment; returns its number."""
        number = int(_LIBC.shmget(0, 4096, 0o1666))
        if number < 0:
            return number
        self._stack.callback(_LIBC.shmctl, number, _IPC_RMID, None)
        address = _LIBC.shmat(number, None, 0)
        ctypes.memmove(address, self.token.encode(), len(self.token))
        _LIBC.shmdt(ctypes.c_void_p(address))
        return number

    def _state(self) -> dict[str, str]:
        """Digest, mode, time and attributes of each file of the course that is not the attack's."""
        course = self.root / "course"
        return {
            str(path.relative_to(course)): _describe(path)
            for path in sorted(course.rglob("*"))
            if path.is_file() and "mallory" not in path.parts
        }

    def _restore(self) -> None:
        course = self.root / "course"
        for name in self._state():
            (course / name).unlink()
        for name in self._original_state:
            shutil.copy2(self._copy / name, course / name)


def printed_lines(notebook: NotebookNode) -> list[str]:
    """The lines that cells printed."""
    return [
        line
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
        for line in output.text.splitlines()
    ]


def visible_text(notebook: NotebookNode) -> str:
    """All that a student gets to see: outputs, the student's own cells, the recorded grade."""
    parts: list[Any] = [notebook.metadata]
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader", {}).get("grade")
        parts.append(cell.get("outputs", ()) if graded else cell)
    return json.dumps(parts)


def _was_reached(listener: socket.socket) -> bool:
    reached = False
    while True:
        try:
            if listener.type == socket.SOCK_DGRAM:
                listener.recv(1000)
            else:
                listener.accept()[0].close()
            reached = True
        except BlockingIOError:
            return reached


def _file_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _describe(path: Path) -> str:
    status = path.stat()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{digest} {status.st_mode:o} {status.st_mtime_ns} {os.listxattr(path)}"


def _files_left_behind(mark: str) -> list[Path]:
    folders = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")  # noqa: S108
    return [path for folder in folders for path in Path(folder).glob(f"{mark}-left")]


@contextlib.contextmanager
def _standard_error(descriptor: int) -> Iterator[None]:
    """Let processes that are started inside inherit another standard error."""
    before = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
