"""Which parts of a dictionary or tuple are right and which are wrong, as the end of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.messages import get_message

_SHOWN_NAMES = 8
_NUMBERS = "biufc"


def join_names(names: Sequence[str]) -> str:
    """Names as in a sentence: ``W1, b1 and W2``; of many only the first and how many more."""
    shown = list(names)
    if len(shown) > _SHOWN_NAMES:
        rest = len(shown) - _SHOWN_NAMES + 1
        shown = [*shown[: _SHOWN_NAMES - 1], get_message("more_parts", count=rest)]
    if len(shown) == 1:
        return shown[0]
    return get_message("and", first=get_message("between_names").join(shown[:-1]), last=shown[-1])


def locate(
    messages: Mapping[str, str | None],
    got: Mapping[str, Any],
    expected: Mapping[str, Any],
    *,
    form_only: bool,
) -> str | None:
    """The message of the first wrong part, and which of the other parts are right or wrong too.

    Nothing is said that depends on inputs, so hidden checks can say it as well.

    Args:
        messages: For each part by name how it differs; None for a part that is right.
        got: The student's parts, as far as there are any.
        expected: The expected ones.
        form_only: Whether only types and shapes were compared.
    """
    wrong = [name for name, message in messages.items() if message]
    if not wrong:
        return None
    first = wrong[0]
    message = str(messages[first])
    if isinstance(expected[first], (Mapping, tuple, list)):
        return message  # it has been located in there
    message += _taken_from(first, got.get(first), expected)
    right = [name for name, message in messages.items() if not message]
    kind = "shape" if form_only else "values"
    if right:
        many = "many" if len(right) > 1 else "one"
        message += get_message(f"right_{kind}_{many}", names=join_names(right))
    if len(wrong) > 1:
        many = "many" if len(wrong) > 2 else "one"
        message += get_message(f"wrong_too_{many}", names=join_names(wrong[1:]))
    return message


def _taken_from(name: str, got: Any, expected: Mapping[str, Any]) -> str:
    """Say which other part the wrong one looks like, if there is just one; otherwise nothing."""
    if not isinstance(got, np.ndarray) or got.dtype.kind not in _NUMBERS:
        return ""
    arrays = {
        other: value
        for other, value in expected.items()
        if other != name and isinstance(value, np.ndarray)
    }
    if got.shape != np.shape(expected[name]):
        partner = name.translate(str.maketrans("Wb", "bW"))
        if partner in arrays and arrays[partner].shape == got.shape:
            return get_message("shape_of", other=partner)
        return ""
    same = [other for other, value in arrays.items() if _is_equal(got, value)]
    if len(same) == 1 and not _is_equal(arrays[same[0]], np.asarray(expected[name])):
        return get_message("values_of", other=same[0])
    return ""


def _is_equal(left: NDArray[Any], right: NDArray[Any]) -> bool:
    return bool(left.shape == right.shape and left.any() and np.allclose(left, right))
