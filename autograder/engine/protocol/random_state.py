"""numpy's legacy random state, which test cells and student code share in a notebook."""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Final

import numpy as np

RandomState = tuple[str, np.ndarray[Any, Any], int, int, float]
SEED: Final = 0  # with which a student's process begins: a notebook draws the same each time
_NAME: Final = "MT19937"
_WORDS: Final = 624
_BYTES: Final = 4 * _WORDS
_TOP_BIT: Final = 1 << 31
# Half of a pair of normal numbers is at most sqrt(2 * 106 * log(2)): numpy draws it from doubles of
# 53 bits each.
_MAX_GAUSS: Final = 12.2


def current() -> RandomState | None:
    """The current state as plain values; None if student code has swapped the generator."""
    state = np.random.get_state(legacy=True)  # noqa: NPY002  the legacy stream is the subject
    return parse_state(state)


def parse_state(state: object) -> RandomState | None:
    """``state`` if it is a legacy state that may safely be set, otherwise None.

    numpy does not check it. Given a position beyond the end, it reads whatever memory lies there.
    From a key without a bit it draws zeros for ever, and ``randn``, which draws until it has a pair
    of numbers in the unit circle, never returns.
    """
    match state:
        case (str(name), np.ndarray() as key, int(position), int(has_gauss), float(gauss)) if (
            name == _NAME
            and key.dtype == np.uint32
            and key.shape == (_WORDS,)
            and 0 <= position <= _WORDS
            and has_gauss in {0, 1}
            and abs(gauss) <= _MAX_GAUSS  # not if it is nan
            and _has_a_bit(key)
        ):
            return (_NAME, key, int(position), int(has_gauss), float(gauss))
    return None


def _has_a_bit(key: np.ndarray[Any, Any]) -> bool:
    """Whether numbers other than 0 follow from a key; of its first word only the top bit counts."""
    return bool(int(key[0]) & _TOP_BIT or key[1:].any())


@functools.cache
def initial() -> RandomState | None:
    """The state with which a student's process begins."""
    return parse_state(np.random.RandomState(SEED).get_state())


def restore(state: RandomState | None) -> None:
    """Make ``state`` the current one; None changes nothing."""
    if state is not None:
        np.random.set_state(state)  # noqa: NPY002  the legacy stream is the subject


def is_same(state: RandomState | None, other: RandomState | None) -> bool:
    """Whether the same numbers follow from two states; not if one is unknown."""
    if state is None or other is None:
        return False
    return state[2:] == other[2:] and bool((state[1] == other[1]).all())


class MT19937(np.random.MT19937):
    """numpy's generator, with a state that is read and set as one block of memory.

    numpy itself does it word by word, as Python numbers: a tenth of a millisecond each time, and
    each call of a student's function needs it four times. The class has numpy's name because numpy
    checks the name.
    """

    @property
    def _address(self) -> int:
        return int(self.ctypes.state_address)

    @property  # type: ignore[override]
    def state(self) -> dict[str, Any]:
        """Key and position, in numpy's own form."""
        raw = ctypes.string_at(self._address, _BYTES + 4)
        key = np.frombuffer(bytearray(raw[:_BYTES]), np.uint32)
        position = int.from_bytes(raw[_BYTES:], "little", signed=True)
        return {"bit_generator": _NAME, "state": {"key": key, "pos": position}}

    @state.setter
    def state(self, value: Any) -> None:
        try:
            key, position = value["state"]["key"], value["state"]["pos"]
            state = parse_state((value["bit_generator"], key, position, 0, 0.0))
        except (LookupError, TypeError):
            state = None
        if state is None:  # an unusual form: numpy may accept it, or raises its own error
            np.random.MT19937.state.__set__(self, value)  # type: ignore[attr-defined]
        else:
            raw = state[1].tobytes() + state[2].to_bytes(4, "little")
            ctypes.memmove(self._address, raw, len(raw))


def speed_up_state_access() -> bool:
    """Make reading and setting this process's legacy state fast; returns whether that worked.

    The stream continues where it is. If this numpy lays its state out in another way than
    ``MT19937`` above expects, nothing changes.
    """
    state = current()
    if state is None or not _matches_numpy():
        return False
    np.random.set_bit_generator(MT19937(0))  # type: ignore[attr-defined]
    restore(state)
    return True


def _matches_numpy() -> bool:
    if not hasattr(np.random, "set_bit_generator"):  # numpy before 1.24
        return False
    ours, numpys = MT19937(1), np.random.MT19937(1)
    for draws in (0, 1, 700):
        ours.random_raw(draws)
        numpys.random_raw(draws)
        our_state, numpys_state = ours.state["state"], numpys.state["state"]
        if not np.array_equal(our_state["key"], numpys_state["key"]):
            return False
        if our_state["pos"] != numpys_state["pos"]:
            return False
    ours.state = np.random.MT19937(2).state
    return bool(np.array_equal(ours.random_raw(3), np.random.MT19937(2).random_raw(3)))
