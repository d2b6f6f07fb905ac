"""numpy's legacy random state, which test cells and student code share in a notebook."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

RandomState = tuple[str, np.ndarray[Any, Any], int, int, float]
_NAME: Final = "MT19937"
_WORDS: Final = 624


def current() -> RandomState | None:
    """The state as plain values; None if another generator has been put in its place."""
    state = np.random.get_state(legacy=True)  # noqa: NPY002  the legacy stream is the subject
    return checked(state)


def checked(state: object) -> RandomState | None:
    """``state`` if it is a legacy state that may safely be set, else None.

    numpy does not look: a position beyond the end makes it read whatever memory lies there.
    """
    match state:
        case (str(name), np.ndarray() as key, int(place), int(has_gauss), float(gauss)) if (
            name == _NAME
            and key.dtype == np.uint32
            and key.shape == (_WORDS,)
            and 0 <= place <= _WORDS
            and has_gauss in {0, 1}
            and math.isfinite(gauss)
        ):
            return (_NAME, key, int(place), int(has_gauss), float(gauss))
    return None


def restore(state: RandomState | None) -> None:
    """Make ``state`` the current one; None leaves it as it is."""
    if state is not None:
        np.random.set_state(state)  # noqa: NPY002  the legacy stream is the subject
