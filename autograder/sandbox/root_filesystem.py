"""The file system that a student's process sees: Python, system libraries, a few devices."""

from __future__ import annotations

import contextlib
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.sandbox import syscalls

# Where a child mounts its scratch directory, in a mount namespace of its own.
_SCRATCH, _OTHER_SCRATCH = Path("/tmp"), Path("/scratch")  # noqa: S108
# Not zero: a shared mapping of it is memory that no limit of address space bounds.
DEVICES = tuple(Path("/dev", name) for name in ("null", "full", "random", "urandom"))
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store", "/etc/fonts")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


def runtime_paths(extra: Iterable[Path] = ()) -> tuple[Path, ...]:
    """What a notebook has to read: Python, its packages, the system's libraries, and ``extra``.

    Of each prefix, these are only the folders that Python itself uses: the virtual environment may
    be the course folder itself.
    """
    folders = [Path(name) for name in _SYSTEM]
    for prefix in dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, sys.prefix)):
        names = ("bin", "lib", "lib64", "share", "etc", "pyvenv.cfg")
        folders += [Path(prefix) / name for name in names]
    folders += [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
    folders += [Path(name) for name in site.getsitepackages()]
    folders += [Path(name) for name in _SYSTEM_FILES]
    folders += extra
    return tuple(dict.fromkeys(folder for folder in folders if folder.exists()))


def scratch_path(readable: Iterable[Path]) -> Path:
    """Where a child's scratch directory hides nothing that the child must read.

    A virtual environment may be below ``/tmp``, if somebody only tries out a course.
    """
    hidden = any(path.is_relative_to(_SCRATCH) for path in readable)
    return _OTHER_SCRATCH if hidden else _SCRATCH


def enter_root(root: Path, readable: Iterable[Path], scratch: Path) -> None:
    """Replace the root of this process with a file system of only ``readable`` and some devices.

    The process must be in a mount namespace of its own.

    Raises:
        OSError: If the kernel refuses. The mount namespace cannot be used any more then.
    """
    syscalls.mount("none", Path("/"), flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    root.mkdir(exist_ok=True)
    syscalls.mount("tmpfs", root, "tmpfs", syscalls.MS_NOSUID, "mode=755,size=4m")
    with _umask(0o022):
        (root / scratch.relative_to("/")).mkdir()
        bound: list[Path] = []
        for path in (*readable, *DEVICES):
            if not any(path.is_relative_to(parent) for parent in bound):
                _bind(path, root)
                bound.append(path)
    syscalls.change_root(root)
    syscalls.make_read_only(Path("/"))


def _bind(path: Path, root: Path) -> None:
    """Make ``path`` visible below ``root`` under its own name."""
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
    syscalls.mount(str(source), target, flags=syscalls.MS_BIND | syscalls.MS_REC)
    if source != path:
        _bind_resolved(source, root)


def _bind_resolved(source: Path, root: Path) -> None:
    """Make the resolved path visible, too: links inside a package may lead to it."""
    target = root / source.relative_to("/")
    if not target.exists():
        _bind(source, root)


@contextlib.contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
