"""The legacy state of numpy is only set where it is one."""

import numpy as np
import pytest

from autograder.engine.protocol import random_state


def good():
    """A state of another stream."""
    return np.random.RandomState(5).get_state()


def test_a_state_goes_over_and_back():
    """What is restored is what was current."""
    before = random_state.current()
    random_state.restore(random_state.parse_state(good()))
    assert np.random.rand() == np.random.RandomState(5).rand()
    random_state.restore(before)


@pytest.mark.parametrize("place", [-1, 625, 10**6])
def test_a_position_outside_the_key_is_refused(place):
    """Else numpy would read the memory there, and hand it out as random numbers."""
    name, key, _, has_gauss, gauss = good()
    assert random_state.parse_state((name, key, place, has_gauss, gauss)) is None


@pytest.mark.parametrize(
    "state",
    [
        None,
        (),
        ("PCG64", *good()[1:]),
        ("MT19937", np.zeros(3, np.uint32), 0, 0, 0.0),
        ("MT19937", good()[1].astype(np.int64), 0, 0, 0.0),
        ("MT19937", good()[1], 0, 7, 0.0),
        ("MT19937", good()[1], 0, 1, float("nan")),
    ],
)
def test_anything_else_is_refused(state):
    """A state from the student's process is data until it has been looked at."""
    assert random_state.parse_state(state) is None


def told(bits):
    """A generator's state as plain values."""
    state = bits.state
    return state["bit_generator"], state["state"]["key"].tolist(), state["state"]["pos"]


@pytest.mark.parametrize("draws", [0, 1, 623, 624, 625, 2000])
def test_the_quick_generator_is_numpy_s(draws):
    """Its state is what numpy's says, before, at and after the key is made anew; so are draws."""
    ours, theirs = random_state.MT19937(8), np.random.MT19937(8)
    ours.random_raw(draws)
    theirs.random_raw(draws)
    assert told(ours) == told(theirs)
    other = np.random.MT19937(9)
    other.random_raw(draws)
    ours.state = other.state
    assert told(ours) == told(other)
    assert ours.random_raw() == other.random_raw()


@pytest.mark.parametrize("place", [-1, 625, 2**31])
def test_the_quick_generator_takes_no_position_outside_the_key(place):
    """It leaves those to numpy: nothing of ours writes what numpy would then read memory by."""
    ours = random_state.MT19937(8)
    state = ours.state
    state["state"]["pos"] = place
    assert random_state.parse_state(("MT19937", state["state"]["key"], place, 0, 0.0)) is None
    with pytest.raises((LookupError, TypeError, ValueError)):
        ours.state = {"bit_generator": "PCG64", "state": {}}
    assert told(ours) == told(np.random.MT19937(8))


def test_a_quickened_stream_goes_on_where_it_stood():
    """Half a pair of normal numbers included; what is saved and restored is the same stream."""
    before = random_state.current()
    try:
        np.random.seed(4)
        np.random.randn()
        assert random_state.speed_up_state_access()
        wanted = np.random.RandomState(4)
        wanted.randn()
        assert np.random.randn() == wanted.randn()
        middle = random_state.current()
        numbers = np.random.randn(3).tolist()
        assert numbers == wanted.randn(3).tolist()
        random_state.restore(middle)
        assert np.random.randn(3).tolist() == numbers
        np.random.seed(4)
        assert np.random.rand() == np.random.RandomState(4).rand()
    finally:
        random_state.restore(before)


def test_where_numpy_keeps_its_state_otherwise_nothing_is_quickened(monkeypatch):
    """A layout that the class does not know is noticed, and numpy's own way is left in place."""
    bits = np.random.get_bit_generator()
    monkeypatch.setattr(random_state, "_BYTES", 4 * 623)
    assert not random_state.speed_up_state_access()
    assert np.random.get_bit_generator() is bits
