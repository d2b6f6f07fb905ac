"""The accuracies of models: as words for a title, and as a table."""

import html
from collections.abc import Callable, Iterable

import numpy as np

from utils.plotting.axes import Array

Model = Callable[[Array], Array]
Row = tuple[str, float, float | None]


def accuracies(
    model: Model,
    X: Array,
    Y: Array,
    test_X: Array | None,
    test_Y: Array | None,
    kind: str = "test",
) -> str:
    """Compute a model's accuracies, in words.

    Args:
        model: A function from examples in rows, ``(m, 2)``, to a prediction for each.
        X: Training examples, ``(2, m)``.
        Y: Their labels 0 or 1, ``(1, m)``.
        test_X: Test examples, if there are any.
        test_Y: Their labels.
        kind: What the other examples are for, "test" or "validation".

    Returns:
        Such as ``train 94.8%, test 91.5%``.
    """
    words = f"train {_accuracy(model, X, Y):.1%}"
    if test_X is None or test_Y is None:
        return words
    return f"{words}, {kind} {_accuracy(model, test_X, test_Y):.1%}"


class AccuracyTable:
    """A table of models: the name, the training accuracy and another accuracy of each.

    Print it, or let it be the last line of a cell. No figure is set off: the best of several
    models is often so by luck.

    Args:
        rows: One row per model; accuracies are from 0 to 1, and the second one may be None.
        kind: What the examples of the second accuracy are for, "test" or "validation".
    """

    def __init__(self, rows: Iterable[Row], kind: str = "test") -> None:
        self.rows = list(rows)
        self.kind = kind

    def __repr__(self) -> str:
        names = ["model", *(name for name, _, _ in self.rows)]
        cells = [("train", self.kind), *((_percent(a), _percent(b)) for _, a, b in self.rows)]
        width, last = max(map(len, names)), max(7, len(self.kind))
        lines = zip(names, cells, strict=True)
        return "\n".join(f"{name:<{width}}  {a:>7}  {b:>{last}}" for name, (a, b) in lines)

    def _repr_html_(self) -> str:
        left, body = ' style="text-align:left"', ""
        for name, train, test in self.rows:
            body += f"<tr><td{left}>{html.escape(name)}</td><td>{_percent(train)}</td>"
            body += f"<td>{_percent(test)}</td></tr>"
        head = f"<tr><th{left}>model</th><th>train</th><th>{html.escape(self.kind)}</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _accuracy(model: Model, X: Array, Y: Array) -> float:
    return float(np.mean((np.ravel(model(X.T)) > 0.5) == (np.ravel(Y) > 0.5)))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"  # noqa: RUF001 - the dash of an empty cell
