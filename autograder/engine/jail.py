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
import shutil
import signal
import site
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.engine import kernel, seccomp

LAYERS = ("namespaces", "landlock", "seccomp", "rlimits")
NOBODY = 65534
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store", "/etc/fonts")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SCRATCH = Path("/tmp")  # noqa: S108  in the child's own mount namespace, empty and private


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
class Bounds:
    """What one child may use; the ``rlimits`` layer."""

    memory: int = 2 * 2**30
    cpu_seconds: int = 300
    disk: int = 256 * 2**20
    open_files: int = 256
    processes: int = 64


class JailError(Exception):
    """The jail could not be closed; nothing was run in it."""


def supported() -> tuple[bool, str]:
    """Whether submissions can be jailed on this system, and if not, what to do."""
    if sys.platform == "linux":
        return True, ""
    return False, (
        "Submissions can only be run safely on Linux. Grade in a container or a virtual machine "
        "with Linux, or run work that you trust with --jail none."
    )


def runtime_paths(extra: Iterable[Path] = ()) -> tuple[Path, ...]:
    """What a notebook needs to read: Python, its packages, the system's libraries, ``extra``.

    Of each prefix only the folders that Python itself uses: somebody may have made the virtual
    environment in the course's own folder.
    """
    folders = [Path(name) for name in _SYSTEM]
    for prefix in dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, sys.prefix)):
        inside = ("bin", "lib", "lib64", "share", "etc", "pyvenv.cfg")
        folders += [Path(prefix) / name for name in inside]
    folders += [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
    folders += [Path(name) for name in site.getsitepackages()]
    folders += [Path(name) for name in _SYSTEM_FILES]
    folders += extra
    return tuple(dict.fromkeys(folder for folder in folders if folder.exists()))


class Jail:
    """The layers that hold for the children of one zygote.

    Args:
        policy: Which layers to use.
        readable: Files and folders that children may read.
        workspace: A folder of the zygote's own, for mount points and scratch directories.
    """

    def __init__(self, policy: JailPolicy, readable: Iterable[Path], workspace: Path) -> None:
        self._wanted = [layer for layer in LAYERS if layer not in policy.disable]
        self._policy = policy
        self._readable = tuple(readable)
        self._workspace = workspace
        self._own_user_namespace = False
        self._identity: tuple[int, int] | None = None
        self._filter: Any = None
        self._proc = -1
        self._pid_namespace = -1
        self.layers: tuple[str, ...] = ()

    def prepare(self) -> None:
        """Find out which layers hold and set up what the children share. Called once.

        Raises:
            JailError: If a required layer does not hold.
        """
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        holds = []
        for layer in self._wanted:
            if getattr(self, f"_prepare_{layer}")():
                holds.append(layer)
        self.layers = tuple(holds)
        missing = sorted(self._policy.require - set(holds))
        if missing:
            raise JailError(
                f"The jail layer {missing[0]} is required here but does not hold on this machine; "
                "`autograder doctor` says which do."
            )
        self._identity = self._lesser_identity()
        kernel.adopt_orphans()
        kernel.set_dumpable(False)
        gc.freeze()  # a collection in a child would touch, and so copy, every page of the parent

    def fork(self) -> int:
        """Fork a child, in a PID namespace of its own where namespaces hold."""
        if "namespaces" not in self.layers:
            return os.fork()
        kernel.unshare(kernel.CLONE_NEWPID)
        try:
            return os.fork()
        finally:
            # Else the next unshare would fail: the kernel nests one level at a time. In the child
            # this has no effect but on its own children, which belong in its namespace anyway.
            if os.getpid() != 1:
                kernel.setns(self._pid_namespace, kernel.CLONE_NEWPID)

    def scratch(self) -> Path | None:
        """A scratch directory on disk for the next child; None where it gets a private one."""
        if "namespaces" in self.layers:
            return None
        folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._workspace))
        if self._identity:
            os.chown(folder, *self._identity)
        return folder

    def enter(self, bounds: Bounds, scratch: Path | None) -> Path:
        """Close the jail around this process for good; returns its scratch directory.

        Raises:
            OSError: If a layer that was found to hold does not. Nothing may be run then.
        """
        os.setsid()
        if "namespaces" in self.layers:
            scratch = self._own_mounts(bounds)
        assert scratch is not None  # the zygote made one
        size = self._address_space()
        if self._identity:
            os.setgroups([])
            os.setresgid(*[self._identity[1]] * 3)
            os.setresuid(*[self._identity[0]] * 3)
        own_users = "namespaces" in self.layers and self._own_users()
        if "rlimits" in self.layers:
            self._set_limits(bounds, size, own_users=own_users)
        os.close(self._proc)
        os.close(self._pid_namespace)
        kernel.forbid_new_privileges()
        kernel.drop_capabilities()
        kernel.set_dumpable(False)
        kernel.die_with_parent(signal.SIGKILL)
        os.chdir(scratch)
        if "landlock" in self.layers:
            kernel.landlock(self._rules(scratch))
        if "seccomp" in self.layers:
            self._load_filter()
        return scratch

    # -- which layers hold --------------------------------------------------------------------

    def _prepare_rlimits(self) -> bool:
        return True

    def _prepare_landlock(self) -> bool:
        return kernel.landlock_version() > 0

    def _prepare_seccomp(self) -> bool:
        if not seccomp.available():
            return False
        self._filter = seccomp.build(own_signals_only=False)
        return _succeeds(lambda: (kernel.forbid_new_privileges(), self._filter.load()))

    def _prepare_namespaces(self) -> bool:
        for own_user in (False, True):
            if _succeeds(lambda: self._try_namespaces(own_user=own_user)):  # noqa: B023  called now
                self._own_user_namespace = own_user
                self._leave_the_world()
                return True
        return False

    def _try_namespaces(self, *, own_user: bool) -> None:
        """All of what this layer does, in a child that is thrown away."""
        self._own_user_namespace = own_user
        self._leave_the_world()
        kernel.unshare(kernel.CLONE_NEWPID)
        if not _succeeds(lambda: self._own_mounts(Bounds())):
            raise OSError("mounts of its own were refused to a child")

    # -- namespaces ---------------------------------------------------------------------------

    def _leave_the_world(self) -> None:
        """Move this process into namespaces of its own, with a root that holds ``readable``."""
        flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC
        user, group = os.geteuid(), os.getegid()
        if self._own_user_namespace:
            kernel.unshare(flags | kernel.CLONE_NEWUSER)
            self._map_users(user, group)
        else:
            kernel.unshare(flags)
        kernel.mount("none", Path("/"), flags=kernel.MS_REC | kernel.MS_PRIVATE)
        root = self._workspace / "root"
        root.mkdir(exist_ok=True)
        kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID, "mode=755,size=4m")
        with _umask(0o022):
            (root / "tmp").mkdir()
            done: list[Path] = []
            for path in (*self._readable, *map(Path, _DEVICES)):
                if not any(path.is_relative_to(above) for above in done):
                    _show(path, root)
                    done.append(path)
        kernel.change_root(root)
        kernel.make_read_only(Path("/"))

    def _own_mounts(self, bounds: Bounds) -> Path:
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
        user, group = self._identity or (os.geteuid(), os.getegid())
        kernel.mount(
            "tmpfs",
            _SCRATCH,
            "tmpfs",
            kernel.MS_NOSUID | kernel.MS_NODEV,
            f"mode=700,size={bounds.disk},nr_inodes=16384,uid={user},gid={group}",
        )
        return _SCRATCH

    def _own_users(self) -> bool:
        """A user namespace per child: its processes are counted apart from everybody else's."""
        user, group = os.geteuid(), os.getegid()
        try:
            kernel.set_dumpable(True)  # else /proc/self would belong to root
            kernel.unshare(kernel.CLONE_NEWUSER)
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
        """User and group that children become: nobody, if this is root and nobody can read Python."""
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

    def _set_limits(self, bounds: Bounds, size: int, *, own_users: bool) -> None:
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
        for entry in os.listdir(f"/proc") if "namespaces" not in self.layers else ():
            with contextlib.suppress(OSError):
                count += entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == user
        return count

    def _rules(self, scratch: Path) -> Iterator[tuple[Path, kernel.Access]]:
        everything = kernel.Access(2 * kernel.Access.IOCTL_DEV - 1)
        for path in self._readable:
            yield path.resolve(), kernel.Access.READ
        for name in _DEVICES:
            yield Path(name), kernel.Access.READ_FILE | kernel.Access.WRITE_FILE
        nodes = kernel.Access.MAKE_CHAR | kernel.Access.MAKE_BLOCK | kernel.Access.IOCTL_DEV
        yield scratch, everything & ~nodes

    def _load_filter(self) -> None:
        if "namespaces" in self.layers:
            self._filter.load()
        else:
            seccomp.build(own_signals_only=True).load()


def _show(path: Path, root: Path) -> None:
    """Bind ``path`` into ``root`` under its own name."""
    target = root / path.relative_to("/")
    if path.is_symlink() and path.parent == Path("/"):  # /lib -> usr/lib
        target.symlink_to(path.readlink())
        return
    source = path.resolve()
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    kernel.mount(str(source), target, flags=kernel.MS_BIND | kernel.MS_REC)
    if source != path:
        _show_real(source, root)


def _show_real(source: Path, root: Path) -> None:
    """Symlinks inside a package may name its real path."""
    target = root / source.relative_to("/")
    if not target.exists():
        _show(source, root)


@contextlib.contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _succeeds(action: Any) -> bool:
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


def remove(folder: Path) -> None:
    """Remove a scratch directory, whatever a student left in it."""
    shutil.rmtree(folder, ignore_errors=True)
