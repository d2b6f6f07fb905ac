"""From pictures to features: a student's function applied to every picture, under a bar.

For the pictures that come with the course ours lie beside this file, as numbers, roughly rounded:
where a student's function is missing or wrong, the experiments go on with these, and say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.messages import get_message
from utils.pictures import Pictures
from utils.progress import LONG, duration
from utils.smallnet import Loss, library_loss, tracked
from utils.stubs import is_filled, needs

Array = NDArray[Any]
Feature = Callable[[Array], Array]
Parts = tuple[Array, Array, Array]

OURS = Path(__file__).parents[1] / "data" / "pictogram-features.npz"
LARGEST = {"hog": 0.12, "color_histogram": 1.0}  # of the numbers there; a square root is kept
LEVELS = {"hog": 15, "color_histogram": 255}
ROUNDING = 0.004  # one pixel may fall on the other side of a border
COMPARED = 20  # pictures on which a student's function is compared with ours


def extract(function: Feature, pictures: Pictures) -> Parts:
    """Describe every picture by a function of the student's.

    Args:
        function: ``hog`` or ``color_histogram``: from a picture ``(32, 32, 3)`` of numbers
            between 0 and 1 to its features.
        pictures: The pictures.

    Returns:
        The features, a row for each picture, for training, for validation and for the test.
    """
    name = function.__name__
    ours = _ours(name) if pictures.shipped else None
    reason = None if ours is None else _difference(function, pictures.X_train, ours[0])
    if ours is not None and reason:
        print(reason, get_message("goes_on_with_ours"))  # noqa: T201 - for the student
        return ours
    needs(function)
    parts = (pictures.X_train, pictures.X_val, pictures.X_test)
    _announce(function, pictures.X_train, sum(map(len, parts)))
    rows = [function(image / 255) for image in tracked([image for X in parts for image in X])]
    ends = np.cumsum([len(X) for X in parts])[:-1]
    train, val, test = np.split(np.array(rows), ends)
    return train, val, test


def checked_standardize(standardize: Callable[..., Any]) -> Callable[..., Any]:
    """The student's function if it does what scikit-learn does; otherwise theirs."""
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - takes a second to import

    def library(train: Array, *others: Array) -> tuple[Array, ...]:
        scaler = StandardScaler().fit(train)
        return tuple(scaler.transform(part) for part in (train, *others))

    stream = np.random.RandomState(0)
    parts = 3 + 2 * stream.randn(8, 4), stream.randn(5, 4), stream.randn(2, 4)
    reason = _reason(standardize, library(*parts), *parts)
    if reason:
        print(reason, get_message("goes_on_with_scaler"))  # noqa: T201
        return library
    return standardize


def checked_loss(softmax_loss: Loss) -> Loss:
    """The student's loss if it does what SciPy's functions do; otherwise theirs."""
    stream = np.random.RandomState(0)
    scores, y = stream.randn(6, 10), stream.randint(0, 10, 6)
    reason = _reason(softmax_loss, library_loss(scores, y), scores, y)
    if reason:
        print(reason, get_message("goes_on_with_scipy"))  # noqa: T201 - for the student
        return library_loss
    return softmax_loss


def quantized(name: str, values: Array) -> Array:
    """Features in a few bits each, as they are kept."""
    share = np.sqrt(np.clip(values / LARGEST[name], 0, 1))
    return np.round(share * LEVELS[name]).astype(np.uint8)


def _restored(name: str, levels: Array) -> Array:
    return np.asarray((levels / LEVELS[name]) ** 2 * LARGEST[name])


@cache
def _ours(name: str) -> Parts | None:
    """Our features of the pictures that come with the course; None for other functions."""
    with np.load(OURS, allow_pickle=False) as file:
        kept: Mapping[str, Array] = {key: file[key] for key in file.files}
    if name not in kept:
        return None
    levels = kept[name]
    if name == "hog":  # two in a byte
        levels = np.stack([levels >> 4, levels & 15], axis=-1).reshape(len(levels), -1)
    train, val, test = np.split(_restored(name, levels), (3000, 4000))
    return train, val, test


def _difference(function: Feature, X: Array, ours: Array) -> str:
    """A sentence if the function gives something else than what is kept."""
    name = function.__name__
    if not is_filled(function):
        return get_message("still_to_be_written", function=name)
    for image, kept in zip(X[:COMPARED], ours, strict=False):
        try:
            got = np.asarray(function(image / 255), dtype=float)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a student's error
            return get_message("stopped_with", function=name, error=type(error).__name__)
        if got.shape != kept.shape or not np.all(np.isfinite(got)):
            return get_message("another_shape_than_ours", function=name)
        steps = np.abs(quantized(name, got).astype(int) - quantized(name, kept))
        if np.any((steps > 1) & (np.abs(got - kept) > ROUNDING)) or got.max() > 2 * LARGEST[name]:
            return get_message("other_numbers_than_ours", function=name)
    return ""


def _reason(function: Callable[..., Any], expected: Any, *arguments: Array) -> str:
    """A sentence if the function returns something else than expected."""
    name = function.__name__
    if not is_filled(function):
        return get_message("still_to_be_written", function=name)
    try:
        got = function(*(part.copy() for part in arguments))
        same = len(got) == len(expected) and all(
            np.allclose(one, other) for one, other in zip(got, expected, strict=True)
        )
    except Exception as error:  # noqa: BLE001  whatever it is, it is a student's error
        return get_message("stopped_with", function=name, error=type(error).__name__)
    return "" if same else get_message("other_numbers", function=name)


def _announce(function: Feature, X: Array, count: int) -> None:
    """Say how long it will take, if it is long."""
    tried = X[:COMPARED]
    start = time.perf_counter()
    for image in tried:
        function(image / 255)
    seconds = (time.perf_counter() - start) / len(tried) * count
    if seconds > LONG:
        print(get_message("many_pictures", count=f"{count:,}", duration=duration(seconds)))  # noqa: T201
