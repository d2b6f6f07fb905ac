"""Jails a student's process in layers, each of which works or fails independently of the others.

Always in force: a session of its own, no capabilities and no way to get any, an unprivileged user
where root has one to switch to, memory that processes of the same user cannot read, no inherited
descriptor. In addition, each where the machine allows it (``LAYERS``):

* ``namespaces``: no other process is visible, no network, no shared memory, and of the file
  system only Python, ``utils`` and an empty scratch directory;
* ``landlock``: the same limits on files once more, by path;
* ``seccomp``: no sockets, no tracing, no mounting, no new namespaces;
* ``rlimits``: memory, CPU time, file size, open files, processes; memory and CPU time of all
  processes of a child together are watched (``process_tree``).

The zygote calls ``prepare`` once and ``fork`` for each submission; the child calls ``enter``.
"""

from __future__ import annotations

import contextlib
import gc
import os
import platform
import shutil
import signal
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.sandbox import root_filesystem, seccomp, syscalls
from autograder.sandbox.layer_checks import is_enforced, succeeds_in_child
from autograder.sandbox.namespaces import Namespaces
from autograder.sandbox.process_tree import ProcessTree, number_in_proc

LAYERS = ("namespaces", "landlock", "seccomp", "rlimits")
NOBODY = 65534
_NO_USER = (
    "Student code would run as root here: there are no namespaces for it, and the user `nobody`, "
    "as whom it runs without them, cannot read Python in {python}. Install Python and the "
    "course's environment where everybody may read them, as in /opt, or grade as an ordinary user."
)


@dataclass(frozen=True, slots=True)
class JailPolicy:
    """Which layers to use.

    Attributes:
        disable: Layers to switch off, to learn what each of them does.
        require: Layers without which nothing is run. Of layers joined by ``|`` one is enough.
        allow_root: Whether student code may run as root, without root's rights, where there is no
            other user for it: for code that is trusted, and to learn what the layers do.

    Raises:
        ValueError: If there is no layer of that name.
    """

    disable: frozenset[str] = frozenset()
    require: frozenset[str] = frozenset()
    allow_root: bool = False

    def __post_init__(self) -> None:
        required = {layer for layers in self.require for layer in layers.split("|")}
        unknown = sorted((self.disable | required) - set(LAYERS))
        if unknown:
            raise ValueError(
                f"There is no jail layer {unknown[0]!r}; there are {', '.join(LAYERS)}."
            )

    def missing(self, layers: Collection[str]) -> list[str]:
        """What is required and not among these layers."""
        return sorted(
            required for required in self.require if not set(layers) & set(required.split("|"))
        )


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """What one child may use: the layer ``rlimits``, and the size of its scratch directory.

    Attributes:
        memory: Bytes of address space of each process, and of memory of all together, besides what
            the libraries take.
        cpu_seconds: CPU time of each process, and of all together.
        disk: Bytes in one file, and in the scratch directory where that is a mount of its own.
        open_files: Open descriptors of each process.
        processes: Processes and threads.
    """

    memory: int = 2 * 2**30
    cpu_seconds: int = 300
    disk: int = 256 * 2**20
    open_files: int = 256
    processes: int = 64


class JailError(Exception):
    """The jail could not be set up; nothing was run in it."""


def is_supported() -> tuple[bool, str]:
    """Whether submissions can be jailed on this system; if not, what to do instead."""
    if platform.system() == "Linux":
        return True, ""
    return False, (
        "Submissions can only be run safely on Linux. Grade in a container or a virtual machine "
        "with Linux, or run work that you trust with --jail none."
    )


class Jail:
    """The jail of the children of one zygote.

    Args:
        policy: Which layers to use.
        readable: Files and folders that children may read.
        workspace: A folder of the zygote's own, for mount points and scratch directories.

    Attributes:
        findings: For each layer why it is not in force; empty if it is.
    """

    def __init__(self, policy: JailPolicy, readable: Iterable[Path], workspace: Path) -> None:
        self._policy = policy
        self._readable = self._resolved = tuple(readable)
        self._workspace = workspace
        self._forbidden = workspace / "forbidden"
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._namespaces = Namespaces(self._readable, workspace, self._proc)
        self._identity: tuple[int, int] | None = None
        self._filter: Any = None
        self._finds_children = True
        self.findings: dict[str, str] = {}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are in force."""
        return tuple(layer for layer, reason in self.findings.items() if not reason)

    def prepare(self) -> None:
        """Find out which layers work here, and set up what the children share. Called once.

        Raises:
            JailError: If a required layer does not work, or student code would run as root.
        """
        self._forbidden.write_text("a file that a child must not read")
        prepare: dict[str, Callable[[], str]] = {
            "namespaces": self._namespaces.enter,
            "landlock": _prepare_landlock,
            "seccomp": self._prepare_seccomp,
            "rlimits": lambda: "",
        }
        for layer in LAYERS:
            disabled = layer in self._policy.disable
            self.findings[layer] = "it was switched off" if disabled else prepare[layer]()
        self._identity = self._unprivileged_identity()
        if self._would_run_as_root() and not self._policy.allow_root:
            raise JailError(_NO_USER.format(python=Path(os.__file__).parent))
        self._resolved = tuple(path.resolve() for path in self._readable)  # in the children's root
        syscalls.adopt_orphans()
        syscalls.set_dumpable(False)
        self._check_layers()
        for missing in self._policy.missing(self.layers):
            names = missing.split("|")
            what = f"The jail layer {names[0]} is required here but does not hold"
            if len(names) > 1:
                what = f"One of the jail layers {' and '.join(names)} is required here"
            reasons = "; ".join(self.findings[name] for name in names)
            raise JailError(f"{what}: {reasons}. `autograder doctor` says more.")
        gc.freeze()  # a collection in a child would touch, and so copy, every page of the parent

    def fork(self) -> int:
        """Fork a child; returns what ``os.fork`` does."""
        return self._namespaces.fork() if "namespaces" in self.layers else os.fork()

    def watch(self, child: int, limits: ResourceLimits) -> ProcessTree | None:
        """What watches a child and all that it starts; None where that is not limited."""
        if "rlimits" not in self.layers or not self._finds_children:
            return None
        number = number_in_proc(self._proc, child)
        return ProcessTree(self._proc, number, limits.memory, limits.cpu_seconds)

    def kill(self, child: int, tree: ProcessTree) -> None:
        """Kill a child and all that it started."""
        if "namespaces" in self.layers:
            os.kill(child, signal.SIGKILL)  # the rest of its PID namespace dies with it
        else:
            tree.kill()

    @property
    def memory_bound(self) -> str:
        """How the memory of all processes of a child together is bounded, in words."""
        if "rlimits" not in self.layers:
            return "not bounded"
        if not self._finds_children:
            return "each process by itself (/proc does not say here who started which process)"
        sees_inside = "namespaces" in self.layers or os.geteuid() == 0
        how = "measured" if sees_inside else "estimated, since it cannot look into them"
        return f"the zygote watches it ({how})"

    def make_scratch(self) -> Path | None:
        """Make a scratch directory for the next child; None where the child mounts its own."""
        if "namespaces" in self.layers:
            return None
        folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._workspace))
        if self._identity:
            os.chown(folder, *self._identity)
        return folder

    def enter(
        self, limits: ResourceLimits, scratch: Path | None, only: tuple[str, ...] | None = None
    ) -> Path:
        """Jail this process for good; returns its scratch directory.

        Args:
            limits: What it may use.
            scratch: What ``make_scratch`` returned for this child.
            only: Use only these of the layers in force, to check them one by one.

        Raises:
            OSError: If a layer that worked in ``prepare`` does not work now. The caller must not
                run anything then.
        """
        layers = self.layers if only is None else only
        os.setsid()
        if "namespaces" in layers:
            user, group = self._identity or (os.geteuid(), os.getegid())
            self._namespaces.mount_scratch(limits.disk, user, group)
        scratch = scratch or self._namespaces.scratch
        size = self._address_space()
        if self._identity:
            os.setgroups([])
            os.setresgid(*[self._identity[1]] * 3)
            os.setresuid(*[self._identity[0]] * 3)
        counted_alone = "namespaces" in layers and self._namespaces.enter_user_namespace()
        if "rlimits" in layers:
            _set_limits(limits, size, counted_alone=counted_alone)
        os.close(self._proc)
        self._namespaces.close()
        syscalls.forbid_new_privileges()
        syscalls.drop_capabilities()
        # Where nobody else sees it, the zygote may look how much memory it uses.
        syscalls.set_dumpable("namespaces" in layers)
        syscalls.die_with_parent(signal.SIGKILL)
        os.chdir(scratch)
        if "landlock" in layers:
            syscalls.landlock(self._landlock_rules(scratch))
        if "seccomp" in layers:
            self._load_filter()
        return scratch

    def _check_layers(self) -> None:
        """Check that each layer, alone in force in a child, forbids what it has to."""
        for layer in self.layers:
            scratch, child = self.make_scratch(), self.fork()
            if child == 0:
                code = 1
                try:
                    self.enter(ResourceLimits(), scratch, only=(layer,))
                    code = not is_enforced(layer, self._forbidden)
                finally:
                    os._exit(code)
            try:
                number_in_proc(self._proc, child)
            except OSError:
                self._finds_children = False
            if os.waitpid(child, 0)[1]:
                self.findings[layer] = "it let through what it must forbid"
            if scratch:
                remove_tree(scratch)

    def _prepare_seccomp(self) -> str:
        if not seccomp.available():
            return "libseccomp is not installed (Debian: libseccomp2)"
        self._filter = seccomp.build(in_namespaces=True)

        def load() -> None:
            syscalls.forbid_new_privileges()
            self._filter.load()

        return "" if succeeds_in_child(load) else "the kernel refuses a filter"

    def _load_filter(self) -> None:
        if "namespaces" in self.layers:
            self._filter.load()
        else:
            seccomp.build(in_namespaces=False).load()

    def _unprivileged_identity(self) -> tuple[int, int] | None:
        """User and group for children of root: nobody, if nobody can read Python."""
        if os.geteuid() != 0 or self._namespaces.has_user_namespace:
            return None

        def read_python_as_nobody() -> None:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            Path(os.__file__).read_bytes()

        return (NOBODY, NOBODY) if succeeds_in_child(read_python_as_nobody) else None

    def _would_run_as_root(self) -> bool:
        """Whether children keep the user id of root, which owns files that no layer closes."""
        outside = "namespaces" not in self.layers
        return outside and os.geteuid() == 0 and self._identity is None

    def _address_space(self) -> int:
        """Bytes of address space in use, mostly by libraries: the student is not charged for it."""
        descriptor = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        try:
            pages = int(os.read(descriptor, 64).split()[0])
        finally:
            os.close(descriptor)
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _landlock_rules(self, scratch: Path) -> Iterator[tuple[Path, syscalls.Access]]:
        everything = syscalls.Access(2 * syscalls.Access.IOCTL_DEV - 1)
        for path in self._resolved:
            yield path, syscalls.Access.READ
        for device in root_filesystem.DEVICES:
            yield device, syscalls.Access.READ_FILE | syscalls.Access.WRITE_FILE
        nodes = syscalls.Access.MAKE_CHAR | syscalls.Access.MAKE_BLOCK | syscalls.Access.IOCTL_DEV
        yield scratch, everything & ~nodes


def _prepare_landlock() -> str:
    return (
        "" if syscalls.landlock_version() else "this kernel has no Landlock, or it is switched off"
    )


def _set_limits(limits: ResourceLimits, size: int, *, counted_alone: bool) -> None:
    """Set the limits of this process.

    Args:
        limits: The limits.
        size: Bytes of address space that are in use already.
        counted_alone: Whether the kernel counts only this child's processes, not all of its user's.
    """
    import resource  # noqa: PLC0415  exists on Unix only; this module must import anywhere

    processes = limits.processes
    if not counted_alone:
        processes += _count_processes(os.geteuid())
    values = {
        resource.RLIMIT_AS: size + limits.memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.disk,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for what, value in values.items():
        hard = resource.getrlimit(what)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (limit, limit))


def _count_processes(user: int) -> int:
    count = 0
    for entry in Path("/proc").glob("[0-9]*"):  # none, in a root without /proc
        with contextlib.suppress(OSError):  # it has ended meanwhile
            count += entry.stat().st_uid == user
    return count


def remove_tree(folder: Path) -> None:
    """Remove a scratch directory, whatever a student left in it."""
    shutil.rmtree(folder, ignore_errors=True)
