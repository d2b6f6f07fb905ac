"""numpy's legacy state: only a valid one is set, and the fast generator is the same generator."""

import numpy as np
import pytest

from autograder.engine.protocol import random_state


def valid_state():
    """A valid state of another stream."""
    return np.random.RandomState(5).get_state()


def test_a_state_is_saved_and_restored():
    """A restored state continues the stream that it was taken from."""
    before = random_state.current()
    random_state.restore(random_state.parse_state(valid_state()))
    assert np.random.rand() == np.random.RandomState(5).rand()
    random_state.restore(before)


@pytest.mark.parametrize("draw", ["rand", "randn"])
def test_a_stream_from_which_something_was_drawn_is_another(draw):
    """Also where only half of a pair of normal numbers is left over; an unknown one is no other."""
    stream = np.random.RandomState(5)
    stream.randn()  # leaves the other half of the pair
    before, again = (random_state.parse_state(stream.get_state()) for _ in range(2))
    getattr(stream, draw)()
    after = random_state.parse_state(stream.get_state())
    assert random_state.is_same(before, again)
    assert not random_state.is_same(before, after)
    assert not random_state.is_same(None, None)


@pytest.mark.parametrize("position", [-1, 625, 10**6])
def test_a_position_outside_the_key_is_refused(position):
    """Numpy would read the memory there and return it as random numbers."""
    name, key, _, has_gauss, gauss = valid_state()
    assert random_state.parse_state((name, key, position, has_gauss, gauss)) is None


@pytest.mark.parametrize(
    "state",
    [
        None,
        (),
        ("PCG64", *valid_state()[1:]),
        ("MT19937", np.zeros(3, np.uint32), 0, 0, 0.0),
        ("MT19937", valid_state()[1].astype(np.int64), 0, 0, 0.0),
        ("MT19937", valid_state()[1], 0, 7, 0.0),
        ("MT19937", valid_state()[1], 0, 1, float("nan")),
        ("MT19937", valid_state()[1], 0, 1, float("-inf")),
        ("MT19937", valid_state()[1], 0, 1, 1e300),
    ],
)
def test_anything_else_is_refused(state):
    """A state from the student's process may be any data."""
    assert random_state.parse_state(state) is None


def key_with(word, value):
    """A key in which one word is not 0."""
    key = np.zeros(624, np.uint32)
    key[word] = value
    return key


@pytest.mark.parametrize("position", [0, 1, 624])
@pytest.mark.parametrize("first_word", [0, 1, 2**31 - 1])
def test_a_key_from_which_only_zeros_follow_is_refused(first_word, position):
    """``np.random.randn`` would never return, in C, where no Python signal handler runs."""
    state = ("MT19937", key_with(0, first_word), position, 0, 0.0)
    assert random_state.parse_state(state) is None


@pytest.mark.parametrize(("word", "value"), [(0, 2**31), (1, 1), (623, 1)])
def test_a_key_with_a_single_bit_is_a_key(word, value):
    """It recovers: a normal number is drawn from it at once."""
    before = random_state.current()
    state = random_state.parse_state(("MT19937", key_with(word, value), 624, 0, 0.0))
    assert state is not None
    random_state.restore(state)
    assert np.isfinite(np.random.randn())
    random_state.restore(before)


def test_every_saved_half_of_a_pair_of_normal_numbers_is_accepted():
    """The largest comes from the smallest pair of doubles that numpy can draw."""
    name, key, position, _, _ = valid_state()
    smallest = 2.0**-106
    gauss = float(np.sqrt(-2 * np.log(smallest) / smallest) * np.sqrt(smallest))
    assert random_state.parse_state((name, key, position, 1, gauss)) is not None


def plain_state(generator):
    """A generator's state as plain values."""
    state = generator.state
    return state["bit_generator"], state["state"]["key"].tolist(), state["state"]["pos"]


@pytest.mark.parametrize("draws", [0, 1, 623, 624, 625, 2000])
def test_the_fast_generator_is_numpy_s(draws):
    """Its state is numpy's before, at and after the key is made anew, and so are its draws."""
    ours, numpys = random_state.MT19937(8), np.random.MT19937(8)
    ours.random_raw(draws)
    numpys.random_raw(draws)
    assert plain_state(ours) == plain_state(numpys)
    other = np.random.MT19937(9)
    other.random_raw(draws)
    ours.state = other.state
    assert plain_state(ours) == plain_state(other)
    assert ours.random_raw() == other.random_raw()


@pytest.mark.parametrize("position", [-1, 625, 2**31])
def test_the_fast_generator_takes_no_position_outside_the_key(position):
    """It leaves those to numpy: it never writes a position that makes numpy read other memory."""
    ours = random_state.MT19937(8)
    state = ours.state
    state["state"]["pos"] = position
    assert random_state.parse_state(("MT19937", state["state"]["key"], position, 0, 0.0)) is None
    with pytest.raises((LookupError, TypeError, ValueError)):
        ours.state = {"bit_generator": "PCG64", "state": {}}
    assert plain_state(ours) == plain_state(np.random.MT19937(8))


def test_the_stream_continues_in_the_fast_generator():
    """Including half a pair of normal numbers; what is saved and restored is the same stream."""
    before = random_state.current()
    try:
        np.random.seed(4)
        np.random.randn()
        assert random_state.speed_up_state_access()
        expected = np.random.RandomState(4)
        expected.randn()
        assert np.random.randn() == expected.randn()
        saved = random_state.current()
        numbers = np.random.randn(3).tolist()
        assert numbers == expected.randn(3).tolist()
        random_state.restore(saved)
        assert np.random.randn(3).tolist() == numbers
        np.random.seed(4)
        assert np.random.rand() == np.random.RandomState(4).rand()
    finally:
        random_state.restore(before)


def test_with_another_memory_layout_nothing_changes(monkeypatch):
    """A layout that the class does not know is noticed, and numpy's own generator stays."""
    generator = np.random.get_bit_generator()
    monkeypatch.setattr(random_state, "_BYTES", 4 * 623)
    assert not random_state.speed_up_state_access()
    assert np.random.get_bit_generator() is generator
