"""How long a function takes, honestly: many repeats, in turn, and the spread kept."""

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np


def race(
    functions: Mapping[str, Callable[[], object]], repeats: int = 101, calls: int = 5
) -> dict[str, list[float]]:
    """Time functions one after the other, again and again.

    They take turns, so that a machine that slows down for a while slows all of them; the median
    of the repeats is then what to compare (a mean would follow the few that were disturbed).

    Args:
        functions: By name, each to be called without arguments.
        repeats: How often each is timed.
        calls: How many calls are timed together, to be well above the clock's own grain.

    Returns:
        By name the seconds that one call took, one for each repeat.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()  # the first call pays for memory and caches
    for _ in range(repeats):
        for name, function in functions.items():
            start = perf_counter()
            for _ in range(calls):
                function()
            times[name].append((perf_counter() - start) / calls)
    return times


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """The lower quartile, the median and the upper quartile."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
