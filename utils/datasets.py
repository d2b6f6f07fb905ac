"""The data of the experiments.

Points of the plane are columns: ``X (2, m)`` are floats, ``Y (1, m)`` their labels 0 or 1 as
integers. Images are rows, see ``Images``.
"""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from utils.pictures import Pictures

Points = NDArray[np.float64]
Labels = NDArray[np.int64]
Split = tuple[Points, Labels, Points, Labels]

MAT_KEYS = ("X", "y", "Xval", "yval")

# The course's own field. One kick in ten has the wrong label, so a net that memorizes the training
# kicks does worse on the test kicks. Why these numbers: benchmarks/dataset_margin.md.
TRAIN_KICKS, TEST_KICKS = 211, 200
FIELD_SEED, VALIDATION_SEED = 16, 17
MISLABELLED = 0.1


def load_2D_dataset(path: str | PathLike[str] | None = None, *, plot: bool = False) -> Split:
    """Load the football field: where a kick lands, and whose player heads the ball there.

    Args:
        path: A MATLAB file with ``X (m, 2)``, ``y (m, 1)``, ``Xval (n, 2)`` and ``yval (n, 1)``.
            By default the course's own field is made: the same 211 + 200 kicks every time.
        plot: Whether to draw the training kicks.

    Returns:
        ``train_X (2, m), train_Y (1, m), test_X (2, n), test_Y (1, n)``; label 1 is a player of
        our own team.

    Raises:
        FileNotFoundError: If there is no file at ``path``.
        ValueError: If it cannot be read as a MATLAB file, lacks an array, or holds one of the
            wrong shape.
    """
    split = _read_mat(Path(path)) if path is not None else make_field(FIELD_SEED)
    if plot:
        from utils.plots import plot_data  # noqa: PLC0415 - matplotlib only if it is needed

        plot_data(split[0], split[1])
    return split


def make_field(seed: int) -> Split:
    """Make kicks on a field that is divided by a slightly bent diagonal.

    One label in ten is wrong. NumPy's global random state is not touched.

    Args:
        seed: Which field to make.

    Returns:
        ``train_X (2, 211), train_Y (1, 211), test_X (2, 200), test_Y (1, 200)``.
    """
    X, Y = make_kicks(TRAIN_KICKS + TEST_KICKS, seed)
    return X[:, :TRAIN_KICKS], Y[:, :TRAIN_KICKS], X[:, TRAIN_KICKS:], Y[:, TRAIN_KICKS:]


def make_kicks(count: int, seed: int = VALIDATION_SEED) -> tuple[Points, Labels]:
    """Make more kicks on the course's own field, to choose by or to judge by.

    One label in ten is wrong. NumPy's global random state is not touched.

    Args:
        count: How many.
        seed: Which ones; ``load_2D_dataset`` has used ``FIELD_SEED``.

    Returns:
        ``X (2, count)``, ``Y (1, count)``.
    """
    stream = _stream(seed)
    X = stream.uniform(-1, 1, (2, count))
    mislabelled = stream.rand(count) < MISLABELLED
    return X, (our_side(X) ^ mislabelled).astype(np.int64).reshape(1, -1)


def our_side(X: Points) -> NDArray[np.bool_]:
    """Tell on which side of the field's true border points lie.

    It is right about nine kicks in ten, and no model can be expected to do better.

    Args:
        X: Points, ``(2, m)``.

    Returns:
        True on our team's side, ``(m,)``.
    """
    return np.asarray(X[1] > X[0] - 0.08 * np.sin(3 * X[0]))


def load_circles() -> Split:
    """Make two noisy circles, one inside the other: 300 points to train on, 100 to test on.

    Returns:
        ``train_X (2, 300), train_Y (1, 300), test_X (2, 100), test_Y (1, 100)``.
    """
    from sklearn.datasets import make_circles  # noqa: PLC0415 - takes a second to import

    train_X, train_Y = make_circles(n_samples=300, noise=0.05, random_state=_stream(1))
    test_X, test_Y = make_circles(n_samples=100, noise=0.05, random_state=_stream(2))
    return *_columns(train_X, train_Y), *_columns(test_X, test_Y)


def load_moons() -> tuple[Points, Labels]:
    """Make two noisy half moons, 300 points to train on.

    Returns:
        ``train_X (2, 300), train_Y (1, 300)``.
    """
    from sklearn.datasets import make_moons  # noqa: PLC0415 - takes a second to import

    return _columns(*make_moons(n_samples=300, noise=0.2, random_state=_stream(3)))


class Images(NamedTuple):
    """Small grey images for training and validation; here each example is a **row** of pixels."""

    X_train: Points  # (N, pixels), from 0 to 1, minus each pixel's mean over the training images
    y_train: Labels  # (N,), the digits that the images show
    X_val: Points
    y_val: Labels
    mean: Points  # (pixels,), the mean that was subtracted


def load_digits(train: int = 1000, val: int = 400, seed: int = 0) -> Images:
    """Load scikit-learn's handwritten digits, 8 by 8 pixels, in rows.

    Args:
        train: How many images to train on.
        val: How many images to validate on; together at most 1797.
        seed: Which images to take. NumPy's global random state is not touched.
    """
    from sklearn.datasets import load_digits as load  # noqa: PLC0415 - takes a second to import

    X, y = load(return_X_y=True)
    X, y = np.asarray(X) / 16, np.asarray(y).astype(np.int64)
    order = _stream(seed).permutation(len(X))
    first, second = order[:train], order[train : train + val]
    mean = X[first].mean(axis=0)
    return Images(X[first] - mean, y[first], X[second] - mean, y[second], mean)


def load_pictograms(seed: int = 0, folder: str | PathLike[str] | None = None) -> Pictures:
    """Load Pictograms-10: 3,000 pictures to train on, 1,000 for validation, 1,000 for the test.

    They are drawn, which takes a few seconds, and kept in a folder for the next time. Where no file
    can be written they are drawn each time.

    Args:
        seed: Which pictures; numpy's global stream is left alone.
        folder: Where they are kept; by default the user's cache folder.
    """
    from utils.pictures.cache import load_drawn  # noqa: PLC0415 - only one notebook needs it

    return load_drawn(seed, folder)


def load_cifar10(path: str | PathLike[str], val: int = 1000, test: int = 1000) -> Pictures:
    """Load CIFAR-10 from the archive that its authors publish ("CIFAR-10 python version").

    Args:
        path: The archive ``cifar-10-python.tar.gz``, or the folder that it unpacks to.
        val: How many of the training pictures, the last ones, are set apart for validation.
        test: How many of the test pictures are used.

    Raises:
        FileNotFoundError: There is no such file or folder, or a batch is missing in it.
        ValueError: A file in it is not what the archive holds.
    """
    from utils.pictures import cifar10  # noqa: PLC0415 - only one notebook needs it

    return cifar10.load_cifar10(path, val, test)


def _stream(seed: int) -> np.random.RandomState:
    """Return the random numbers that ``np.random.seed(seed)`` gives, without setting that seed."""
    return np.random.RandomState(seed)


def _columns(rows: object, labels: object) -> tuple[Points, Labels]:
    """Turn examples in rows into columns, and their labels into signed integers."""
    X = np.ascontiguousarray(np.asarray(rows, dtype=np.float64).T)
    return X, np.asarray(labels).astype(np.int64).reshape(1, -1)


def _read_mat(path: Path) -> Split:
    """Read a field from a MATLAB file, whose labels are often unsigned bytes (there -1 is 255)."""
    from scipy.io import loadmat  # noqa: PLC0415 - only a course with its own data needs it

    if not path.is_file():
        raise FileNotFoundError(f"there is no data file {path}; check the path")
    try:
        data = loadmat(path)
    except Exception as error:  # scipy raises half a dozen kinds, depending on what it meets
        raise ValueError(f"{path} cannot be read as a MATLAB file: {error}") from error
    missing = [key for key in MAT_KEYS if key not in data]
    if missing:
        present = [key for key in data if not key.startswith("__")]
        raise ValueError(
            f"{path} has no {', '.join(missing)}: it must hold X and y to train on, "
            f"Xval and yval to test on; it holds {', '.join(present) or 'nothing'}"
        )
    for points, labels in (MAT_KEYS[:2], MAT_KEYS[2:]):
        if data[points].ndim != 2 or data[points].shape[1] != 2:
            raise ValueError(f"{path}: {points} is {data[points].shape}, but it must be (m, 2)")
        if data[labels].size != len(data[points]):
            raise ValueError(
                f"{path}: {points} has {len(data[points])} rows and {labels} has "
                f"{data[labels].size} labels; there must be one label for each row"
            )
    return *_columns(data["X"], data["y"]), *_columns(data["Xval"], data["yval"])
