"""The system calls that a student's process may not make.

This lists what is forbidden, not what is allowed: numpy, matplotlib and an occasional subprocess
make a few hundred system calls, and which ones changes with every release of libc. What is listed
reaches other processes, other namespaces, the network, or rarely used code of the kernel.

Some of it reaches another submission that is graded at the same time, through a file that both may
only read: a lock on it, a watch of who opens it, a queue of threads that wait at one of its pages.
A lock is answered as if it had been set, since honest code locks its own files.
"""

from __future__ import annotations

import errno
import functools
import importlib
import os
import termios
from typing import Any

_OTHER_PROCESSES = (
    "ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp "
    "migrate_pages move_pages sched_setscheduler sched_setattr sched_setparam ioprio_set"
)
_NAMESPACES_AND_MOUNTS = (
    "unshare setns mount umount umount2 pivot_root chroot mount_setattr move_mount open_tree "
    "fsopen fsconfig fsmount fspick open_by_handle_at name_to_handle_at fanotify_init quotactl "
    "quotactl_fd swapon swapoff"
)
_SHARED_MEMORY = (
    "shmget shmat shmctl semget semop semctl semtimedop msgget msgsnd msgrcv msgctl "
    # memory that belongs to no process's address space is not counted against its limit
    "mq_open mq_unlink memfd_create memfd_secret"
)
# What tells of others on this machine: who opens a file, which of its pages are in memory, how much
# memory is free; and the newer ways to wait and wake at a page of a file (libc uses ``futex``).
_WATCHING_OTHERS = (
    "inotify_init inotify_init1 inotify_add_watch mincore cachestat sysinfo "
    "futex_wake futex_wait futex_requeue futex_waitv"
)
_KERNEL = (
    "bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl "
    "add_key request_key init_module finit_module delete_module kexec_load kexec_file_load reboot "
    "acct syslog settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname iopl "
    "ioperm modify_ldt vhangup personality lookup_dcookie nfsservctl landlock_create_ruleset"
)
_NETWORK = (
    "socket connect bind listen accept accept4"  # not socketpair, with which asyncio wakes itself
)
# SOCK_DGRAM and SOCK_RAW, which is the same for Unix sockets: they can send to any path.
_UNCONNECTED = (2, 3)
# Commands of fcntl: the locks that do nothing; what tells of locks, leases and hints of others, or
# sends signals to them. Those above are rare; the two in between are about pipes.
_FCNTL_LOCKS = (6, 7, 37, 38)
_FCNTL_DENIED = (5, 8, 9, 10, 11, 15, 16, 36, 1024, 1025, 1026, 1027, 1028, 1029)
_FCNTL_LAST = 1034  # F_GET_SEALS
_IOCTLS_DENIED = (termios.TIOCSTI, 0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: as F_SETOWN
_RWF_NOWAIT = 8
# MAP_SHARED and MAP_ANONYMOUS, of the type and that flag: such memory stays in use while one page
# of it is mapped, so a limit of address space does not bound it.
_SHARED_NOWHERE = (0x2F, 0x21)
_BY_PROCESS = (("getpriority", 0), ("setpriority", 0), ("ioprio_get", 1))
# Ways to put pages of a file out of memory, or to share equal pages with others.
_MADVICE_IGNORED = (12, 20, 21)  # MERGEABLE, COLD, PAGEOUT
_PAGE_CACHE = "fadvise64 readahead flock"
# FUTEX_WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAKE_BITSET; without the flag PRIVATE they reach
# whoever waits at the same page of a file. Threads of one process use the flag.
_FUTEX_WAKES, _FUTEX_MASK = (1, 3, 4, 5, 10), 0xFF
# Nothing that Landlock covers: without a root of its own a process could change them anywhere.
_FILE_ATTRIBUTES = (
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat "
    "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"
)
_SCHEDULING = (
    "sched_setaffinity sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
    "sched_rr_get_interval getpgid getsid"
)
# The CPU time of another process, which may use more or less of it, is a clock with a number below
# zero; libc reads the ordinary clocks without a system call.
_CLOCKS = "clock_gettime clock_getres clock_nanosleep timer_create"
_NEGATIVE = 0x80000000
_NEW_NAMESPACES = 0x00000080 | 0x00020000 | 0x02000000 | 0x7C000000  # the CLONE_NEW… bits
_WORD = 0xFFFFFFFF  # the kernel looks at these bits only of a command
_SIGNALS = (("kill", 0), ("tgkill", 0), ("rt_sigqueueinfo", 0), ("rt_tgsigqueueinfo", 0))

DENIED = (
    *(_OTHER_PROCESSES, _NAMESPACES_AND_MOUNTS, _SHARED_MEMORY),
    *(_WATCHING_OTHERS, _KERNEL, _NETWORK),
)
IGNORED = (_PAGE_CACHE, _FILE_ATTRIBUTES)


@functools.cache
def _library() -> Any:
    """The package ``pyseccomp``, or None without libseccomp (Debian: ``libseccomp2``)."""
    try:
        return importlib.import_module("pyseccomp")
    except (ImportError, RuntimeError, OSError, AttributeError):
        return None


def available() -> bool:
    """Whether filters can be built here."""
    return _library() is not None


def build(*, in_namespaces: bool) -> Any:
    """Build a filter, which the process that it is for has to load.

    Args:
        in_namespaces: Whether that process has a PID namespace and a root of its own. For one that
            has not, signals to other processes are forbidden too, and changes of a file's mode,
            owner, times and attributes do nothing; it must build the filter itself.

    Raises:
        OSError: If libseccomp refuses one of the important rules.
    """
    library = _library()
    denied, ignored = library.ERRNO(errno.EPERM), library.ERRNO(0)
    rules = library.SyscallFilter(library.ALLOW)
    for group in DENIED:
        for name in group.split():
            _add(rules, denied, name)
    # clone3 hides its flags behind a pointer. Told that it does not exist, libc uses clone.
    _add(rules, library.ERRNO(errno.ENOSYS), "clone3")
    for bit in (1 << place for place in range(32) if _NEW_NAMESPACES >> place & 1):
        _add(rules, denied, "clone", library.Arg(0, library.MASKED_EQ, bit, bit))
    for kind in _UNCONNECTED:
        _add(rules, denied, "socketpair", library.Arg(1, library.MASKED_EQ, 0xF, kind))
    for command in _IOCTLS_DENIED:
        _add(rules, denied, "ioctl", library.Arg(1, library.MASKED_EQ, _WORD, command))
    _add(rules, denied, "prlimit64", library.Arg(0, library.NE, 0))
    for name, kind in _BY_PROCESS:
        _add(rules, denied, name, library.Arg(0, library.NE, kind))
    _close_shared_files(rules, denied, ignored)
    if not in_namespaces:
        _close_other_processes(rules, denied)
        for name in _FILE_ATTRIBUTES.split():
            _add(rules, ignored, name)
    return rules


def _close_shared_files(rules: Any, denied: int, ignored: int) -> None:
    """Rules against what one process can tell another through a file that both may read."""
    library = _library()
    for name in _PAGE_CACHE.split():
        _add(rules, ignored, name)
    for command in _FCNTL_LOCKS:
        _add(rules, ignored, "fcntl", library.Arg(1, library.MASKED_EQ, _WORD, command))
    for command in _FCNTL_DENIED:
        _add(rules, denied, "fcntl", library.Arg(1, library.MASKED_EQ, _WORD, command))
    _add(rules, denied, "fcntl", library.Arg(1, library.GT, _FCNTL_LAST))
    _add(rules, denied, "preadv2", library.Arg(5, library.MASKED_EQ, _RWF_NOWAIT, _RWF_NOWAIT))
    _add(rules, denied, "mmap", library.Arg(3, library.MASKED_EQ, *_SHARED_NOWHERE))
    for advice in _MADVICE_IGNORED:
        _add(rules, ignored, "madvise", library.Arg(2, library.MASKED_EQ, _WORD, advice))
    for wake in _FUTEX_WAKES:
        _add(rules, ignored, "futex", library.Arg(1, library.MASKED_EQ, _FUTEX_MASK, wake))


def _close_other_processes(rules: Any, denied: int) -> None:
    """Rules against reaching processes that a PID namespace would hide."""
    library = _library()
    _add(rules, denied, "tkill")
    _add(rules, denied, "pidfd_send_signal")
    for name, argument in _SIGNALS:
        _add(rules, denied, name, library.Arg(argument, library.NE, os.getpid()))
    for name in _SCHEDULING.split():
        _add(rules, denied, name, library.Arg(0, library.NE, 0))
    for name in _CLOCKS.split():
        _add(rules, denied, name, library.Arg(0, library.MASKED_EQ, _NEGATIVE, _NEGATIVE))


def _add(rules: Any, action: int, name: str, *arguments: Any) -> None:
    try:
        rules.add_rule(action, name, *arguments)
    except (OSError, ValueError, RuntimeError) as error:
        # An older libseccomp does not know new calls, and not every architecture has each call.
        # These are left to the other layers.
        if name in {"ptrace", "socket", "unshare", "mount", "clone"}:
            raise OSError(f"libseccomp refuses a rule for {name}: {error}") from error
