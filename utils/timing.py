"""Measure how long functions take: many repeats, in turn, with the spread of the results."""

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np


def race(
    functions: Mapping[str, Callable[[], object]], repeats: int = 101, calls: int = 5
) -> dict[str, list[float]]:
    """Time several functions, one repeat of each in turn.

    Since they take turns, a machine that slows down for a while slows all of them down. Compare
    the medians of the repeats: a mean would follow the few repeats that were interrupted.

    Args:
        functions: Functions without arguments, by name.
        repeats: How often each function is timed.
        calls: How many calls are timed together, so that a measured time is much longer than the
            resolution of the clock.

    Returns:
        For each name the seconds that one call took, one number for each repeat.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()  # the first call is slower: it allocates memory and fills caches
    for _ in range(repeats):
        for name, function in functions.items():
            start = perf_counter()
            for _ in range(calls):
                function()
            times[name].append((perf_counter() - start) / calls)
    return times


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Compute the lower quartile, the median and the upper quartile."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
