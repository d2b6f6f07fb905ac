"""The same mistake raises the same exception, however the computation is written."""

import numpy as np
import pytest

from utils.checking.exceptions import comparable_error


def comparable(function):
    """What remains of the exception that a function raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  whichever it is
        function()
    return comparable_error(type(caught.value).__name__, str(caught.value))


def unset(name):
    """A function whose local variable has no value: that of a loop that does not run."""
    names = {}
    exec(f"def f():\n    for {name} in ():\n        pass\n    return {name}", names)  # noqa: S102
    return names["f"]


A, B, LONG = np.ones((1, 2)), np.ones((3, 4)), np.ones((5, 2))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (unset("k"), unset("number"), True),
        (lambda: A @ B, lambda: np.dot(A, B), True),
        (lambda: np.matmul(LONG, B), lambda: LONG.dot(B), True),
        (lambda: A @ B, lambda: np.dot(B, B), False),
        (lambda: {}["W3"], lambda: {}["b3"], False),
        (lambda: A + LONG[:, :1] + B, lambda: A @ B, False),
    ],
)
def test_comparable_error(one, other, alike):
    """Names of variables and the way of writing a product do not count; sizes and keys do."""
    assert (comparable(one) == comparable(other)) == alike
