"""The published regularization run, with the notebook's own model and the solutions' functions.

The data may not be distributed: ``PUBLISHED_2D_DATA`` in the environment is the path of a copy.
"""

from __future__ import annotations

import os

import pytest

from tests.support.solutions import solution_namespace

# Published costs at 0, 10000 and 20000; how closely reports agree on them; accuracy on the training
# and the test set.
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
        reason="PUBLISHED_2D_DATA is not set; the data may not be distributed",
    ),
]


@pytest.mark.parametrize("run", RUNS)
def test_the_published_run_is_reproduced(run, capsys):
    """Costs agree as closely as reports do, and accuracies exactly."""
    options, costs, tolerances, accuracies = RUNS[run]
    namespace = solution_namespace("regularization")
    train_X, train_Y, test_X, test_Y = namespace["load_2D_dataset"](
        path=os.environ["PUBLISHED_2D_DATA"]
    )
    parameters, recorded = namespace["model"](train_X, train_Y, **options)
    reached = (
        namespace["accuracy"](train_X, train_Y, parameters),
        namespace["accuracy"](test_X, test_Y, parameters),
    )
    with capsys.disabled():
        print(  # noqa: T201  for a person to read
            f"\n{run}: costs {recorded[0]} {recorded[10]} {recorded[20]} accuracies {reached}"
        )
    for cost, published, rel in zip(recorded[:21:10], costs, tolerances, strict=True):
        assert cost == pytest.approx(published, rel=rel)
    assert reached == accuracies
