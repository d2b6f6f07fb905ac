"""The system calls that a student's process may not make.

This lists what is forbidden, not what is allowed: numpy, matplotlib and an occasional subprocess
make a few hundred system calls, and which ones changes with every release of libc. What is listed
reaches other processes, other namespaces, the network, or rarely used code of the kernel.
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
    "mq_open mq_unlink"
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
_NEW_NAMESPACES = 0x00000080 | 0x00020000 | 0x02000000 | 0x7C000000  # the CLONE_NEW… bits
_SIGNALS = (("kill", 0), ("tgkill", 0), ("rt_sigqueueinfo", 0), ("rt_tgsigqueueinfo", 0))


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


def build(*, own_signals_only: bool) -> Any:
    """Build a filter, which the process that it is for has to load.

    Args:
        own_signals_only: Also forbid signals to other processes, for a process that is not in a PID
            namespace of its own. The process itself must build the filter then.

    Raises:
        OSError: If libseccomp refuses one of the important rules.
    """
    library = _library()
    denied = library.ERRNO(errno.EPERM)
    rules = library.SyscallFilter(library.ALLOW)
    for group in (_OTHER_PROCESSES, _NAMESPACES_AND_MOUNTS, _SHARED_MEMORY, _KERNEL, _NETWORK):
        for name in group.split():
            _add(rules, denied, name)
    # clone3 hides its flags behind a pointer. Told that it does not exist, libc uses clone.
    _add(rules, library.ERRNO(errno.ENOSYS), "clone3")
    for bit in (1 << place for place in range(32) if _NEW_NAMESPACES >> place & 1):
        _add(rules, denied, "clone", library.Arg(0, library.MASKED_EQ, bit, bit))
    for kind in _UNCONNECTED:
        _add(rules, denied, "socketpair", library.Arg(1, library.MASKED_EQ, 0xF, kind))
    _add(rules, denied, "ioctl", library.Arg(1, library.EQ, termios.TIOCSTI))
    _add(rules, denied, "prlimit64", library.Arg(0, library.NE, 0))
    if own_signals_only:
        _add(rules, denied, "tkill")
        _add(rules, denied, "pidfd_send_signal")
        for name, argument in _SIGNALS:
            _add(rules, denied, name, library.Arg(argument, library.NE, os.getpid()))
    return rules


def _add(rules: Any, action: int, name: str, *arguments: Any) -> None:
    try:
        rules.add_rule(action, name, *arguments)
    except (OSError, ValueError, RuntimeError) as error:
        # An older libseccomp does not know new calls, and not every architecture has each call.
        # These are left to the other layers.
        if name in {"ptrace", "socket", "unshare", "mount", "clone"}:
            raise OSError(f"libseccomp refuses a rule for {name}: {error}") from error
