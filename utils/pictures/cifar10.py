"""CIFAR-10 as its authors publish it: the archive, or the folder that it unpacks to."""

from __future__ import annotations

import io
import pickle
import tarfile
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from utils.pictures import Pictures

BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"
NAMES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
LARGEST_FILE = 64 * 2**20  # a batch has 31 MB


def load_cifar10(path: str | PathLike[str], val: int, test: int) -> Pictures:
    """Read CIFAR-10 (``utils.datasets.load_cifar10``)."""
    place = Path(path)
    if place.is_dir():
        files = {name: place / name for name in (*BATCHES, TEST_BATCH)}
        missing = sorted(name for name, file in files.items() if not file.is_file())
        if missing:
            raise FileNotFoundError(
                f"{place} has no {missing[0]}; give the folder cifar-10-batches-py, which the "
                "archive unpacks to"
            )
        parts = {name: _batch(io.BytesIO(file.read_bytes()), file) for name, file in files.items()}
    elif place.is_file():
        parts = _from_archive(place)
    else:
        raise FileNotFoundError(f"there is no {place}; is the path right?")
    X = np.concatenate([parts[name][0] for name in BATCHES])
    y = np.concatenate([parts[name][1] for name in BATCHES])
    if not 0 < val < len(X):
        raise ValueError(f"val is {val}; of {len(X)} pictures some must be left for training")
    X_test, y_test = parts[TEST_BATCH]
    rest = len(X) - val
    return Pictures(X[:rest], y[:rest], X[rest:], y[rest:], X_test[:test], y_test[:test], NAMES)


def _from_archive(place: Path) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """The batches in the archive; nothing is unpacked to the disk."""
    parts = {}
    try:
        with tarfile.open(place) as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name in (*BATCHES, TEST_BATCH) and member.isfile():
                    file = archive.extractfile(member)
                    if file is not None:
                        parts[name] = _batch(file, f"{place}: {name}")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(f"{place} cannot be read as an archive: {error}") from error
    missing = sorted({*BATCHES, TEST_BATCH} - parts.keys())
    if missing:
        raise FileNotFoundError(f"{place} has no {missing[0]}; is it CIFAR-10's python version?")
    return parts


def _batch(file: IO[bytes], whose: object) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """One batch: pictures ``(n, 32, 32, 3)`` and labels.

    Raises:
        ValueError: It is something else.
    """
    data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ValueError(f"{whose} is larger than a batch of CIFAR-10")
    try:
        batch = _NumbersOnly(io.BytesIO(data), encoding="bytes").load()
    except Exception as error:  # pickle raises nearly any kind, depending on what it meets
        raise ValueError(f"{whose} cannot be read as a batch of CIFAR-10: {error}") from error
    rows, labels = (batch.get(b"data"), batch.get(b"labels")) if type(batch) is dict else (0, 0)
    if type(rows) is not np.ndarray or rows.dtype != np.uint8 or rows.shape[1:] != (3072,):
        raise ValueError(f"{whose} holds no array of 3072 bytes for each picture under 'data'")
    if type(labels) is not list or len(labels) != len(rows):
        raise ValueError(f"{whose} does not hold one label for each picture under 'labels'")
    if not all(type(label) is int and 0 <= label < len(NAMES) for label in labels):
        raise ValueError(f"{whose} holds labels other than 0 to 9")
    pictures = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(pictures), np.array(labels, dtype=np.int64)


class _NumbersOnly(pickle.Unpickler):
    """Reads what the archive's pickles are made of, and calls nothing else.

    A pickle can name any function, to be called while it is read. These name NumPy's way of
    putting an array together, and no others are followed.
    """

    def find_class(self, module: str, name: str) -> Any:
        """What a pickle may name."""
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return _empty_array
        if (module, name) == ("numpy", "ndarray"):
            return _empty_array
        if (module, name) == ("numpy", "dtype"):
            return _byte_type
        if (module, name) == ("_codecs", "encode"):  # bytes, as Python 3 writes them
            return _latin
        raise pickle.UnpicklingError(f"it names {module}.{name}, which does not belong there")


def _empty_array(*_: object) -> NDArray[np.uint8]:
    """An array that is filled afterwards, with bytes and nothing else."""
    return np.ndarray((0,), np.uint8)


def _byte_type(kind: object, *_: object) -> np.dtype[Any]:
    if kind not in (b"u1", "u1"):
        raise pickle.UnpicklingError("it holds an array of something other than bytes")
    return np.dtype(np.uint8)


def _latin(text: object, encoding: object) -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
        raise pickle.UnpicklingError("it holds a text in an unknown encoding")
    return text.encode("latin1")
