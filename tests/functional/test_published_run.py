"""The published regularization run, by the notebook's own model and the solutions' own functions.

The data may not be shipped: name a copy in the environment variable ``PUBLISHED_2D_DATA``.
"""

from __future__ import annotations

import os

import pytest

from tests.support.solutions import solution_namespace

# costs at 0, 10000 and 20000, as published; to how many of their digits reports agree with one
# another; accuracy in training and on the test
RUNS = {
    "plain": (
        {},
        (0.6557412523481002, 0.1632998752572417, 0.13851642423284755),
        (1e-12, 1e-10, 1e-9),
        (0.9478672985781991, 0.915),
    ),
    "L2": (
        {"lambd": 0.7},
        (0.6974484493131264, 0.2684918873282239, 0.2680916337127301),
        (1e-12, 1e-12, 1e-12),
        (0.9383886255924171, 0.93),
    ),
    "dropout": (
        {"keep_prob": 0.86, "seed": 1},
        (0.6543912405149825, 0.061016986574905605, 0.060582435798513114),
        (1e-12, 1e-10, 1e-10),
        (0.9289099526066351, 0.95),
    ),
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "PUBLISHED_2D_DATA" not in os.environ,
        reason="the published data have no licence to be shipped; name them in PUBLISHED_2D_DATA",
    ),
]


@pytest.mark.parametrize("run", RUNS)
def test_published_run_comes_out(run, capsys):
    """Costs agree as far as reports do, accuracies exactly, through ``load_2D_dataset(path=…)``."""
    how, costs, digits, accuracies = RUNS[run]
    names = solution_namespace("regularization")
    train_X, train_Y, test_X, test_Y = names["load_2D_dataset"](
        path=os.environ["PUBLISHED_2D_DATA"]
    )
    parameters, recorded = names["model"](train_X, train_Y, **how)
    got = (
        names["accuracy"](train_X, train_Y, parameters),
        names["accuracy"](test_X, test_Y, parameters),
    )
    with capsys.disabled():
        print(  # noqa: T201  the evidence, for a note
            f"\n{run}: costs {recorded[0]} {recorded[10]} {recorded[20]} accuracies {got}"
        )
    for cost, printed, rel in zip(recorded[:21:10], costs, digits, strict=True):
        assert cost == pytest.approx(printed, rel=rel)
    assert got == accuracies
