"""The drawn pictures of a seed, kept in the user's cache folder for the next time."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.pictures import Pictures, pictograms

FOLDER = "deep-foundations"
VERSION = 1  # of the drawings: raise it when they change
TRAIN, VAL, TEST = 3000, 1000, 1000
SHIPPED_SEED = 0


def load_drawn(seed: int, folder: str | PathLike[str] | None = None) -> Pictures:
    """Read the pictures of a seed, or draw and keep them (``utils.datasets.load_pictograms``)."""
    place = cache_folder() if folder is None else Path(folder)
    file = None if place is None else place / f"pictograms-{VERSION}-{seed}.npz"
    kept = None if file is None else _read(file)
    if kept is None:
        kept = pictograms.draw_pictures(TRAIN + VAL + TEST, seed)
        if file is not None and _write(file, *kept):
            print(  # noqa: T201 - for the student, who may want the space back
                f"The pictures are kept in {file} (15 MB). You can delete this file at any time: "
                "it will be made again."
            )
    X, y = kept
    ends = (TRAIN, TRAIN + VAL)
    (X_train, X_val, X_test), (y_train, y_val, y_test) = np.split(X, ends), np.split(y, ends)
    shipped = seed == SHIPPED_SEED
    return Pictures(X_train, y_train, X_val, y_val, X_test, y_test, pictograms.NAMES, shipped)


def cache_folder() -> Path | None:
    """The user's own folder for what can be made again; None if there is no home."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    if named:
        return Path(named) / FOLDER
    try:
        return Path.home() / ".cache" / FOLDER
    except RuntimeError:
        return None


def _read(file: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]] | None:
    """Pictures that were kept; None if there are none, or the file is damaged."""
    try:
        # opened here, since NumPy leaves a damaged file open
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
            X, y = kept["X"], kept["y"]
    except Exception:  # noqa: BLE001  zipfile and NumPy raise several kinds; it is drawn anew
        return None
    count = TRAIN + VAL + TEST
    if X.shape != (count, 32, 32, 3) or X.dtype != np.uint8 or y.shape != (count,):
        return None
    return X, y.astype(np.int64)


def _write(file: Path, X: NDArray[np.uint8], y: NDArray[np.int64]) -> bool:
    """Keep pictures, under a temporary name until all is written; whether that could be done."""
    temporary = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            temporary = Path(part.name)
            np.savez(part, X=X, y=y)
        temporary.replace(file)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        return False
    return True
