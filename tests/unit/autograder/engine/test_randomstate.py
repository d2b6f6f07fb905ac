"""The legacy state of numpy is only set where it is one."""

import numpy as np
import pytest

from autograder.engine import randomstate


def good():
    """A state of another stream."""
    return np.random.RandomState(5).get_state()


def test_a_state_goes_over_and_back():
    """What is restored is what was current."""
    before = randomstate.current()
    randomstate.restore(randomstate.checked(good()))
    assert np.random.rand() == np.random.RandomState(5).rand()
    randomstate.restore(before)


@pytest.mark.parametrize("place", [-1, 625, 10**6])
def test_a_position_outside_the_key_is_refused(place):
    """Else numpy would read the memory there, and hand it out as random numbers."""
    name, key, _, has_gauss, gauss = good()
    assert randomstate.checked((name, key, place, has_gauss, gauss)) is None


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
    assert randomstate.checked(state) is None
