"""What the regularization notebook says of its pictures and tables, trained and counted again."""

import numpy as np
import pytest

from tests.support.solutions import solution_namespace
from utils.datasets import make_field, make_kicks, our_side
from utils.networks import forward_propagation


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook defines when it is run with its solutions."""
    return solution_namespace("regularization")


@pytest.fixture(scope="module")
def nets(notebook):
    """The networks of the side-by-side table, all with 30,000 steps, and their costs."""
    X, Y = notebook["train_X"], notebook["train_Y"]
    ways = {
        "none": {},
        "L2": {"lambd": 0.7},
        "fresh": {"keep_prob": 0.86},
        "both": {"lambd": 0.3, "keep_prob": 0.86},
        "fixed": {"keep_prob": 0.86, "seed": 2},
    }
    return {name: notebook["model"](X, Y, **options) for name, options in ways.items()}


def kicks_right(notebook, net, which):
    """How many kicks of a set a network is right about."""
    right = notebook["predict_dec"](net, notebook[f"{which}_X"]) == notebook[f"{which}_Y"]
    return int(right.sum())


def test_the_ceiling_is_nine_in_ten(notebook):
    """The validation kicks are hard, the test kicks easy, and 10,000 come near 90 %."""
    right = {
        which: np.mean(our_side(notebook[f"{which}_X"]) == notebook[f"{which}_Y"])
        for which in ("val", "test")
    }
    X, Y = make_kicks(10000, seed=18)
    assert right["val"] < np.mean(our_side(X) == Y) < right["test"]
    assert np.mean(our_side(X) == Y) == pytest.approx(0.9, abs=0.005)


@pytest.mark.long
def test_overfitting_shows_on_validation(notebook, nets):
    """Without regularization more training kicks than the ceiling, far fewer of the others."""
    net, _ = nets["none"]
    ceiling = int(np.sum(our_side(notebook["train_X"]) == notebook["train_Y"]))
    assert kicks_right(notebook, net, "train") > ceiling
    for name in ("L2", "fresh", "both"):
        other, _ = nets[name]
        assert kicks_right(notebook, other, "train") < kicks_right(notebook, net, "train")
        assert kicks_right(notebook, other, "val") >= kicks_right(notebook, net, "val") + 10


@pytest.mark.long
def test_the_test_table_is_within_luck(notebook, nets):
    """Plain lies about eight kicks behind; among the others four kicks or fewer decide."""
    right = {name: kicks_right(notebook, net, "test") for name, (net, _) in nets.items()}
    plain = right.pop("none")
    assert max(right.values()) - min(right.values()) <= 4
    assert 5 <= np.median(list(right.values())) - plain <= 12


@pytest.mark.long
def test_fixed_masks_have_the_lowest_cost_and_the_lead_in_the_table(notebook, nets):
    """That is what Question 2 is about: the lowest cost, and a lead of a kick or two."""
    costs = {name: run[1][-1] for name, run in nets.items()}
    assert costs["fixed"] < 0.5 * costs["none"] < costs["fresh"]
    right = {name: kicks_right(notebook, net, "test") for name, (net, _) in nets.items()}
    first, second = sorted(right.values(), reverse=True)[:2]
    assert right["fixed"] == first
    assert 1 <= first - second <= 2
    assert kicks_right(notebook, nets["fixed"][0], "val") < kicks_right(
        notebook, nets["fresh"][0], "val"
    )


@pytest.mark.long
def test_weights_decay(nets):
    """With L2 the first two layers spread a fifth as far, and of layer 3 one weight is left."""
    plain, l2 = nets["none"][0], nets["L2"][0]
    assert all(l2[name].std() < plain[name].std() / 5 for name in ("W1", "W2"))
    small, middle, large = sorted(abs(l2["W3"][0]))
    assert max(small, middle) < 0.05
    assert large > 1


def test_early_stopping(notebook):
    """The validation cost turns within 2,000 steps, and at its lowest the net does better."""
    X, Y, val_X, val_Y = (notebook[name] for name in ("train_X", "train_Y", "val_X", "val_Y"))
    seen = []

    def watch(A3, Y, parameters):
        seen.append(notebook["compute_cost"](forward_propagation(val_X, parameters)[0], val_Y))
        return notebook["compute_cost"](A3, Y)

    net, costs = notebook["train"](
        X, Y, notebook["initialize_parameters"]([2, 20, 3, 1]), cost=watch,
        learning_rate=0.3, num_iterations=15000, record_every=250, progress=False,
    )  # fmt: skip
    best = 250 * int(np.argmin(seen))
    assert 250 <= best <= 2000
    assert seen[-1] > 1.5 * min(seen)
    assert costs[-1] < 0.75 * costs[best // 250]
    stopped, _ = notebook["model"](X, Y, num_iterations=best)
    assert kicks_right(notebook, stopped, "val") >= kicks_right(notebook, net, "val") + 5


def test_too_much_of_either_gives_one_answer(notebook):
    """At λ = 30, and at keep_prob = 0.02; but λ = 10 and keep_prob = 0.2 still learn."""
    X, Y, val_X = notebook["train_X"], notebook["train_Y"], notebook["val_X"]
    for options, learns in (
        ({"lambd": 30}, False),
        ({"keep_prob": 0.02}, False),
        ({"lambd": 0.7, "keep_prob": 0.02}, False),
        ({"lambd": 10}, True),
        ({"keep_prob": 0.2}, True),
    ):
        net, _ = notebook["model"](X, Y, num_iterations=5000, **options)
        assert (len(np.unique(notebook["predict_dec"](net, val_X))) == 2) is learns
        assert (kicks_right(notebook, net, "val") >= 165) is learns


@pytest.mark.long
def test_a_weak_penalty_overfits_and_between_lies_a_plateau(notebook, nets):
    """λ = 0.03 stays below the plateau from 0.3 to 3, on which at most five kicks decide."""
    X, Y = notebook["train_X"], notebook["train_Y"]
    weak, low, high = (
        kicks_right(notebook, notebook["model"](X, Y, lambd=lambd)[0], "val")
        for lambd in (0.03, 0.3, 3)
    )
    plateau = (low, kicks_right(notebook, nets["L2"][0], "val"), high)
    assert max(plateau) - min(plateau) <= 5
    assert weak <= min(plateau) - 4


@pytest.mark.long
def test_five_afternoons(notebook):
    """L2 and fresh masks win on each; fixed masks lose to fresh ones, and gain nothing."""
    new_X, new_Y = make_kicks(5000, seed=18)
    ways = ({}, {"lambd": 0.7}, {"keep_prob": 0.86}, {"keep_prob": 0.86, "seed": None})
    judged = []
    for afternoon in (1, 2, 3, 4, 5):
        X, Y, _, _ = make_field(afternoon)
        judged.append([])
        for options in ways:
            fixed = {"seed": afternoon} if "seed" in options else {}
            net, _ = notebook["model"](X, Y, num_iterations=10000, **options | fixed)
            judged[-1].append(notebook["accuracy"](new_X, new_Y, net))
    none, l2, fresh, fixed = np.array(judged).T
    assert (l2 > none).all()
    assert (fresh > none).all()
    assert (fresh > fixed).all()
    assert fixed.mean() < none.mean() + 0.01
    assert fresh.mean() > fixed.mean() + 0.015
