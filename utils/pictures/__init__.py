"""Small colour pictures for the features notebook: drawn ones, CIFAR-10, and their features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Pictures(NamedTuple):
    """Small colour pictures to learn from, to choose by and to judge by.

    ``X (N, 32, 32, 3)`` are bytes from 0 to 255, ``y (N,)`` whole numbers from 0 to 9.
    """

    X_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    X_val: NDArray[np.uint8]
    y_val: NDArray[np.int64]
    X_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    names: tuple[str, ...]  # what each label means
    shipped: bool = False  # whether these are the pictures that come with the course
