"""Length-prefixed messages over a socket, with a deadline on every read and every write.

The parent's end never blocks: a child that does not read, or sends half a message, costs time
up to the deadline and nothing more. The child's end waits without one.
"""

from __future__ import annotations

import select
import socket
import struct
import time

from autograder.engine.protocol.size_limits import TooLargeError

_HEAD = struct.Struct(">I")
_CHUNK = 1 << 20


class ExpiredError(Exception):
    """The deadline passed before the message was through."""


class ClosedError(Exception):
    """The other end is gone."""


class Channel:
    """One end of a stream socket. Takes the socket over."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end

    def send(self, data: bytes, deadline: float | None = None) -> None:
        """Send one message.

        Args:
            data: Its bytes.
            deadline: When to give up, by ``time.monotonic``; never, if None.

        Raises:
            ExpiredError: If the other end did not take it in time.
            ClosedError: If the other end is gone.
        """
        left = memoryview(_HEAD.pack(len(data)) + data)
        while left:
            try:
                left = left[self._socket.send(left[:_CHUNK]) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError as error:
                raise ClosedError(str(error)) from error

    def receive(self, cap: int, deadline: float | None = None) -> bytes:
        """The next message.

        Args:
            cap: Bytes that it may have.
            deadline: When to give up, by ``time.monotonic``; never, if None.

        Raises:
            ExpiredError: If it was not complete in time.
            ClosedError: If the other end is gone.
            TooLargeError: If it announces more than ``cap`` bytes. Nothing of it is read.
        """
        (size,) = _HEAD.unpack(self._read(_HEAD.size, deadline))
        if size > cap:
            raise TooLargeError(f"the message is larger than {cap // 2**20} MiB")
        return self._read(size, deadline)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        # It grows with what has come, not with what was announced: a header costs nothing.
        data = bytearray()
        while len(data) < size:
            try:
                part = self._socket.recv(min(size - len(data), _CHUNK))
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except OSError as error:
                raise ClosedError(str(error)) from error
            if not part:
                raise ClosedError("the other end closed")
            if len(part) == size:  # nearly every message: it need not be put together
                return part
            data += part
            if deadline is not None and time.monotonic() > deadline:
                raise ExpiredError  # a trickle of bytes is no way around the deadline
        return bytes(data)

    def _wait(self, event: int, deadline: float | None) -> None:
        watch = select.poll()
        watch.register(self._socket, event)
        if deadline is None:
            watch.poll()
            return
        left = deadline - time.monotonic()
        if left <= 0 or not watch.poll(left * 1000):
            raise ExpiredError
