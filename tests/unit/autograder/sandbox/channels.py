"""Ways in which two processes can talk through a file that both may only read.

``open_channels`` tries each between two forked processes, with or without the filter.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograder.sandbox import seccomp, syscalls

_LIBC = ctypes.CDLL(None, use_errno=True)
_SYSCALL_FUTEX, _FUTEX_WAIT, _FUTEX_WAKE = 202, 0, 1
_F_OFD_GETLK, _F_OFD_SETLK = 36, 37
_SECONDS = 0.3

Sender = Callable[[str], AbstractContextManager[None]]
Watcher = Callable[[str], bool]


def open_channels(path: str, *, filtered: bool) -> list[str]:
    """The names of the channels through which two processes can talk.

    Args:
        path: A file that both may read.
        filtered: Whether both have the filter.
    """
    return [name for name, (send, see) in CHANNELS.items() if _talk(path, send, see, filtered)]


def _talk(path: str, send: Sender, see: Watcher, filtered: bool) -> bool:
    """Whether one process sees that the other one is sending, and that it is not."""
    return [_seen(path, sender, see, filtered) for sender in (send, _send_nothing)] == [True, False]


def _seen(path: str, send: Sender, see: Watcher, filtered: bool) -> bool:
    ready, tell = os.pipe()
    sender = _fork(functools.partial(_run_sender, path, send, tell), filtered)
    os.read(ready, 1)
    watcher = _fork(lambda: see(path), filtered)
    seen = os.waitpid(watcher, 0)[1] == 0
    os.kill(sender, signal.SIGKILL)
    os.waitpid(sender, 0)
    os.close(ready)
    os.close(tell)
    return seen


def _fork(action: Callable[[], object], filtered: bool) -> int:
    child = os.fork()
    if child:
        return child
    try:
        if filtered:
            syscalls.forbid_new_privileges()
            seccomp.build(in_namespaces=True).load()
        os._exit(not action())
    except BaseException:  # noqa: BLE001  a refusal, which the exit code tells
        os._exit(2)


def _run_sender(path: str, send: Sender, tell: int) -> None:
    try:
        with send(path):
            os.write(tell, b"x")
            signal.pause()
    finally:
        os.write(tell, b"x")


@contextmanager
def _send_nothing(_: str) -> Iterator[None]:
    yield


@contextmanager
def _flock(path: str) -> Iterator[None]:
    with Path(path).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sees_flock(path: str) -> bool:
    with Path(path).open() as file:
        return _refused(lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB))


@contextmanager
def _record_lock(path: str, command: int) -> Iterator[None]:
    with Path(path).open() as file:
        fcntl.fcntl(file, command, _whole_file(fcntl.F_RDLCK))
        yield


def _sees_record_lock(path: str, command: int) -> bool:
    with Path(path).open() as file:
        answer = fcntl.fcntl(file, command, _whole_file(fcntl.F_WRLCK))
        return bool(struct.unpack_from("h", answer)[0] == fcntl.F_RDLCK)


def _whole_file(kind: int) -> bytes:
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)


@contextmanager
def _opening(path: str) -> Iterator[None]:
    def repeat() -> None:
        while True:
            Path(path).open().close()
            time.sleep(0.01)

    threading.Thread(target=repeat, daemon=True).start()
    yield


def _sees_opening(path: str) -> bool:
    watch = _checked(_LIBC.inotify_init())
    _checked(_LIBC.inotify_add_watch(watch, path.encode(), 0x20))  # IN_OPEN
    os.set_blocking(watch, False)
    return _within_patience(lambda: not _refused(lambda: os.read(watch, 1000)))


@contextmanager
def _waiting_at_a_page(path: str) -> Iterator[None]:
    words = _mapped(path)

    def wait() -> None:
        while True:
            _futex(words, _FUTEX_WAIT, int(words[0]))

    threading.Thread(target=wait, daemon=True).start()
    yield


def _sees_waiting(path: str) -> bool:
    words = _mapped(path)
    return _within_patience(lambda: _futex(words, _FUTEX_WAKE, 1) > 0)


def _mapped(path: str) -> NDArray[np.uint32]:
    """The first words of a file, at a page that all who map it share."""
    with Path(path).open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_READ), np.uint32)


def _futex(words: NDArray[np.uint32], operation: int, value: int) -> int:
    address = ctypes.c_void_p(words.ctypes.data)
    return int(_LIBC.syscall(_SYSCALL_FUTEX, address, operation, value, None))


CHANNELS: dict[str, tuple[Sender, Watcher]] = {
    "flock": (_flock, _sees_flock),
    "a record lock": (
        functools.partial(_record_lock, command=fcntl.F_SETLK),
        functools.partial(_sees_record_lock, command=fcntl.F_GETLK),
    ),
    "a lock of an open file": (
        functools.partial(_record_lock, command=_F_OFD_SETLK),
        functools.partial(_sees_record_lock, command=_F_OFD_GETLK),
    ),
    "opening it": (_opening, _sees_opening),
    "waiting at its page": (_waiting_at_a_page, _sees_waiting),
}


def _within_patience(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


def _refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except BlockingIOError:
        return True
    return False


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, errno.errorcode.get(number, ""))
    return result
