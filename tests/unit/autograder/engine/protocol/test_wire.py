"""What may cross the trust line, and that nothing else does."""

import contextlib
import math
import pickle
from enum import IntEnum

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.engine.protocol import wire

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(),
    hnp.unsigned_integer_dtypes(),
    hnp.floating_dtypes(),
    hnp.complex_number_dtypes(),
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | TEXT
    | st.binary()
    | ARRAYS,
    lambda below: (
        st.lists(below) | st.lists(below).map(tuple) | st.dictionaries(TEXT | st.integers(), below)
    ),
    max_leaves=20,
)


def same(one: object, other: object) -> bool:
    """Equal, of the same types all the way down, NaN and NaN included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    return one == other


@given(PLAIN)
def test_plain_values_come_through_as_they_were(value):
    """Values, exact types, dtypes and shapes survive the way over."""
    assert same(wire.loads(wire.dumps(value)), value)


@given(st.binary(max_size=300))
@settings(max_examples=500)
def test_any_bytes_are_a_value_or_a_wire_error(data):
    """No input makes the reader raise anything but its own error."""
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
def test_any_structure_is_a_value_or_a_wire_error(lowered):
    """Well-formed msgpack with nonsense in it is refused in the same way."""
    with contextlib.suppress(wire.WireError):
        wire.loads(msgpack.packb(lowered))


@pytest.mark.parametrize(
    "scalar", [np.float32(1.5), np.int8(-3), np.bool_(True), np.complex128(1j)]
)
def test_numpy_scalars_keep_their_type(scalar):
    """A numpy number does not become a Python number on the way."""
    back = wire.loads(wire.dumps(scalar))
    assert type(back) is type(scalar)
    assert back == scalar


class Sneaky(np.ndarray):
    """An array that says it equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = None


class Colour(IntEnum):
    """An int that is not an int."""

    RED = 1


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.zeros(2).view(Sneaky), "Sneaky"),
        (Colour.RED, "Colour"),
        (np.ma.masked_array([1]), "MaskedArray"),
        (np.array([object()]), "ndarray"),
        (np.array(["a"]), "ndarray"),
        ({1, 2}, "set"),
        ({(1, 2): 3}, "dict"),
        (len, "builtin_function_or_method"),
        ("\ud800", "str"),
    ],
)
def test_what_is_not_plain_is_named_and_refused(value, name):
    """Subclasses and objects do not cross; the message says what it was."""
    with pytest.raises(wire.NotPlainError, match=name):
        wire.dumps(value)


def test_odd_parts_of_a_result_stay_behind_as_handles():
    """In a tuple that holds an odd object, only that object is a handle."""
    kept = []

    def keep(value):
        kept.append(value)
        return wire.Handle(len(kept) - 1, type(value).__name__, callable(value))

    lowered = wire.Encoder(keep=keep).lower((np.arange(2), {1}, len))
    array, odd, function = wire.Decoder().build(wire.unpack(wire.pack(lowered)))
    assert array.tolist() == [0, 1]
    assert odd == wire.Handle(0, "set", callable=False)
    assert function.callable
    assert kept == [{1}, len]


def test_one_object_stays_one_object():
    """What was the same list or array before is the same after."""
    array, items = np.zeros(2), [1]
    one, other, first, second = wire.loads(wire.dumps((array, array, items, items)))
    assert one is other
    assert first is second


def doubled(value, levels):
    """Twice the same list of twice the same list, and so on."""
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (doubled(0, 40), "parts"),
        (doubled(np.zeros(2**20), 4), "64 MiB"),
        ({"a": (doubled({}, 30),)}, "parts"),
        (doubled(0, 10_000), "deeper"),
    ],
)
def test_what_is_endless_to_walk_is_refused_on_both_sides(value, reason):
    """Numpy, which would unfold shared parts, runs in the trusted process."""
    with pytest.raises(wire.TooLargeError, match=reason):
        wire.Encoder().lower(value)
    lowered, number = [0, 1.0], 0
    for number in range(40):
        lowered = [0, lowered, [7, number + 1]]
    with pytest.raises(wire.WireError):
        wire.Decoder().build(lowered)


def test_a_value_that_holds_itself_is_refused_on_both_sides():
    """In an answer, and as what an argument is said to have become."""
    ring = []
    ring.append(ring)
    with pytest.raises(wire.TooLargeError, match="holds itself"):
        wire.dumps(ring)
    with pytest.raises(wire.TooLargeError, match="holds itself"):
        wire.Decoder().build([0, [7, 0]])
    one, other = [1], [2]
    decoder = wire.Decoder([one, other])
    decoder.update(0, [0, [7, 1], [7, 1]])
    with pytest.raises(wire.TooLargeError, match="holds itself"):
        decoder.update(1, [0, [7, 0], [7, 0]])


def test_memory_order_and_writeability_come_along():
    """A Fortran-ordered or read-only array is that on the other side."""
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    fixed = np.broadcast_to(np.float64(1.0), (2, 2))
    back, still = wire.loads(wire.dumps((fortran, fixed)))
    assert back.flags.f_contiguous
    assert not back.flags.c_contiguous
    assert not still.flags.writeable


def over_and_back(args, change):
    """Send ``args``, let ``change`` have its way with them there, and apply that here."""
    there = wire.Encoder()
    received = wire.Decoder()
    value = received.build(wire.unpack(wire.pack(there.lower(args))))
    result = change(*value)
    back = wire.Encoder(received.mutables)
    lowered = back.lower(result)
    contents = [back.content(part) for part in received.mutables]
    here = wire.Decoder(there.mutables)
    answer = here.build(wire.unpack(wire.pack(lowered)))
    for number, content in enumerate(contents):
        here.update(number, wire.unpack(wire.pack(content)))
    return answer


def test_changes_in_place_are_told_by_number():
    """Arrays, lists and dicts change here as they did there, and new parts may refer to old."""
    array, items, table = np.zeros(3), [1], {"a": np.ones(2)}
    first = table["a"]

    def change(a, b, c):
        a[1] = 7
        b.append(a)
        c["a"] += 1
        c["b"] = b
        return c

    answer = over_and_back((array, items, table), change)
    assert answer is table
    assert array.tolist() == [0, 7, 0]
    assert items[1] is array
    assert table["a"] is first
    assert first.tolist() == [2, 2]
    assert table["b"] is items


def test_an_argument_cannot_become_something_else_in_place():
    """A list cannot be updated as if it were an array, nor an array resized."""
    decoder = wire.Decoder([[1], np.zeros(2)])
    array = wire.Encoder().lower(np.zeros(3))
    with pytest.raises(wire.WireError):
        decoder.update(0, array)
    with pytest.raises(wire.WireError, match="resized"):
        decoder.update(1, array)


@pytest.mark.parametrize(
    "value",
    [b"x" * 2000, np.zeros(300), list(range(300)), "x" * 2000, 1 << 9000],
)
def test_oversize_values_are_refused_by_the_sender(value):
    """The caps hold on the way out."""
    with pytest.raises(wire.TooLargeError):
        wire.dumps(value, wire.SizeLimits(size=1000, items=200))


def test_deep_nesting_is_refused_on_both_ends():
    """Neither end recurses further than the caps say."""
    value = []
    for _ in range(200):
        value = [value]
    with pytest.raises(wire.TooLargeError):
        wire.dumps(value)
    lowered = wire.Encoder(caps=wire.SizeLimits(depth=500)).lower(value)
    with pytest.raises(wire.TooLargeError):
        wire.Decoder().build(lowered)


def test_many_small_objects_are_refused_while_they_are_read():
    """A few bytes per object must not become gigabytes of objects."""
    bomb = msgpack.packb([[[] for _ in range(2000)] for _ in range(2000)])
    with pytest.raises(wire.TooLargeError):
        wire.unpack(bomb)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(print),
        msgpack.packb({"a": 1}),
        msgpack.packb(msgpack.ExtType(5, b"code")),
        msgpack.packb(msgpack.Timestamp(1)),
        msgpack.packb([3, "|O", [1], 0, b"x" * 8]),
        msgpack.packb([3, "4u<", [1], 0, b"x" * 4]),  # numpy's reader raised something else
        msgpack.packb([3, "3f4", [1], 0, b"x" * 12]),  # to numpy, an array in each entry
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
