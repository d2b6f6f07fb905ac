"""Comparisons: the message for each way in which a value can be wrong."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support import strategies
from utils.checking.compare import describe_type, difference, is_multiple

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1.0, 1.0),
        (1, 1.0),
        (True, 1),
        (np.float32(1.0), 1.0),
        (np.array(1.0), 1.0),
        (1.0 + 1e-9, 1.0),
        (0.0, 1e-9),
        (A, A),
        (A.astype("f4"), A),
        (A.astype(int), A),
        (np.asfortranarray(A), A),
        (A > 2, (A > 2).astype(int)),
        ({"dW1": A, "extra": None}, {"dW1": A}),
        ((A, 1.0), (A, 1.0)),
        ([A, 1.0], (A, 1.0)),
        ((A, object()), (A, None)),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_values_that_are_right(got, expected):
    """Single precision, integers, lists instead of tuples and extra entries are no mistakes."""
    assert difference("it", got, expected) is None


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        (None, 1.0, ["dW1 is None", "`return`"]),
        ({"dW1": None}, {"dW1": A}, ["dW1 is None"]),
        ("1.0", 1.0, ["should be a number", "a str"]),
        ([1.0], 1.0, ["should be a number", "a list"]),
        (np.ones((1, 1)), 1.0, ["one number", "(1, 1)"]),
        ([[1.0]], np.ones((1, 1)), ["NumPy array", "a list"]),
        (3.0, A, ["NumPy array", "a float"]),
        (A, {"dW1": A}, ["dictionary", "an array of shape (2, 3)"]),
        ({}, {"dW1": A}, ["no entry 'dW1'"]),
        (A, (A, A), ["tuple of 2 values", "an array of shape (2, 3)"]),
        ((A,), (A, A), ["2 values", "holds 1"]),
        ((A, None), (A, A), ["dW1[1] is None"]),
        (A.T, A, ["(3, 2)", "transpose of (2, 3)", "wrong order"]),
        (A.sum(0), A.sum(0, keepdims=True), ["(3,)", "(1, 3)", "axis was lost", "keepdims"]),
        (np.ones((2, 4)), A, ["shape (2, 3)", "shape (2, 4)", "number of rows is right"]),
        (np.ones((5, 3)), A, ["shape (5, 3)", "number of columns is right"]),
        (A.sum(0, keepdims=True), A.sum(0), ["(1, 3)", "(3,)", "length 1 too many", "keepdims"]),
        (np.ones((1, 1, 3)), A.sum(0), ["(1, 1, 3)", "length 1 too many"]),
        (A.astype(str), A, ["should hold numbers"]),
        (A.astype(object), A, ["should hold numbers", "another type"]),
        (np.where(A > 3, np.nan, A), A, ["3 value(s)", "not finite", "[1, 0]"]),
        (np.inf, 1.0, ["not finite"]),
        (2.5, 1.0, ["should be 1", "it is 2.5"]),
        (np.where(A == 6, 9.0, A), A, ["[1, 2]", "should be 6", "it is 9"]),
        (-A, A, ["wrong sign"]),
        (A / 4, A, ["4 times too small"]),
        (1.5 * A, A, ["1.5 times too large"]),
        (2.0, 1.0, ["It is 2 times too large"]),
        (-0.5, 0.5, ["It has the wrong sign"]),
        (0.25, 1.0, ["It is 4 times too small"]),
        (np.array([0.0, 3.0, 0.0]), np.array([0.0, 1.0, 0.0]), ["It is 3 times too large"]),
        (np.array([[1.0, 3.0], [2.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), ["swapped"]),
    ],
)
def test_values_that_are_wrong(got, expected, words):
    """The message is about the first difference, and helps to find the mistake."""
    message = difference("dW1", got, expected)
    assert all(word in message for word in words), message
    assert message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("got", "expected", "silent"),
    [
        (1.2345, 1.0, "times"),
        (0.4, 0.6, "times"),
        (0.06, 0.03, "Every"),
        (np.where(A == 6, 9.0, A), A, "times"),
        (A + 1, A, "sign"),
        (np.zeros((2, 3)), A, "times"),
        (A, np.zeros((2, 3)), "times"),
    ],
)
def test_a_pattern_is_named_only_if_it_means_something(got, expected, silent):
    """Two numbers always have a ratio; only a round one is worth a word."""
    assert silent not in difference("it", got, expected)


def test_no_number_is_close_to_infinity():
    """Only infinity itself is."""
    assert difference("it", np.array([1.0, 2.0]), np.array([np.inf, 2.0]))
    assert difference("it", np.array([np.inf]), np.array([np.inf])) is None


def test_the_worst_value_is_shown():
    """Of several wrong values the message shows the one with the largest error."""
    got = A.copy()
    got[0, 1] += 0.5
    got[1, 1] += 100
    assert "[1, 1]" in difference("it", got, A)


@pytest.mark.parametrize(
    ("got", "expected"),
    [(2.34567, 7.65432), (A * 7.65432, A + 3.3), (np.where(A == 6, 2.34567, A), A * 1.1)],
)
def test_a_hidden_value_is_not_shown(got, expected):
    """The message contains neither the expected nor the student's value, only that it is wrong."""
    message = difference("dW1", got, expected, public=False)
    assert message in ("dW1 has wrong values.", "dW1 has a wrong value.")


@pytest.mark.parametrize(
    ("got", "expected", "multiple"),
    [
        (3.7 * A, A, True),
        (-A, A, True),
        (A + 1, A, False),
        (A.T, A, False),
        (2.0, 1.0, False),
        (np.array([0.0, 2.0]), np.array([0.0, 1.0]), False),
    ],
)
def test_multiples(got, expected, multiple):
    """An array that is the expected one times a factor; a single number always is."""
    assert is_multiple(got, expected) == multiple


def test_tolerances_can_be_chosen():
    """They mean the same as in numpy.isclose."""
    assert difference("it", 1.01, 1.0, rtol=0.02) is None
    assert difference("it", 1.01, 1.0, atol=0.02) is None
    assert difference("it", 1.01, 1.0, rtol=0.001, atol=0.001) is not None


def test_printed_digits_are_enough():
    """With a tolerance for eight digits they are right; an error of a tenth of a percent is not."""
    printed = np.round(A / 7, 8)
    assert difference("it", A / 7, printed, atol=5.1e-9) is None
    assert difference("it", A / 7 * 1.001, printed, atol=5.1e-9) is not None


@given(strategies.arrays)
def test_every_array_equals_its_copy(values):
    """In public and in hidden checks."""
    assert difference("it", values.copy(), values) is None
    assert difference("it", values.copy(), values, public=False) is None


@given(strategies.arrays, st.data())
def test_one_wrong_entry_is_found(values, data):
    """Wherever it is, and the message names its index."""
    assume(values.size)
    place = tuple(data.draw(st.integers(0, n - 1)) for n in values.shape)
    wrong = values.copy()
    wrong[place] += 1 + abs(wrong[place])
    message = difference("it", wrong, values)
    assert f"[{', '.join(map(str, place))}]" in message


anything = st.one_of(
    strategies.json_values,
    strategies.arrays,
    st.binary(max_size=3),
    st.complex_numbers(),
    st.dates(),
    st.tuples(strategies.arrays, st.none()),
    strategies.arrays.map(lambda a: {"dW1": a}),
    st.sampled_from(
        [object(), int, np.array(["a"]), np.array([None]), np.ma.masked, np.datetime64("now")]
    ),
)


@given(
    anything, st.one_of(strategies.arrays, st.floats(-9, 9), st.just({"dW1": A}), st.just((A, 1.0)))
)
def test_no_answer_breaks_the_comparison(got, expected):
    """Whatever a student returns, the result is None or a message, never an exception."""
    for public in (True, False):
        message = difference("dW1", got, expected, public=public)
        assert message is None or (message.strip() and "\n" not in message)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (A, "an array of shape (2, 3)"),
        (1, "an int"),
        (1.0, "a float"),
        ("", "a str"),
    ],
)
def test_types_are_described(value, words):
    """With the right article."""
    assert describe_type(value) == words


W, B = np.arange(1.0, 7).reshape(2, 3), np.array([[7.0], [8.0]])
RIGHT = {"W1": W, "b1": B, "W2": W + 1, "b2": B + 1}


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"b1": B - np.ones((2, 3))}, " It has the shape of W1: is something of W1 used for it?"),
        ({"b2": W}, " It has the shape of W2: is something of W2 used for it?"),
        ({"b2": B}, " It holds what b1 should hold."),
        ({"W1": W + 1}, " It holds what W2 should hold."),
        ({"b2": B + 0.3}, ""),
        ({"W2": np.zeros((2, 3))}, ""),
    ],
)
def test_a_wrong_entry_is_located(changes, end, public):
    """The message names the entries that are right, and whose shape or values the wrong one has."""
    message = difference("it", RIGHT | changes, RIGHT, public=public)
    right = [name for name in RIGHT if name not in changes]
    assert message.endswith(f"{end} {right[0]}, {right[1]} and {right[2]} are right.")
    assert (" It " in message) == bool(end)


def test_several_wrong_entries_are_named():
    """Also those that are wrong too, and with shapes alone nothing is said of values."""
    message = difference("it", RIGHT | {"b1": W, "b2": W}, RIGHT, public=False)
    assert message.endswith(" W1 and W2 are right. b2 is wrong too.")
    assert "are right" not in difference("it", dict.fromkeys(RIGHT, B - 99), RIGHT)
    zeros = {name: np.zeros(value.shape) for name, value in RIGHT.items()}
    message = difference("it", RIGHT | {"b2": W}, zeros, atol=float(np.finfo(float).max))
    assert message.endswith(" W1, b1 and W2 have the right shapes.")
    assert " It holds" not in message


@pytest.mark.parametrize("kind", [np.array, list, tuple])
@pytest.mark.parametrize("wanted", [[1.0, 2.5], (1.0, 2.5), [np.float64(1.0), np.float64(2.5)]])
def test_numbers_in_a_list_a_tuple_or_an_array(kind, wanted):
    """All are right if the numbers are; what is wrong is said of the numbers and their count."""
    assert difference("s", kind([1.0, 2.5]), wanted) is None
    assert "s[1]" in difference("s", kind([1.0, 2.6]), wanted)
    assert "should hold 2 values, but it holds 3" in difference("s", kind([1.0, 2.5, 3.0]), wanted)


def test_what_is_no_sequence_is_told_the_kind_that_is_wanted():
    """A list where the exercise asks for a list; an array of one number is none."""
    for got in (1.0, np.array(1.0), {"a": 1}):
        assert "should be a list of 2 values" in difference("s", got, [1.0, 2.0])
        assert "should be a tuple of 2 values" in difference("s", got, (1.0, 2.0))
    assert "should be a list of 2 values" in difference("s", np.eye(2), [np.ones(2), np.ones(2)])


def test_parts_of_a_tuple_are_located():
    """Places are named as they are written; skipped ones are not called right."""
    assert difference("it", (A, A + 1), (A, A)).endswith(" it[0] is right.")
    assert "right" not in difference("it", (A, A + 1), (None, A))


def test_of_many_entries_only_some_are_listed():
    """The message stays short."""
    expected = {f"W{layer}": A + layer for layer in range(30)}
    message = difference("it", expected | {"W29": A - 1}, expected)
    assert message.endswith(" W0, W1, W2, W3, W4, W5, W6 and 22 more are right.")


@pytest.mark.parametrize("shape", [(2, 4), (5, 3), (1, 2, 3), (6,), (2, 3, 1)])
def test_a_hidden_shape_is_not_blamed_on_fixed_sizes(shape):
    """Only what is seen is said: no sizes are called fixed, and no number is given."""
    message = difference("dW1", np.ones(shape), A, public=False)
    assert "fixed" not in message
    assert "hard-coded" not in message
    assert not any(digit in message.replace("dW1", "").replace("length 1", "") for digit in "23456")
