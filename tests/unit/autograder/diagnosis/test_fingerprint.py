"""Fingerprints never call two values different that a full comparison calls equal."""

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
    st.sampled_from([np.float32(x) for x in (np.nan, np.inf, 0.0, 1e-11, 1.5)]),
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


def perturbed(value, by):
    """The same value with a small relative error in each number."""
    if isinstance(value, dict):
        return {key: perturbed(part, by) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(perturbed(part, by) for part in value)
    if isinstance(value, (float, np.floating, np.ndarray)) and np.asarray(value).dtype.kind == "f":
        with np.errstate(all="ignore"):
            return value * type(value)(1 + by) if np.isscalar(value) else value * (1 + by)
    return value


@given(values, st.sampled_from([0.0, 1e-12, 9e-7, -9.99e-7, 1.01e-6, 9e-5, 1e-3]))
def test_equal_values_may_be_equal(value, by):
    """Values that are equal within the tolerance may be equal, as a whole and in part."""
    other = perturbed(value, by)
    for a, b in ((value, other), (other, value)):
        with np.errstate(all="ignore"):
            equal = same(a, b)
        if equal:
            assert may_be_equal(fingerprint(a), fingerprint(b))
            assert may_be_equal(without(fingerprint(a), ()), without(fingerprint(b), ()))


@given(values, values)
def test_any_two_values(a, b):
    """If two fingerprints differ, so do the values, of whatever kind they are."""
    with np.errstate(all="ignore"):
        if not may_be_equal(fingerprint(a), fingerprint(b)):
            assert not same(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
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
def test_common_differences_are_noticed(a, b):
    """Another shape, another type, or another first or last number."""
    assert not may_be_equal(fingerprint(a), fingerprint(b))
    assert not may_be_equal(fingerprint(b), fingerprint(a))
