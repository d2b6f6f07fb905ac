"""SciPy's sparse matrices as records of their arrays; loaded where they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from autograder.engine.protocol.arrays import WireError
from autograder.engine.protocol.records import Parts, Record, register, require

_COMPRESSED = ("csr_matrix", "csc_matrix", "csr_array", "csc_array")
_OTHERS = ("coo_matrix", "coo_array", "lil_matrix", "dok_matrix", "dia_matrix", "bsr_matrix")


def _take_compressed(matrix: Any) -> Parts:
    return (tuple(map(int, matrix.shape)), matrix.data, matrix.indices, matrix.indptr)


def _take_other(matrix: Any) -> Parts | None:
    entries = matrix.tocoo()
    if len(entries.shape) != 2:
        return None
    return (tuple(map(int, entries.shape)), entries.data, entries.row, entries.col)


def _shape(value: Any) -> tuple[int, int]:
    match require(value, tuple):
        case (int(rows), int(columns)) if rows >= 0 and columns >= 0:
            return rows, columns
    raise WireError("a matrix of an impossible shape")


def _numbers(array: Any) -> Any:
    if type(array) is not np.ndarray or array.ndim != 1 or array.dtype.kind not in "iu":
        raise WireError("a matrix without proper positions")
    return array


def _values(array: Any) -> Any:
    if type(array) is not np.ndarray or array.ndim != 1 or array.dtype.kind not in "biufc":
        raise WireError("a matrix without proper values")
    return array


def _register(name: str) -> None:
    kind = getattr(sparse, name)

    def build_compressed(shape: Any, data: Any, indices: Any, pointers: Any) -> Any:
        matrix = kind((_values(data), _numbers(indices), _numbers(pointers)), shape=_shape(shape))
        matrix.check_format(full_check=True)  # otherwise SciPy reads beyond its arrays
        return matrix

    def build_other(shape: Any, data: Any, rows: Any, columns: Any) -> Any:
        size = _shape(shape)
        entries = (_values(data), (_numbers(rows), _numbers(columns)))
        return kind(sparse.coo_matrix(entries, shape=size))  # it checks the positions

    if name in _COMPRESSED:
        register(kind, Record(f"scipy.{name}", _take_compressed, build_compressed))
    else:
        register(kind, Record(f"scipy.{name}", _take_other, build_other))


for _name in (*_COMPRESSED, *_OTHERS):
    _register(_name)
