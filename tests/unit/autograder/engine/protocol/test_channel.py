"""Deadlines and sizes on the socket between the two sides."""

import socket
import struct
import time

import pytest

from autograder.engine.protocol.channel import Channel, ClosedError, ExpiredError
from autograder.engine.protocol.size_limits import TooLargeError


@pytest.fixture
def ends():
    """A channel and the plain socket at its other end."""
    ours, other = socket.socketpair()
    channel = Channel(ours)
    yield channel, other
    channel.close()
    other.close()


def soon():
    """A deadline so near that no test waits long."""
    return time.monotonic() + 0.05


def test_a_message_arrives_whole(ends):
    """What one end sends the other receives."""
    channel, other = ends
    other.sendall(struct.pack(">I", 3) + b"abc")
    assert channel.receive(10, soon()) == b"abc"
    channel.send(b"xy", soon())
    assert other.recv(10) == b"\0\0\0\2xy"


def test_silence_ends_at_the_deadline(ends):
    """Waiting for a child that sends nothing takes until the deadline and no longer."""
    with pytest.raises(ExpiredError):
        ends[0].receive(10, soon())


def test_half_a_message_ends_at_the_deadline(ends):
    """So does waiting for a child that starts a message and stops."""
    ends[1].sendall(struct.pack(">I", 3) + b"a")
    with pytest.raises(ExpiredError):
        ends[0].receive(10, soon())


def test_a_child_that_does_not_read_ends_at_the_deadline(ends):
    """Sending has a deadline, too."""
    with pytest.raises(ExpiredError):
        ends[0].send(b"x" * 10**7, soon())


def test_an_announced_size_beyond_the_limit_is_not_read(ends):
    """Four bytes cannot make the grader reserve four gigabytes."""
    ends[1].sendall(b"\xff\xff\xff\xff")
    with pytest.raises(TooLargeError):
        ends[0].receive(10, soon())


def test_a_closed_end_is_not_a_timeout(ends):
    """A child that has ended raises another error than one that is slow."""
    ends[1].close()
    with pytest.raises(ClosedError):
        ends[0].receive(10, soon())
    with pytest.raises(ClosedError):
        ends[0].send(b"x", soon())
