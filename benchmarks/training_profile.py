"""Where a training run of the regularization notebook spends its time.

The solution's functions are timed from inside the loop; what is left is the loop itself. Run it:
``python benchmarks/training_profile.py``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.support.solutions import solution_namespace
from utils.networks import update_parameters

ITERATIONS = 5000
RUNS = {
    "L2": {"lambd": 0.7},
    "dropout": {"keep_prob": 0.86},
    "both": {"lambd": 0.3, "keep_prob": 0.86},
}


def main() -> None:
    """Print, for each run, the share of each function and of the loop."""
    names = solution_namespace("regularization")
    spent: dict[str, float] = defaultdict(float)
    depth = 0

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            depth += 1
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                depth -= 1
                if not depth:  # a function called by another one counts with that one
                    spent[function.__name__] += time.perf_counter() - begun

        return call

    for name in [name for name in names if "propagation" in name or "compute_cost" in name]:
        names[name] = timed(names[name])
    train = names["train"]
    names["train"] = lambda *args, **kwargs: train(
        *args, **kwargs, update=timed(update_parameters), progress=False
    )
    X, Y, *_ = names["load_2D_dataset"]()
    for title, how in RUNS.items():
        spent.clear()
        begun = time.perf_counter()
        names["model"](X, Y, num_iterations=ITERATIONS, **how)
        total = time.perf_counter() - begun
        print(f"{title}: {total / ITERATIONS * 1e6:.0f} µs an iteration")
        for name, seconds in sorted(spent.items(), key=lambda one: -one[1]):
            print(f"  {seconds / total:6.1%}  {name}")
        print(f"  {1 - sum(spent.values()) / total:6.1%}  the loop itself")


if __name__ == "__main__":
    main()
