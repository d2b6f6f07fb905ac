"""The system calls that the jail itself makes, and for which Python 3.11 has no function.

Which calls a student's process may not make is in ``seccomp``.

They are made with ctypes for want of something better. ``os.unshare`` came with Python 3.12. The
package ``landlock`` (1.0.0.dev5) takes a stale errno for a failure and covers only files, neither
signals nor Unix sockets. ``bwrap`` starts a program in a new root, but each submission needs a
PID namespace and a scratch directory of its own in a process that has its libraries loaded.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 1 << 1, 1 << 2, 1 << 12, 1 << 14, 1 << 18
MNT_DETACH = 2
_ATTR_RDONLY, _ATTR_NOSUID = 1, 2
_AT_RECURSIVE, _AT_FDCWD = 0x8000, -100

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_SECUREBITS, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 28, 36, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECUREBITS_NO_ROOT_LOCKED = 0b101111  # uid 0 and setuid give no capabilities; no way back
_CAPABILITY_VERSION_3 = 0x20080522

# These numbers are the same on every architecture.
_SYS_LANDLOCK_CREATE, _SYS_LANDLOCK_ADD, _SYS_LANDLOCK_RESTRICT = 444, 445, 446
_SYS_MOUNT_SETATTR = 442
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1


class Access(IntFlag):
    """What Landlock can allow on a file or a folder (``linux/landlock.h``)."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15

    READ = EXECUTE | READ_FILE | READ_DIR
    OF_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> int:
    """Call a function of libc that returns -1 and sets errno on failure."""
    function = getattr(_libc(), name)
    function.restype = ctypes.c_long
    result = int(function(*arguments))
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _prctl(option: int, argument: int, second: int = 0) -> None:
    zero = ctypes.c_ulong(0)
    _call("prctl", option, ctypes.c_ulong(argument), ctypes.c_ulong(second), zero, zero)


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` for new ones."""
    _call("unshare", flags)


def setns(descriptor: int, kind: int) -> None:
    """Enter (for PID: let children enter) the namespace that ``descriptor`` refers to."""
    _call("setns", descriptor, kind)


def mount(source: str, target: Path, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount a file system, or bind one path on another."""
    _call(
        "mount",
        source.encode(),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )


def make_read_only(target: Path) -> None:
    """Make a mount and all mounts below it read-only, and ignore setuid bits there."""
    attributes = (ctypes.c_uint64 * 4)(_ATTR_RDONLY | _ATTR_NOSUID, 0, 0, 0)
    _call(
        "syscall",
        ctypes.c_long(_SYS_MOUNT_SETATTR),
        ctypes.c_long(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_long(_AT_RECURSIVE),
        attributes,
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )


def change_root(new: Path) -> None:
    """Make the mount point ``new`` the root, and unmount the old root."""
    os.chdir(new)
    # With the same folder for both, the old root is stacked on the new one and needs no folder.
    _call("pivot_root", b".", b".")
    _call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def forbid_new_privileges() -> None:
    """From now on, executing a file gives no privileges: setuid bits are ignored."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_dumpable(on: bool) -> None:
    """Set whether processes of the same user may trace this one and read its memory."""
    _prctl(_PR_SET_DUMPABLE, int(on))


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent has died."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal_number: int) -> None:
    """Get a signal when the parent dies. A change of user or capabilities resets this."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def drop_capabilities() -> None:
    """Give up every capability, for this process and all that it executes."""
    with contextlib.suppress(PermissionError):  # an ordinary user has nothing to lock
        _prctl(_PR_SET_SECUREBITS, _SECUREBITS_NO_ROOT_LOCKED)
    with contextlib.suppress(OSError):  # past the last one of this kernel, or not permitted
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
        for capability in range(64):
            _prctl(_PR_CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _call("capset", header, nothing)


def landlock_version() -> int:
    """The version of the kernel's Landlock; 0 if there is none."""
    try:
        return _call(
            "syscall",
            ctypes.c_long(_SYS_LANDLOCK_CREATE),
            None,
            ctypes.c_size_t(0),
            ctypes.c_long(_LANDLOCK_CREATE_RULESET_VERSION),
        )
    except OSError:
        return 0


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # the one in which fields can be packed; from Python 3.14 on it must be named
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def landlock(rules: Iterable[tuple[Path, Access]]) -> None:
    """Restrict this process and its descendants with Landlock.

    They can only reach files as ``rules`` allow, they can neither bind nor connect to a TCP port,
    and no signal and no abstract Unix socket of theirs reaches another process. Versions of the
    kernel without one of these restrictions are used without it.

    Args:
        rules: Files and folders, and what is allowed there.

    Raises:
        OSError: If the kernel refuses.
    """
    version = landlock_version()
    files = Access(2 * Access.IOCTL_DEV - 1)  # all flags
    for since, access in ((2, Access.REFER), (3, Access.TRUNCATE), (5, Access.IOCTL_DEV)):
        if version < since:
            files &= ~access
    network = 0b11 if version >= 4 else 0  # bind and connect
    scope = 0b11 if version >= 6 else 0  # abstract sockets and signals
    attributes = (ctypes.c_uint64 * 3)(int(files), network, scope)
    size = 8 * (1 if version < 4 else 2 if version < 6 else 3)
    ruleset = _call(
        "syscall",
        ctypes.c_long(_SYS_LANDLOCK_CREATE),
        attributes,
        ctypes.c_size_t(size),
        ctypes.c_long(0),
    )
    try:
        for path, access in rules:
            _allow(ruleset, path, access & files)
        _call(
            "syscall",
            ctypes.c_long(_SYS_LANDLOCK_RESTRICT),
            ctypes.c_long(ruleset),
            ctypes.c_long(0),
        )
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: Access) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what does not exist needs no rule
    try:
        if not path.is_dir():
            access &= Access.OF_FILE
        rule = _PathBeneath(int(access), descriptor)
        _call(
            "syscall",
            ctypes.c_long(_SYS_LANDLOCK_ADD),
            ctypes.c_long(ruleset),
            ctypes.c_long(_LANDLOCK_RULE_PATH_BENEATH),
            ctypes.byref(rule),
            ctypes.c_long(0),
        )
    finally:
        os.close(descriptor)
