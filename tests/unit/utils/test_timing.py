"""Timing functions in turn."""

from utils.timing import quartiles, race


def test_functions_are_timed_in_turn():
    """Each function is called once to warm up, then in turn, as often as asked."""
    calls = []
    times = race(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=3, calls=2
    )
    assert "".join(calls) == "ab" + "aabb" * 3
    assert [len(seconds) for seconds in times.values()] == [3, 3]
    assert quartiles([4, 1, 3, 2, 5]) == (2, 3, 4)
