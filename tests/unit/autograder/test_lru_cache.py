"""What was used recently is kept, up to a total size."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograder.lru_cache import LRUCache, digest, size_in_bytes


def test_the_least_recently_used_value_is_dropped_first():
    """Getting a value counts as using it."""
    cache = LRUCache(30, max_value_size=10)
    for name in "abc":
        cache.put(name, name.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert [cache.get(name) for name in "abcd"] == ["A", None, "C", "D"]


def test_false_can_be_kept():
    """It is not confused with a missing value."""
    cache = LRUCache(100)
    cache.put("a", False, 1)
    assert cache.get("a") is False


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40))))
def test_the_total_size_is_bounded(puts):
    """Whatever is put there, and replaced there."""
    cache, latest = LRUCache(100, max_value_size=30), {}
    for key, size in puts:
        cache.put(key, size, size)
        if size <= 30:
            latest[key] = size
        kept = {key: cache.get(key) for key in range(10) if cache.get(key) is not None}
        assert sum(kept.values()) == cache.size <= 100
        assert all(latest[key] == value for key, value in kept.items())
    cache.clear()
    assert cache.size == 0
    assert all(cache.get(key) is None for key in range(10))


def test_sizes_are_close_to_what_python_takes():
    """Arrays by their bytes, plus something for each object."""
    assert 8000 < size_in_bytes(np.zeros(1000)) < 8500
    assert size_in_bytes({"a": [np.zeros(1000)] * 3}) > 24_000
    assert size_in_bytes([0.0] * 100) > 2400
    assert size_in_bytes("x" * 500) > 500


def test_a_digest_depends_on_where_the_parts_end():
    """The same bytes divided otherwise have another digest."""
    digests = {digest(b"ab", b"c"), digest(b"a", b"bc"), digest(b"abc"), digest(b"abc", b"")}
    assert len(digests) == 4
