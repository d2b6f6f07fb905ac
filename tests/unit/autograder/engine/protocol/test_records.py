"""Values that cross as records: they arrive as they were, and nothing false can be built."""

import datetime as dt
import decimal
import fractions
import importlib.util
from collections import Counter, OrderedDict, deque, namedtuple
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from autograder.engine.protocol import wire

Point = namedtuple("Point", "x y")  # noqa: PYI024  as students write it

VALUES = [
    {1, (2, "a"), None},
    frozenset([1.5]),
    range(3, 9, 2),
    slice(1, None),
    dt.date(2020, 2, 29),
    dt.datetime(2020, 1, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    dt.time(1, 2),
    dt.timedelta(1, 2, 3),
    fractions.Fraction(1, 3),
    decimal.Decimal("1.50"),
    10**3000,
    Counter("aab"),
    OrderedDict(b=1, a=2),
    deque([1, 2], 3),
    {(1, 2): 3, None: 4, 1.5: 2, True: 1, frozenset([1]): 0},
    SimpleNamespace(a=[1]),
    np.str_("ä"),
    np.datetime64("2020-01-01"),
    int,
    np.float64,
    np.dtype("<f8"),
    bytearray(b"x"),
    {1: 2}.keys(),
    Point(1, [2]),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_they_arrive_as_they_were(value):
    """Equal, and of the same type."""
    arrived = wire.loads(wire.dumps(value))
    assert arrived == value
    assert type(arrived) is type(value) or type(arrived).__name__ == "Point"


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "bc"]),
        np.array([b"a"]),
        np.array(["2020-01-01"], "M8[D]"),
        np.array([1, "a", None, [1]], object),
    ],
)
def test_arrays_of_other_things_than_numbers(array):
    """Text, times and objects, with their dtype."""
    arrived = wire.loads(wire.dumps(array))
    assert arrived.dtype == array.dtype
    assert arrived.tolist() == array.tolist()


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_matrix", "lil_matrix"])
def test_sparse_matrices(kind):
    """Their arrays cross; they are of the same kind."""
    matrix = getattr(sparse, kind)(np.array([[0, 1.5], [0, 0]]))
    arrived = wire.loads(wire.dumps(matrix))
    assert type(arrived) is type(matrix)
    assert arrived.toarray().tolist() == [[0, 1.5], [0, 0]]


@pytest.mark.parametrize("value", [{1}, bytearray(b"a"), deque([1]), Counter("a")])
def test_what_was_changed_in_place_is_changed_on_this_end(value):
    """One object under two names stays one."""
    encoder = wire.Encoder()
    decoder = wire.Decoder()
    arrived, same = decoder.decode(encoder.encode((value, value)))
    assert arrived is same
    arrived.clear()
    answer = wire.Encoder(decoder.mutables).encode_content(arrived)
    wire.Decoder(encoder.mutables).update(0, answer)
    assert not value


@pytest.mark.parametrize(
    "parts",
    [
        ["set", [0, 1]],  # an element that has no hash
        ["date", -1],
        ["date", "x"],
        ["Fraction", 1, 0],
        ["Decimal", "1e999999999"],
        ["range", 0, 10**15, 1],
        ["type", "os.system"],
        ["namedtuple", "P", [1, "a b"], 1],
        ["namedtuple", "P", [1, "__class__"], 1],
        ["objects", [1, 2], 1],
        ["dtype", "O,O"],
        ["scipy.csr_matrix", [1, 1, 1], 0, 0, 0],
        ["nobody", 1],
        ["os", 1],
        [3],
        [],
    ],
)
def test_what_makes_no_value_is_refused(parts):
    """Whatever the constructor would raise, it is the error of the wire."""
    with pytest.raises(wire.WireError):
        wire.Decoder().decode([9, *parts])


def test_sparse_positions_outside_of_the_matrix_are_refused():
    """SciPy would read other memory."""
    whole = wire.Encoder().encode(sparse.csr_matrix(np.eye(2)))
    whole[4] = wire.Encoder().encode(np.array([0, 99], np.int32))
    with pytest.raises(wire.WireError):
        wire.Decoder().decode(whole)


def test_characters_that_are_none_are_refused():
    """Four bytes need not be a character."""
    array = wire.Encoder().encode(np.array(["a"]))
    array[4] = b"\xff\xff\xff\xff"
    with pytest.raises(wire.WireError):
        wire.Decoder().decode(array)


@pytest.mark.skipif(not importlib.util.find_spec("pandas"), reason="pandas is not installed")
def test_frames_and_series():
    """Columns of all kinds, indexes with names and levels."""
    import pandas as pd

    frame = pd.DataFrame(
        {"n": [1, 2], "s": ["x", None], "t": pd.to_datetime(["2020-01-01"] * 2), "o": [[1], (2,)]},
        index=pd.Index(["r", "s"], name="row"),
    )
    arrived = wire.loads(wire.dumps(frame))
    pd.testing.assert_frame_equal(arrived, frame)
    grouped = frame.groupby("s")[["n"]].agg(["sum", "mean"])
    pd.testing.assert_frame_equal(wire.loads(wire.dumps(grouped)), grouped)
    series = pd.Series(pd.Categorical(["a", "b"]), name="c")
    pd.testing.assert_series_equal(wire.loads(wire.dumps(series)), series)
