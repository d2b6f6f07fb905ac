"""Any message from the other side is read as a value or refused, and nothing else happens."""

import contextlib
import pickle

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine.protocol import wire


@given(st.binary(max_size=300))
@settings(max_examples=500)
def test_any_bytes_are_a_value_or_a_wire_error(data):
    """No input makes ``loads`` raise any other error."""
    with contextlib.suppress(wire.WireError):
        wire.loads(data)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.binary(max_size=9)
        | st.sampled_from(["<f8", "|O", "<U9", "|V8", "<M8", "=f8", "<f3", ""]),
        lambda below: st.lists(below, max_size=6).map(lambda items: [len(items), *items]),
    )
)
@settings(max_examples=500)
def test_any_structure_is_a_value_or_a_wire_error(encoded):
    """Well-formed msgpack that holds nonsense is refused in the same way."""
    with contextlib.suppress(wire.WireError):
        wire.loads(msgpack.packb(encoded))


def test_many_small_objects_are_refused_while_they_are_read():
    """A few bytes per object must not become gigabytes of objects."""
    message = msgpack.packb([[[] for _ in range(2000)] for _ in range(2000)])
    with pytest.raises(wire.TooLargeError):
        wire.unpack(message)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(print),
        msgpack.packb({"a": 1}),
        msgpack.packb(msgpack.ExtType(5, b"code")),
        msgpack.packb(msgpack.Timestamp(1)),
        msgpack.packb([3, "|O", [1], 0, b"x" * 8]),
        msgpack.packb([3, "4u<", [1], 0, b"x" * 4]),  # numpy's own parser raised another error
        msgpack.packb([3, "3f4", [1], 0, b"x" * 12]),  # to numpy, an array in each element
        msgpack.packb([3, "<f8", [-1], 0, b""]),
        msgpack.packb([3, "<f8", [2], 0, b"x" * 8]),
        msgpack.packb([3, "<f8", [0, 2**63], 0, b""]),
        msgpack.packb([7, 0]),
        msgpack.packb([2, [0], 1]),
        msgpack.packb([99]),
        msgpack.packb([]),
        b"\xdd\xff\xff\xff\xff",
        b"",
    ],
)
def test_malformed_messages_are_refused(data):
    """Objects, maps, extensions, impossible arrays and dangling references are not read."""
    with pytest.raises(wire.WireError):
        wire.loads(data)
