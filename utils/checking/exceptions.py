"""What two ways of writing the same computation have in common when both raise an exception."""

from __future__ import annotations

import re

_INNER_SIZES = (
    r".*not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)",  # of np.dot
    r"matmul: .*\(size (\d+) is different from (\d+)\)",  # of @
)


def comparable_error(name: str, text: str) -> tuple[str, str]:
    """The name and the text of an exception, without what is a matter of taste.

    What a local variable without a value is called; whether a product is ``a @ b`` or
    ``np.dot(a, b)``.
    """
    if name == "UnboundLocalError":
        return name, ""
    if name == "ValueError":
        for pattern in _INNER_SIZES:
            if sizes := re.match(pattern, text):
                return name, "a product of " + " and ".join(sorted(sizes.groups()))
    return name, text
