"""What was lately used is kept, and no more than there is room for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograder.lru_cache import LRUCache, digest, size_in_bytes


def test_what_was_not_used_goes_first():
    """Asking for something is using it."""
    shelf = LRUCache(30, largest=10)
    for name in "abc":
        shelf.put(name, name.upper(), 10)
    assert shelf.get("a") == "A"
    shelf.put("d", "D", 10)
    assert [shelf.get(name) for name in "abcd"] == ["A", None, "C", "D"]


def test_false_is_a_value():
    """As much as any."""
    shelf = LRUCache(100)
    shelf.put("a", False, 1)
    assert shelf.get("a") is False


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40))))
def test_there_is_only_so_much_room(puts):
    """Whatever is put there, and put there again."""
    shelf, last = LRUCache(100, largest=30), {}
    for name, weight in puts:
        shelf.put(name, weight, weight)
        if weight <= 30:
            last[name] = weight
        kept = {one: shelf.get(one) for one in range(10) if shelf.get(one) is not None}
        assert sum(kept.values()) == shelf.weight <= 100
        assert all(last[one] == value for one, value in kept.items())
    shelf.clear()
    assert shelf.weight == 0
    assert all(shelf.get(one) is None for one in range(10))


def test_a_weight_is_about_what_python_takes():
    """Arrays by their bytes, and something for each value."""
    assert 8000 < size_in_bytes(np.zeros(1000)) < 8500
    assert size_in_bytes({"a": [np.zeros(1000)] * 3}) > 24_000
    assert size_in_bytes([0.0] * 100) > 2400
    assert size_in_bytes("x" * 500) > 500


def test_a_digest_sees_where_parts_end():
    """The same bytes cut in another way are something else."""
    made = {digest(b"ab", b"c"), digest(b"a", b"bc"), digest(b"abc"), digest(b"abc", b"")}
    assert len(made) == 4
