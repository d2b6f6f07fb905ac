"""numpy's legacy random state, which test cells and student code share in a notebook."""

from __future__ import annotations

import ctypes
import math
from typing import Any, Final

import numpy as np

RandomState = tuple[str, np.ndarray[Any, Any], int, int, float]
_NAME: Final = "MT19937"
_WORDS: Final = 624
_BYTES: Final = 4 * _WORDS


def current() -> RandomState | None:
    """The state as plain values; None if another generator has been put in its place."""
    state = np.random.get_state(legacy=True)  # noqa: NPY002  the legacy stream is the subject
    return parse_state(state)


def parse_state(state: object) -> RandomState | None:
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


class MT19937(np.random.MT19937):
    """numpy's generator, whose state is read and set in one piece.

    numpy itself does it word by word, as Python numbers: a tenth of a millisecond each time, and
    each call of a student's function needs it four times. The name is numpy's, who looks at it.
    """

    @property
    def _place(self) -> int:
        return int(self.ctypes.state_address)

    @property  # type: ignore[override]
    def state(self) -> dict[str, Any]:
        """Key and position, as numpy gives them."""
        raw = ctypes.string_at(self._place, _BYTES + 4)
        key = np.frombuffer(bytearray(raw[:_BYTES]), np.uint32)
        place = int.from_bytes(raw[_BYTES:], "little", signed=True)
        return {"bit_generator": _NAME, "state": {"key": key, "pos": place}}

    @state.setter
    def state(self, value: Any) -> None:
        try:
            key, place = value["state"]["key"], value["state"]["pos"]
            whole = parse_state((value["bit_generator"], key, place, 0, 0.0))
        except (LookupError, TypeError):
            whole = None
        if whole is None:  # not what is usual: numpy may know what to do with it
            np.random.MT19937.state.__set__(self, value)  # type: ignore[attr-defined]
        else:
            raw = whole[1].tobytes() + whole[2].to_bytes(4, "little")
            ctypes.memmove(self._place, raw, len(raw))


def speed_up_state_access() -> bool:
    """Have this process' legacy stream read and set quickly; returns whether that can be done.

    The stream goes on where it stands. Where numpy keeps its state in another way than the class
    above takes it to, all stays as it was.
    """
    state = current()
    if state is None or not _reads_like_numpy():
        return False
    np.random.set_bit_generator(MT19937(0))  # type: ignore[attr-defined]
    restore(state)
    return True


def _reads_like_numpy() -> bool:
    if not hasattr(np.random, "set_bit_generator"):  # numpy before 1.24
        return False
    one, other = MT19937(1), np.random.MT19937(1)
    for draws in (0, 1, 700):
        one.random_raw(draws)
        other.random_raw(draws)
        theirs, ours = other.state["state"], one.state["state"]
        if not np.array_equal(theirs["key"], ours["key"]) or theirs["pos"] != ours["pos"]:
            return False
    one.state = np.random.MT19937(2).state
    return bool(np.array_equal(one.random_raw(3), np.random.MT19937(2).random_raw(3)))
