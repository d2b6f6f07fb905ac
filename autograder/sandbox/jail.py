"""What the kernel enforces on a student's process, in layers that hold or fail on their own.

Always: a session of its own, no capabilities and no way to new ones, no user rights of root where
there is another user to be, memory that processes of the same user cannot read, no inherited
descriptor. And, each where the machine allows it (``LAYERS``):

* ``namespaces``: no other process to be seen, no network, no shared memory, and of the file
  system only Python, ``utils`` and an empty scratch directory;
* ``landlock``: the same limit on files once more, by path;
* ``seccomp``: no sockets, no tracing, no mounting, no new namespaces;
* ``rlimits``: memory, CPU time, file size, open files, processes.

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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from autograder.sandbox import layer_checks, root_filesystem, seccomp, syscalls

LAYERS = ("namespaces", "landlock", "seccomp", "rlimits")
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class JailPolicy:
    """Which layers to use.

    Attributes:
        disable: Layers to leave off, to learn what each is for.
        require: Layers without which nothing is run.
    """

    disable: frozenset[str] = frozenset()
    require: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = sorted((self.disable | self.require) - set(LAYERS))
        if unknown:
            raise ValueError(
                f"There is no jail layer {unknown[0]!r}; there are {', '.join(LAYERS)}."
            )


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """What one child may use; the ``rlimits`` layer."""

    memory: int = 2 * 2**30
    cpu_seconds: int = 300
    disk: int = 256 * 2**20
    open_files: int = 256
    processes: int = 64


class JailError(Exception):
    """The jail could not be closed; nothing was run in it."""


def is_supported() -> tuple[bool, str]:
    """Whether submissions can be jailed on this system, and if not, what to do."""
    if platform.system() == "Linux":
        return True, ""
    return False, (
        "Submissions can only be run safely on Linux. Grade in a container or a virtual machine "
        "with Linux, or run work that you trust with --jail none."
    )


class Jail:
    """The layers that hold for the children of one zygote.

    Args:
        policy: Which layers to use.
        readable: Files and folders that children may read.
        workspace: A folder of the zygote's own, for mount points and scratch directories.

    Attributes:
        findings: For each layer why it does not hold; empty where it does.
    """

    def __init__(self, policy: JailPolicy, readable: Iterable[Path], workspace: Path) -> None:
        self._policy = policy
        self._readable = self._resolved = tuple(readable)
        self._scratch = root_filesystem.scratch_path(self._readable)
        self._workspace = workspace
        self._own_user_namespace = False
        self._identity: tuple[int, int] | None = None
        self._filter: Any = None
        self._proc = -1
        self._pid_namespace = -1
        self.findings: dict[str, str] = {}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that hold."""
        return tuple(layer for layer, fault in self.findings.items() if not fault)

    def prepare(self) -> None:
        """Find out which layers hold and set up what the children share. Called once.

        Raises:
            JailError: If a required layer does not hold.
        """
        (self._workspace / "witness").write_text("a file that a child must not read")
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        prepare: dict[str, Callable[[], str]] = {
            "namespaces": self._prepare_namespaces,
            "landlock": _prepare_landlock,
            "seccomp": self._prepare_seccomp,
            "rlimits": lambda: "",
        }
        for layer in LAYERS:
            off = layer in self._policy.disable
            self.findings[layer] = "it was switched off" if off else prepare[layer]()
        self._identity = self._lesser_identity()
        self._resolved = tuple(path.resolve() for path in self._readable)  # in children's root
        syscalls.adopt_orphans()
        syscalls.set_dumpable(False)
        self._prove()
        missing = sorted(self._policy.require - set(self.layers))
        if missing:
            raise JailError(
                f"The jail layer {missing[0]} is required here but does not hold: "
                f"{self.findings[missing[0]]}. `autograder doctor` says more."
            )
        gc.freeze()  # a collection in a child would touch, and so copy, every page of the parent

    def fork(self) -> int:
        """Fork a child, in a PID namespace of its own where namespaces hold."""
        if "namespaces" not in self.layers:
            return os.fork()
        syscalls.unshare(syscalls.CLONE_NEWPID)
        child = os.fork()
        if child:  # back, or the next unshare would fail: the kernel nests one level at a time
            syscalls.setns(self._pid_namespace, syscalls.CLONE_NEWPID)
        return child

    def scratch(self) -> Path | None:
        """A scratch directory on disk for the next child; None where it gets a private one."""
        if "namespaces" in self.layers:
            return None
        folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._workspace))
        if self._identity:
            os.chown(folder, *self._identity)
        return folder

    def enter(
        self, bounds: ResourceLimits, scratch: Path | None, only: tuple[str, ...] | None = None
    ) -> Path:
        """Close the jail around this process for good; returns its scratch directory.

        Args:
            bounds: For the layer ``rlimits``.
            scratch: What ``scratch`` gave for this child.
            only: Of the layers that hold, those to use; all, if None. For their proofs.

        Raises:
            OSError: If a layer that was found to hold does not. Nothing may be run then.
        """
        layers = self.layers if only is None else only
        os.setsid()
        if "namespaces" in layers:
            scratch = self._own_mounts(bounds)
        scratch = scratch or self._scratch
        size = self._address_space()
        if self._identity:
            os.setgroups([])
            os.setresgid(*[self._identity[1]] * 3)
            os.setresuid(*[self._identity[0]] * 3)
        own_users = "namespaces" in layers and self._own_users()
        if "rlimits" in layers:
            self._set_limits(bounds, size, own_users=own_users)
        os.close(self._proc)
        if self._pid_namespace >= 0:
            os.close(self._pid_namespace)
        syscalls.forbid_new_privileges()
        syscalls.drop_capabilities()
        syscalls.set_dumpable(False)
        syscalls.die_with_parent(signal.SIGKILL)
        os.chdir(scratch)
        if "landlock" in layers:
            syscalls.landlock(self._rules(scratch))
        if "seccomp" in layers:
            self._load_filter()
        return scratch

    # -- which layers hold --------------------------------------------------------------------

    def _prove(self) -> None:
        """Let each layer, alone in a child that is thrown away, show that it forbids."""
        witness = self._workspace / "witness"
        for layer in self.layers:
            scratch, child = self.scratch(), self.fork()
            if child == 0:
                code = 1
                try:
                    self.enter(ResourceLimits(), scratch, only=(layer,))
                    code = not layer_checks.is_enforced(layer, witness)
                finally:
                    os._exit(code)
            if os.waitpid(child, 0)[1]:
                self.findings[layer] = "it let through what it must forbid"
            if scratch:
                remove_tree(scratch)

    def _prepare_seccomp(self) -> str:
        if not seccomp.available():
            return "libseccomp is not installed (Debian: libseccomp2)"
        self._filter = seccomp.build(own_signals_only=False)

        def load() -> None:
            syscalls.forbid_new_privileges()
            self._filter.load()

        return "" if _succeeds(load) else "the kernel refuses a filter"

    def _prepare_namespaces(self) -> str:
        for own_user in (False, True):
            self._own_user_namespace = own_user
            if _succeeds(self._try_namespaces):
                self._leave_the_world()
                return ""
        self._own_user_namespace = False
        return "this system does not let us make user and mount namespaces"

    def _try_namespaces(self) -> None:
        """All of what this layer does, in a child that is thrown away."""

        def own_mounts() -> None:
            self._own_mounts(ResourceLimits())

        self._leave_the_world()
        syscalls.unshare(syscalls.CLONE_NEWPID)
        if not _succeeds(own_mounts):
            raise OSError("mounts of its own were refused to a child")

    # -- namespaces ---------------------------------------------------------------------------

    def _leave_the_world(self) -> None:
        """Move this process into namespaces of its own, with a root that holds ``readable``."""
        flags = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWNET | syscalls.CLONE_NEWIPC
        user, group = os.geteuid(), os.getegid()
        if self._own_user_namespace:
            syscalls.unshare(flags | syscalls.CLONE_NEWUSER)
            self._map_users(user, group)
        else:
            syscalls.unshare(flags)
        root_filesystem.enter_root(self._workspace / "root", self._readable, self._scratch)
        # A PID namespace for ourselves, too: an ordinary user may come back to no other, and
        # should we be killed, the kernel kills whatever is left in it.
        syscalls.unshare(syscalls.CLONE_NEWPID)
        child = os.fork()
        if child:
            _stand_by(child)
        syscalls.die_with_parent(signal.SIGKILL)
        flags = os.O_RDONLY | os.O_CLOEXEC
        self._pid_namespace = os.open("self/ns/pid", flags, dir_fd=self._proc)

    def _own_mounts(self, bounds: ResourceLimits) -> Path:
        syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC)
        user, group = self._identity or (os.geteuid(), os.getegid())
        syscalls.mount(
            "tmpfs",
            self._scratch,
            "tmpfs",
            syscalls.MS_NOSUID | syscalls.MS_NODEV,
            f"mode=700,size={bounds.disk},nr_inodes=16384,uid={user},gid={group}",
        )
        return self._scratch

    def _own_users(self) -> bool:
        """A user namespace per child: its processes are counted apart from everybody else's."""
        user, group = os.geteuid(), os.getegid()
        try:
            syscalls.set_dumpable(True)  # else /proc/self would belong to root
            syscalls.unshare(syscalls.CLONE_NEWUSER)
        except OSError:
            return False
        self._map_users(user, group)
        return True

    def _map_users(self, user: int, group: int) -> None:
        lines = (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        )
        for name, text in lines:
            descriptor = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=self._proc)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)

    # -- the other layers ---------------------------------------------------------------------

    def _lesser_identity(self) -> tuple[int, int] | None:
        """User and group for children of root: nobody, provided that nobody can read Python."""
        if os.geteuid() != 0 or self._own_user_namespace:
            return None

        def reads_python() -> None:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            Path(os.__file__).read_bytes()

        return (NOBODY, NOBODY) if _succeeds(reads_python) else None

    def _address_space(self) -> int:
        """Bytes of address space in use: libraries, mostly, which are not the student's."""
        descriptor = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        try:
            pages = int(os.read(descriptor, 64).split()[0])
        finally:
            os.close(descriptor)
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _set_limits(self, bounds: ResourceLimits, size: int, *, own_users: bool) -> None:
        import resource  # noqa: PLC0415  exists on Unix only; this module must import anywhere

        processes = bounds.processes
        if not own_users:  # then the kernel counts all processes of this user on the machine
            processes += self._processes_of(os.geteuid())
        limits = {
            resource.RLIMIT_AS: size + bounds.memory,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_CPU: bounds.cpu_seconds,
            resource.RLIMIT_FSIZE: bounds.disk,
            resource.RLIMIT_NOFILE: bounds.open_files,
            resource.RLIMIT_NPROC: processes,
            resource.RLIMIT_MSGQUEUE: 0,
        }
        for what, value in limits.items():
            hard = resource.getrlimit(what)[1]
            limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(what, (limit, limit))

    def _processes_of(self, user: int) -> int:
        count = 0
        for entry in Path("/proc").glob("[0-9]*"):  # nothing, in a root without /proc
            with contextlib.suppress(OSError):  # it has ended meanwhile
                count += entry.stat().st_uid == user
        return count

    def _rules(self, scratch: Path) -> Iterator[tuple[Path, syscalls.Access]]:
        everything = syscalls.Access(2 * syscalls.Access.IOCTL_DEV - 1)
        for path in self._resolved:
            yield path, syscalls.Access.READ
        for device in root_filesystem.DEVICES:
            yield device, syscalls.Access.READ_FILE | syscalls.Access.WRITE_FILE
        nodes = syscalls.Access.MAKE_CHAR | syscalls.Access.MAKE_BLOCK | syscalls.Access.IOCTL_DEV
        yield scratch, everything & ~nodes

    def _load_filter(self) -> None:
        if "namespaces" in self.layers:
            self._filter.load()
        else:
            seccomp.build(own_signals_only=True).load()


def _stand_by(child: int) -> NoReturn:
    """Be nothing but the parent of ``child``, hold nothing open, and end as it ends."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _prepare_landlock() -> str:
    return (
        "" if syscalls.landlock_version() else "this kernel has no Landlock, or it is switched off"
    )


def _succeeds(action: Callable[[], None]) -> bool:
    """Whether ``action`` runs without an exception, tried in a child that is thrown away."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def remove_tree(folder: Path) -> None:
    """Remove a scratch directory, whatever a student left in it."""
    shutil.rmtree(folder, ignore_errors=True)
