"""The layer ``namespaces``: no other process is visible, no network, and few files.

The zygote enters namespaces of its own once, with a root that holds only what children may read.
Each child is forked into a PID namespace of its own and mounts a scratch directory that nobody else
sees. As root this needs no user namespace; as an ordinary user the zygote enters one first.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from autograder.sandbox import root_filesystem, syscalls
from autograder.sandbox.layer_checks import succeeds_in_child

_MAX_FILES = 16384
_TRIAL_DISK = 256 * 2**20


class Namespaces:
    """The namespaces of one zygote and of its children.

    Args:
        readable: Files and folders that children may read.
        workspace: A folder of the zygote's own, for the mount point of its root.
        proc: A descriptor of ``/proc``, which the zygote's own root does not have.

    Attributes:
        scratch: Where each child mounts its scratch directory.
        has_user_namespace: Whether the zygote had to enter a user namespace.
    """

    def __init__(self, readable: Iterable[Path], workspace: Path, proc: int) -> None:
        self._readable = tuple(readable)
        self._root = workspace / "root"
        self._proc = proc
        self._pid_namespace = -1
        self.scratch = root_filesystem.scratch_path(self._readable)
        self.has_user_namespace = False

    def enter(self) -> str:
        """Move this process into its namespaces for good.

        Returns:
            Why that is not possible here; empty if it was done.
        """
        for user_namespace in (False, True):
            self.has_user_namespace = user_namespace
            if succeeds_in_child(self._try_all):
                self._enter()
                return ""
        self.has_user_namespace = False
        return "this system does not let us make user and mount namespaces"

    def fork(self) -> int:
        """Fork a child into a PID namespace of its own; returns what ``os.fork`` does."""
        syscalls.unshare(syscalls.CLONE_NEWPID)
        child = os.fork()
        if child:  # back, or the next unshare would fail: the kernel nests one level at a time
            syscalls.setns(self._pid_namespace, syscalls.CLONE_NEWPID)
        return child

    def mount_scratch(self, disk: int, user: int, group: int) -> None:
        """In a child: mount an empty scratch directory that only this child sees.

        Args:
            disk: Bytes that it can hold.
            user: Its owner.
            group: Its group.
        """
        syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC)
        syscalls.mount(
            "tmpfs",
            self.scratch,
            "tmpfs",
            syscalls.MS_NOSUID | syscalls.MS_NODEV,
            f"mode=700,size={disk},nr_inodes={_MAX_FILES},uid={user},gid={group}",
        )

    def enter_user_namespace(self) -> bool:
        """In a child: enter a user namespace, so that its processes are counted by themselves.

        Returns:
            Whether the system allowed it.
        """
        user, group = os.geteuid(), os.getegid()
        try:
            syscalls.set_dumpable(True)  # otherwise /proc/self belongs to root
            syscalls.unshare(syscalls.CLONE_NEWUSER)
        except OSError:
            return False
        self._map_users(user, group)
        return True

    def close(self) -> None:
        """In a child: close what is open for ``fork``."""
        if self._pid_namespace >= 0:
            os.close(self._pid_namespace)

    def _try_all(self) -> None:
        """All that this layer does, in a child that is thrown away."""
        self._enter()
        syscalls.unshare(syscalls.CLONE_NEWPID)
        user, group = os.geteuid(), os.getegid()
        if not succeeds_in_child(lambda: self.mount_scratch(_TRIAL_DISK, user, group)):
            raise OSError("a child may not mount its scratch directory")

    def _enter(self) -> None:
        flags = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWNET | syscalls.CLONE_NEWIPC
        user, group = os.geteuid(), os.getegid()
        if self.has_user_namespace:
            syscalls.unshare(flags | syscalls.CLONE_NEWUSER)
            self._map_users(user, group)
        else:
            syscalls.unshare(flags)
        root_filesystem.enter_root(self._root, self._readable, self.scratch)
        # A PID namespace for ourselves, too: an ordinary user can return to no other, and if we are
        # killed, the kernel kills everything that is left in it.
        syscalls.unshare(syscalls.CLONE_NEWPID)
        child = os.fork()
        if child:
            _wait_and_exit(child)
        syscalls.die_with_parent(signal.SIGKILL)
        flags = os.O_RDONLY | os.O_CLOEXEC
        self._pid_namespace = os.open("self/ns/pid", flags, dir_fd=self._proc)

    def _map_users(self, user: int, group: int) -> None:
        """Let this user and group be the only ones in the user namespace that was just entered."""
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


def _wait_and_exit(child: int) -> NoReturn:
    """Only be the parent of ``child``: hold nothing open, and end with its exit code."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
