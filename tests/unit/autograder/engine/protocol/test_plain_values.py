"""Which values may cross the trust line, and how they arrive."""

import math
import warnings
from enum import IntEnum

import numpy as np
import pytest
from hypothesis import given
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


def equal(left: object, right: object) -> bool:
    """Whether two values are equal, with the same types at all depths; NaN equals NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        return (
            left.dtype == right.dtype
            and left.shape == right.shape
            and left.tobytes() == right.tobytes()
        )
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    if isinstance(left, complex):
        return equal(left.real, right.real) and equal(left.imag, right.imag)
    return left == right


@given(PLAIN)
def test_plain_values_cross_unchanged(value):
    """Values, exact types, dtypes and shapes are the same on the other side."""
    assert equal(wire.loads(wire.dumps(value)), value)


@pytest.mark.parametrize(
    "scalar", [np.float32(1.5), np.int8(-3), np.bool_(True), np.complex128(1j)]
)
def test_numpy_scalars_keep_their_type(scalar):
    """A numpy number does not become a Python number."""
    back = wire.loads(wire.dumps(scalar))
    assert type(back) is type(scalar)
    assert back == scalar


class AlwaysEqual(np.ndarray):
    """An array that says it equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = None


class Colour(IntEnum):
    """A subclass of int."""

    RED = 1


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.zeros(2).view(AlwaysEqual), "AlwaysEqual"),
        (Colour.RED, "Colour"),
        (np.ma.masked_array([1]), "MaskedArray"),
        (np.array([object()]), "object"),
        (np.zeros(1, [("a", int)]), "ndarray"),
        ({Colour.RED}, "set"),
        ({Colour.RED: 3}, "dict"),
        (len, "builtin_function_or_method"),
        ("\ud800", "str"),
    ],
)
def test_what_is_not_plain_is_named_and_refused(value, name):
    """Subclasses and objects do not cross; the message names their type."""
    with pytest.raises(wire.NotPlainError, match=name):
        wire.dumps(value)


def test_parts_that_are_not_plain_are_sent_as_handles():
    """In a tuple that holds such an object, only that object is a handle."""
    kept = []

    def to_handle(value):
        kept.append(value)
        return wire.Handle(len(kept) - 1, type(value).__name__, callable(value))

    encoded = wire.Encoder(to_handle=to_handle).encode((np.arange(2), {Colour.RED}, len))
    array, not_plain, function = wire.Decoder().decode(wire.unpack(wire.pack(encoded)))
    assert array.tolist() == [0, 1]
    assert not_plain == wire.Handle(0, "set", callable=False)
    assert function.callable
    assert kept == [{1}, len]


def test_one_object_stays_one_object():
    """What was the same list or array before is the same after."""
    array, items = np.zeros(2), [1]
    array_1, array_2, items_1, items_2 = wire.loads(wire.dumps((array, array, items, items)))
    assert array_1 is array_2
    assert items_1 is items_2


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
    """Numpy, which would visit shared parts again and again, runs in the trusted process."""
    with pytest.raises(wire.TooLargeError, match=reason):
        wire.Encoder().encode(value)
    encoded, number = [0, 1.0], 0
    for number in range(40):
        encoded = [0, encoded, [7, number + 1]]
    with pytest.raises(wire.WireError):
        wire.Decoder().decode(encoded)


def test_a_value_that_holds_itself_is_refused_on_both_sides():
    """In an answer, and as the new content of an argument."""
    cycle = []
    cycle.append(cycle)
    with pytest.raises(wire.TooLargeError, match="holds itself"):
        wire.dumps(cycle)
    with pytest.raises(wire.TooLargeError, match="holds itself"):
        wire.Decoder().decode([0, [7, 0]])
    decoder = wire.Decoder([[1], [2]])
    decoder.update(0, [0, [7, 1], [7, 1]])
    with pytest.raises(wire.TooLargeError, match="holds itself"):
        decoder.update(1, [0, [7, 0], [7, 0]])


def test_memory_order_and_writability_are_kept():
    """A Fortran-ordered or read-only array is the same on the other side."""
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    read_only = np.broadcast_to(np.float64(1.0), (2, 2))
    received_fortran, received_read_only = wire.loads(wire.dumps((fortran, read_only)))
    assert received_fortran.flags.f_contiguous
    assert not received_fortran.flags.c_contiguous
    assert not received_read_only.flags.writeable


def call_remotely(args, change):
    """Send ``args``, call ``change`` on what arrives, and apply its changes to ``args``."""
    there = wire.Encoder()
    received = wire.Decoder()
    value = received.decode(wire.unpack(wire.pack(there.encode(args))))
    result = change(*value)
    back = wire.Encoder(received.mutables)
    encoded = back.encode(result)
    contents = [back.encode_content(part) for part in received.mutables]
    here = wire.Decoder(there.mutables)
    answer = here.decode(wire.unpack(wire.pack(encoded)))
    for number, content in enumerate(contents):
        here.update(number, wire.unpack(wire.pack(content)))
    return answer


def test_changes_in_place_are_sent_by_number():
    """Arrays, lists and dicts change here as they did there; new parts may refer to old ones."""
    array, items, table = np.zeros(3), [1], {"a": np.ones(2)}
    first = table["a"]

    def change(a, b, c):
        a[1] = 7
        b.append(a)
        c["a"] += 1
        c["b"] = b
        return c

    answer = call_remotely((array, items, table), change)
    assert answer is table
    assert array.tolist() == [0, 7, 0]
    assert items[1] is array
    assert table["a"] is first
    assert first.tolist() == [2, 2]
    assert table["b"] is items


def reinterpret(array):
    """Let the array's own bytes be other numbers, without the warning that numpy gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        array.dtype = np.float32


@pytest.mark.parametrize(
    "change",
    [
        reinterpret,
        lambda array: array.resize((3, 2), refcheck=False),
        lambda array: array.setflags(write=False),
        lambda array: (array.fill(np.nan), array.setflags(write=False)),
        lambda array: (array.resize((6,), refcheck=False), reinterpret(array)),
    ],
)
def test_whatever_is_done_to_an_array_in_place_is_done_here(change):
    """Dtype, shape and protection change like values, and are no broken answer."""
    array, expected = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3)
    change(expected)
    call_remotely((array,), change)
    assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
    assert array.flags.writeable == expected.flags.writeable
    assert array.tobytes() == expected.tobytes()


def test_an_argument_cannot_become_something_else_in_place():
    """A list cannot be updated as if it were an array, nor an array resized."""
    decoder = wire.Decoder([[1], np.zeros(2)])
    array = wire.Encoder().encode(np.zeros(3))
    with pytest.raises(wire.WireError):
        decoder.update(0, array)
    with pytest.raises(wire.WireError, match="resized"):
        decoder.update(1, array)


@pytest.mark.parametrize(
    "value",
    [b"x" * 2000, np.zeros(300), list(range(300)), "x" * 2000, 1 << 9000],
)
def test_oversize_values_are_refused_by_the_sender(value):
    """The limits also hold for what is sent."""
    with pytest.raises(wire.TooLargeError):
        wire.dumps(value, wire.SizeLimits(size=1000, items=200))


def test_deep_nesting_is_refused_on_both_ends():
    """Neither end recurses deeper than the limits allow."""
    value = []
    for _ in range(200):
        value = [value]
    with pytest.raises(wire.TooLargeError):
        wire.dumps(value)
    encoded = wire.Encoder(limits=wire.SizeLimits(depth=500)).encode(value)
    with pytest.raises(wire.TooLargeError):
        wire.Decoder().decode(encoded)
