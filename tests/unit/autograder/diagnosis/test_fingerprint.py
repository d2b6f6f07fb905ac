"""A value in a few numbers: never another verdict than that of a full comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.diagnosis.fingerprint import fingerprint, may_be_equal
from tests.support import strategies
from utils.checking.compare import same, without

odd = st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 1e-11, 1e308, 5e-324])
leaves = st.one_of(
    strategies.arrays,
    st.floats(),
    odd,
    st.sampled_from([np.float32(one) for one in (np.nan, np.inf, 0.0, 1e-11, 1.5)]),
    st.integers(-3, 3),
    st.booleans(),
    st.none(),
    st.text(max_size=2),
    st.complex_numbers(),
    st.sampled_from([np.array([1, 2]), np.array([1.0, 2.0], "f4"), np.array(["a"]), 2**80]),
    st.builds(object),
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


def shaken(value, by):
    """The same value, each number a little off."""
    if isinstance(value, dict):
        return {key: shaken(part, by) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(shaken(part, by) for part in value)
    if isinstance(value, (float, np.floating, np.ndarray)) and np.asarray(value).dtype.kind == "f":
        with np.errstate(all="ignore"):
            return value * type(value)(1 + by) if np.isscalar(value) else value * (1 + by)
    return value


@given(values, st.sampled_from([0.0, 1e-12, 9e-7, -9.99e-7, 1.01e-6, 9e-5, 1e-3]))
def test_what_is_the_same_may_be(value, by):
    """Within the tolerance, whatever the value; of a whole answer and of a part of it."""
    other = shaken(value, by)
    for one, two in ((value, other), (other, value)):
        with np.errstate(all="ignore"):
            alike = same(one, two)
        if alike:
            assert may_be_equal(fingerprint(one), fingerprint(two))
            assert may_be_equal(without(fingerprint(one), ()), without(fingerprint(two), ()))


@given(values, values)
def test_any_two_values(one, two):
    """Of any kind: what a sketch tells apart, the full comparison tells apart."""
    with np.errstate(all="ignore"):
        if not may_be_equal(fingerprint(one), fingerprint(two)):
            assert not same(one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (np.ones(3), np.ones((3, 1))),
        (np.ones(3), np.array([1.0, 1.0, 1.1])),
        (np.zeros(50), np.r_[np.zeros(49), 1.0]),
        (1.0, None),
        ({"a": 1.0}, {"b": 1.0}),
        ((1.0, 2.0), (1.0,)),
        (np.nan, 0.0),
        ("a", "b"),
    ],
)
def test_what_it_is_for(one, two):
    """Most that differs is told apart by it: shape, kind, first and last numbers."""
    assert not may_be_equal(fingerprint(one), fingerprint(two))
    assert not may_be_equal(fingerprint(two), fingerprint(one))
