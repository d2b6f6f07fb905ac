"""Test inputs of the features notebook: small pictures, and runs of small networks.

Nothing here is a solution: students install this package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from utils.checking.calls import deep_copy
from utils.smallnet import CLASSES, Net, accuracy, make_net, scores, train

Array = NDArray[Any]
Setting = dict[str, Any]

SMALL = (12, 8)  # hidden units of the small networks


def grey_picture(brightness: Array) -> Array:
    """A picture ``(H, W, 3)`` without colour, of the given brightness."""
    return np.repeat(np.asarray(brightness, dtype=float)[:, :, np.newaxis], 3, axis=2)


def red_picture() -> Array:
    """8 by 8 pixels of pure red."""
    picture = np.zeros((8, 8, 3))
    picture[:, :, 0] = 1.0
    return picture


def red_and_blue_picture() -> Array:
    """8 by 8 pixels: the left half red, the right half blue."""
    picture = np.zeros((8, 8, 3))
    picture[:, :4, 0] = 1.0
    picture[:, 4:, 2] = 1.0
    return picture


def vertical_edge() -> Array:
    """16 by 16 pixels: the left half black, the right half white."""
    return grey_picture(np.repeat([[0.0, 1.0]], 8, axis=1).repeat(16, axis=0))


def ramp(degrees: float = 30.0, slope: float = 0.02) -> Array:
    """16 by 16 pixels that get lighter in one direction, by ``slope`` a pixel."""
    y, x = np.mgrid[:16, :16]
    angle = np.radians(degrees)
    return grey_picture(0.2 + slope * (np.cos(angle) * x + np.sin(angle) * y))


def scores_and_labels() -> tuple[Array, NDArray[np.int64]]:
    """Scores ``(4, 3)`` and labels ``(4,)`` of the example in the lesson."""
    scores_ = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [-1.0, 3.0, 1.0], [0.5, 0.5, -2.0]])
    return scores_, np.array([0, 2, 1, 0])


class Run(NamedTuple):
    """What training with one setting leaves."""

    loss: float
    train: float
    val: float
    test: float
    net: Net


def small_data(stream: np.random.RandomState, N: int = 40, D: int = 5) -> dict[str, Array]:
    """Examples of ten classes, with a rule that can be learned in part."""
    rule = stream.randn(D, CLASSES)
    data = {}
    for part in ("train", "val", "test"):
        X = stream.randn(N, D)
        data[f"X_{part}"] = X
        data[f"y_{part}"] = (X @ rule + stream.randn(N, CLASSES)).argmax(axis=1)
    return data


def run(setting: Setting, data: Mapping[str, Array]) -> Run:
    """Make a network, train it, and look at it on all three parts."""
    net = make_net(data, setting)
    last = train(net, data, setting)
    on = {part: accuracy(net, data[f"X_{part}"], data[f"y_{part}"]) for part in _PARTS}
    return Run(last, net=deep_copy(net), **on)


_PARTS = ("train", "val", "test")


def small_settings(stream: np.random.RandomState, count: int = 5) -> list[Setting]:
    """Settings under which a small network learns in very different ways."""
    return [
        {
            "learning_rate": float(10 ** stream.uniform(-1.5, 0.3)),
            "weight_scale": float(10 ** stream.uniform(-1, 0)),
            "reg": float(10 ** stream.uniform(-4, -2)),
            "epochs": 12,
            "hidden": SMALL,
        }
        for _ in range(count)
    ]


def search_case(stream: np.random.RandomState) -> tuple[list[Setting], dict[str, Array], list[Run]]:
    """Settings and data where training, validation and test each have a best setting of their own.

    The best on validation is neither the first nor the last.

    Returns:
        The settings, the data, and the run of each setting.
    """
    settings, data, runs = deep_copy(_search_case(int(stream.randint(2**31))))
    return settings, data, runs


@lru_cache(32)  # a class, and each of many wrong solutions, is asked the same
def _search_case(seed: int) -> tuple[list[Setting], dict[str, Array], list[Run]]:
    stream = np.random.RandomState(seed)
    data, settings = small_data(stream), small_settings(stream)
    nets = [run(setting, data).net for setting in settings]
    known = {part: np.array([answers(net, data[f"X_{part}"]) for net in nets]) for part in _PARTS}
    best = _only_best(np.mean(known["train"] == data["y_train"], axis=1))
    # Validation and test get labels of which two other networks know more than the rest.
    others = [place for place in stream.permutation(len(nets)) if place != best]
    for part, wanted in zip(("val", "test"), others, strict=False):
        labels = stream.randint(0, CLASSES, len(data[f"y_{part}"]))
        labels = np.where(stream.rand(len(labels)) < 0.4, known[part][wanted], labels)
        data[f"y_{part}"] = labels
        if best is None or _only_best(np.mean(known[part] == labels, axis=1)) != wanted:
            return _search_case(int(stream.randint(2**31)))
    order = [place for place in stream.permutation(len(settings)) if place != others[0]]
    middle = len(order) // 2
    settings = [settings[place] for place in (*order[:middle], others[0], *order[middle:])]
    return settings, data, [run(setting, data) for setting in settings]


def _only_best(values: Array) -> int | None:
    """Where the largest value stands, if it stands there alone."""
    *_, second, first = np.sort(values)
    return int(np.argmax(values)) if first > second + 1e-9 else None


def constant_answers(data: dict[str, Array]) -> dict[str, Array]:
    """The data with nearly all labels of validation those that a network of nan answers."""
    said = answers(run(broken_setting(), data).net, data["X_val"])
    y = data["y_val"].copy()
    kept = len(y) * 9 // 10
    y[:kept] = said[:kept]
    return {**data, "y_val": y}


def broken_setting() -> Setting:
    """A setting whose run diverges at once."""
    return {"learning_rate": 1e30, "weight_scale": 1.0, "reg": 1e-3, "epochs": 12, "hidden": SMALL}


def answers(net: Mapping[str, Array], X: Array) -> Array:
    """The class with the largest score, for each example."""
    return np.asarray(scores(net, X).argmax(axis=1))


def net_of(setting: Any, settings: Sequence[Setting], runs: Sequence[Run]) -> Net:
    """The network that was trained with a setting; that of the best one, for none of them."""
    for known, one in zip(settings, runs, strict=True):
        if isinstance(setting, dict) and _same(setting, known):
            return one.net
    return max(runs, key=lambda one: one.val).net


def _same(setting: Mapping[Any, Any], known: Setting) -> bool:
    try:
        return all(bool(np.all(np.isclose(setting[name], value))) for name, value in known.items())
    except (KeyError, TypeError, ValueError):
        return False
