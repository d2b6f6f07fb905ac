"""The root that a student's process sees: Python, the system's libraries, a few devices."""

from __future__ import annotations

import contextlib
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.sandbox import syscalls

# In the child's own mount namespace: empty, and its own.
_SCRATCH, _OTHER_SCRATCH = Path("/tmp"), Path("/scratch")  # noqa: S108
DEVICES = tuple(Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom"))
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/nix/store", "/etc/fonts")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


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


def scratch_path(readable: Iterable[Path]) -> Path:
    """Where a child's scratch directory hides nothing that it must read.

    A virtual environment may lie below ``/tmp``: that of a course which somebody only tries out.
    """
    hidden = any(path.is_relative_to(_SCRATCH) for path in readable)
    return _OTHER_SCRATCH if hidden else _SCRATCH


def enter_root(root: Path, readable: Iterable[Path], scratch: Path) -> None:
    """Make a file system that holds only ``readable`` and devices the root of this process.

    It must be in a mount namespace of its own.

    Raises:
        OSError: If the kernel refuses. The namespace is of no use then.
    """
    syscalls.mount("none", Path("/"), flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    root.mkdir(exist_ok=True)
    syscalls.mount("tmpfs", root, "tmpfs", syscalls.MS_NOSUID, "mode=755,size=4m")
    with _umask(0o022):
        (root / scratch.relative_to("/")).mkdir()
        done: list[Path] = []
        for path in (*readable, *DEVICES):
            if not any(path.is_relative_to(above) for above in done):
                _show(path, root)
                done.append(path)
    syscalls.change_root(root)
    syscalls.make_read_only(Path("/"))


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
    syscalls.mount(str(source), target, flags=syscalls.MS_BIND | syscalls.MS_REC)
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
