"""Deadlines and sizes on the socket between the two sides."""

import socket
import struct
import time

import pytest

from autograder.engine.protocol.channel import Channel, ClosedError, ExpiredError
from autograder.engine.protocol.size_limits import TooLargeError


@pytest.fixture
def ends():
    """A channel and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    yield channel, theirs
    channel.close()
    theirs.close()


def soon():
    """A deadline that does not hold a test up."""
    return time.monotonic() + 0.05


def test_a_message_arrives_whole(ends):
    """What one end sends the other receives."""
    channel, other = ends
    other.sendall(struct.pack(">I", 3) + b"abc")
    assert channel.receive(10, soon()) == b"abc"
    channel.send(b"xy", soon())
    assert other.recv(10) == b"\0\0\0\2xy"


def test_silence_ends_at_the_deadline(ends):
    """A child that says nothing costs the deadline and no more."""
    with pytest.raises(ExpiredError):
        ends[0].receive(10, soon())


def test_half_a_message_ends_at_the_deadline(ends):
    """So does one that begins to speak and stops."""
    ends[1].sendall(struct.pack(">I", 3) + b"a")
    with pytest.raises(ExpiredError):
        ends[0].receive(10, soon())


def test_a_child_that_does_not_read_ends_at_the_deadline(ends):
    """Writing has a deadline, too."""
    with pytest.raises(ExpiredError):
        ends[0].send(b"x" * 10**7, soon())


def test_an_announced_size_beyond_the_cap_is_not_read(ends):
    """Four bytes cannot make the parent reserve four gigabytes."""
    ends[1].sendall(b"\xff\xff\xff\xff")
    with pytest.raises(TooLargeError):
        ends[0].receive(10, soon())


def test_a_closed_end_is_told_apart(ends):
    """Death is not a timeout."""
    ends[1].close()
    with pytest.raises(ClosedError):
        ends[0].receive(10, soon())
    with pytest.raises(ClosedError):
        ends[0].send(b"x", soon())
