"""Length-prefixed messages over a socket, with a deadline on every read and every write.

The grader's end never waits past its deadline, whether the child does not read or sends half a
message. The child's end waits without one.
"""

from __future__ import annotations

import select
import socket
import struct
import time

from autograder.engine.protocol.size_limits import TooLargeError

_HEADER = struct.Struct(">I")
_CHUNK = 1 << 20


class ExpiredError(Exception):
    """The deadline passed before the whole message was sent or received."""


class ClosedError(Exception):
    """The other end is gone."""


class Channel:
    """One end of a stream socket, which it owns from then on.

    Args:
        connection: The socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection

    def send(self, data: bytes, deadline: float | None = None) -> None:
        """Send one message.

        Args:
            data: Its bytes.
            deadline: When to give up, by ``time.monotonic``; None to wait for ever.

        Raises:
            ExpiredError: If the other end did not read it in time.
            ClosedError: If the other end is gone.
        """
        unsent = memoryview(_HEADER.pack(len(data)) + data)
        while unsent:
            try:
                unsent = unsent[self._socket.send(unsent[:_CHUNK]) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError as error:
                raise ClosedError(str(error)) from error

    def receive(self, max_size: int, deadline: float | None = None) -> bytes:
        """The next message.

        Args:
            max_size: How many bytes it may have.
            deadline: When to give up, by ``time.monotonic``; None to wait for ever.

        Raises:
            ExpiredError: If it was not complete in time.
            ClosedError: If the other end is gone.
            TooLargeError: If it announces more than ``max_size`` bytes. Its body is not read.
        """
        (size,) = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if size > max_size:
            raise TooLargeError(f"the message is larger than {max_size // 2**20} MiB")
        return self._read(size, deadline)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        # It grows with what has arrived, not with what was announced: a header reserves no memory.
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
            if len(part) == size:  # nearly every message: there is nothing to join
                return part
            data += part
            if deadline is not None and time.monotonic() > deadline:
                raise ExpiredError  # a trickle of bytes must not get around the deadline
        return bytes(data)

    def _wait(self, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._socket, event)
        if deadline is None:
            poll.poll()
            return
        seconds = deadline - time.monotonic()
        if seconds <= 0 or not poll.poll(seconds * 1000):
            raise ExpiredError
