"""How an answer differs from the expected one: the first difference, as one message.

The ladder is climbed from the ground: something there → type → shape → numeric and finite →
values. A message names expected and got values only where the input is public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.messages import get_message

RTOL, ATOL = 1e-6, 1e-8
# What single precision can give: an answer computed in float32 is not a wrong answer.
RTOL_SINGLE, ATOL_SINGLE = 1e-4, 1e-5


_NUMERIC = (bool, int, float, complex, np.number, np.bool_, np.ndarray)


def difference(
    name: str,
    got: Any,
    expected: Any,
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
    public: bool = True,
) -> str | None:
    """The message for the first way in which ``got`` is not ``expected``; None if it is.

    Args:
        name: What the value is called in the exercise, such as ``dW1``.
        got: The student's value, whatever it is.
        expected: A number, an array, or a dict or tuple of these. Entries that ``got`` has
            beyond those of an expected dict are not looked at; an expected None in a tuple
            skips that place.
        rtol: Relative tolerance, as in ``numpy.isclose``.
        atol: Absolute tolerance, as in ``numpy.isclose``.
        public: Whether the message may say what was expected and what came.
    """
    if got is None:
        return get_message("none", name=name)
    if isinstance(expected, Mapping):
        return _in_dict(name, got, expected, rtol=rtol, atol=atol, public=public)
    if isinstance(expected, (tuple, list)):
        return _in_sequence(name, got, expected, rtol=rtol, atol=atol, public=public)
    return _in_array(name, got, np.asarray(expected), rtol=rtol, atol=atol, public=public)


def same(got: Any, expected: Any, *, rtol: float = RTOL, atol: float = 1e-10) -> bool:
    """Whether two values of any kind are alike: same structure, same numbers.

    Stricter than ``difference``, which lets extra entries pass: this asks not whether an answer
    will do, but whether it came about in the same way.
    """
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        return got.keys() == expected.keys() and all(
            same(value, expected[key], rtol=rtol, atol=atol) for key, value in got.items()
        )
    if isinstance(got, (tuple, list)) and isinstance(expected, (tuple, list)):
        return len(got) == len(expected) and all(
            same(one, other, rtol=rtol, atol=atol) for one, other in zip(got, expected, strict=True)
        )
    if isinstance(got, _NUMERIC) and isinstance(expected, _NUMERIC):
        one, other = np.asarray(got), np.asarray(expected)
        if one.shape != other.shape or {one.dtype.kind, other.dtype.kind} - set("biufc"):
            return False
        if np.float32 in (one.dtype, other.dtype):
            rtol, atol = max(rtol, RTOL_SINGLE), max(atol, ATOL_SINGLE)
        return np.array_equal(one, other) or bool(
            np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=True)
        )
    if isinstance(got, (str, bytes)) or got is None:
        return type(got) is type(expected) and bool(got == expected)
    return got is expected


def without(answer: Any, places: Sequence[int]) -> Any:
    """A returned tuple without some of its places; any other answer as it is."""
    if not isinstance(answer, (tuple, list)):
        return answer
    return [part for place, part in enumerate(answer) if place not in places]


def _in_dict(name: str, got: Any, expected: Mapping[str, Any], **how: Any) -> str | None:
    if not isinstance(got, Mapping):
        return get_message("not_dict", name=name, type=kind(got, public=how["public"]))
    for key, value in expected.items():
        if key not in got:
            return get_message("missing_key", name=name, key=repr(key))
        found = difference(str(key), got[key], value, **how)
        if found:
            return found
    return None


def _in_sequence(name: str, got: Any, expected: Sequence[Any], **how: Any) -> str | None:
    if not isinstance(got, (tuple, list)):
        what = kind(got, public=how["public"])
        return get_message("not_sequence", name=name, length=len(expected), type=what)
    if len(got) != len(expected):
        key = "wrong_length" if how["public"] else "wrong_length_hidden"
        return get_message(key, name=name, length=len(expected), got=len(got))
    for place, (one, value) in enumerate(zip(got, expected, strict=True)):
        if value is None:
            continue
        found = difference(f"{name}[{place}]", one, value, **how)
        if found:
            return found
    return None


def _in_array(
    name: str, got: Any, expected: NDArray[Any], *, rtol: float, atol: float, public: bool
) -> str | None:
    found = _wrong_kind(name, got, expected, public=public)
    if found:
        return found
    answer = np.asarray(got)
    finite = np.isfinite(answer)
    if not finite.all() and np.isfinite(expected).all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0]) if answer.ndim else ()
        count = int(answer.size - np.count_nonzero(finite))
        key = "not_finite" if public else "not_finite_hidden"
        return get_message(key, name=name, count=count, index=list(first))
    if answer.dtype in (np.float32, np.float16):
        rtol, atol = max(rtol, RTOL_SINGLE), max(atol, ATOL_SINGLE)
    if _plainly_close(answer, expected, rtol, atol):
        return None
    close = np.isclose(answer, expected, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    hint = _pattern(answer, expected, rtol=max(rtol, 1e-6), atol=atol, public=public)
    if not public:
        return get_message("values", name=name) + hint
    if not answer.ndim:
        return (
            get_message("number_at", name=name, expected=_show(expected), got=_show(answer)) + hint
        )
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.where(close, 0.0, np.abs(answer - expected))
    worst = np.unravel_index(int(np.nanargmax(gap)), gap.shape)
    index = ", ".join(str(int(i)) for i in worst)
    shown = {"expected": _show(expected[worst]), "got": _show(answer[worst])}
    return get_message("values_at", name=name, index=f"[{index}]", **shown) + hint


def _plainly_close(got: NDArray[Any], expected: NDArray[Any], rtol: float, atol: float) -> bool:
    """Whether ``numpy.isclose`` says so, of what is nearly all there is: plain finite numbers.

    It takes a fraction of the time. Where this says no, ``isclose`` is to be asked.
    """
    if got.dtype != np.float64 or expected.dtype != np.float64 or got.shape != expected.shape:
        return False
    if not np.isfinite(expected).all():  # (and so that nothing here warns as `isclose` would not)
        return False
    room = atol + rtol * np.abs(expected)
    return bool((np.abs(got - expected) <= room).all() and np.isfinite(room).all())


def _wrong_kind(name: str, got: Any, expected: NDArray[Any], *, public: bool) -> str | None:
    """Type, shape and dtype: what can be said before any value is looked at."""
    if not expected.ndim:
        if isinstance(got, np.ndarray) and got.ndim:
            key = "one_number_array" if public else "one_number_hidden"
            return get_message(key, name=name, got=got.shape)
        if not isinstance(got, _NUMERIC):
            return get_message("not_number", name=name, type=kind(got, public=public))
    elif not isinstance(got, np.ndarray):
        return get_message("not_array", name=name, type=kind(got, public=public))
    elif got.shape != expected.shape:
        return _wrong_shape(name, got.shape, expected.shape, public=public)
    if np.asarray(got).dtype.kind not in "biufc":
        return get_message("not_numeric", name=name)
    return None


def _wrong_shape(
    name: str, got: tuple[int, ...], expected: tuple[int, ...], *, public: bool
) -> str:
    key = "wrong_shape"
    if len(got) == len(expected) and got == expected[::-1]:
        key = "transposed"
    elif len(got) < len(expected) and got == tuple(n for n in expected if n != 1)[: len(got)]:
        key = "lost_axis"
    if not public:
        key += "_hidden"
    return get_message(key, name=name, expected=expected, got=got)


def _pattern(
    got: NDArray[Any], expected: NDArray[Any], *, rtol: float, atol: float, public: bool
) -> str:
    """What all the wrong values have in common: a sign, a factor, exchanged axes; else nothing.

    Of hidden values only a factor that is round: another one would tell them.
    """
    if got.ndim == 2 and got.shape[0] == got.shape[1] > 1:  # noqa: SIM102  two separate thoughts
        if np.allclose(got.T, expected, rtol=rtol, atol=atol):
            return get_message("values_transposed")
    told = np.abs(expected) > atol
    if np.iscomplexobj(got) or not told.any() or not np.allclose(got[~told], 0.0, atol=atol):
        return ""
    with np.errstate(over="ignore"):  # a warning of ours would be taken for the student's
        ratios = got[told] / expected[told]
    ratio = np.median(ratios)
    if not np.isfinite(ratio) or not np.allclose(ratios, ratio, rtol=max(rtol, 1e-4)):
        return ""
    if np.isclose(ratio, 1.0, rtol=1e-3):
        return ""  # "1 times too large" helps nobody
    if np.isclose(ratio, -1.0):
        return get_message("sign")
    alone = ratios.size == 1 or not public
    if ratio <= 0 or (alone and not _telling(float(ratio))):
        return ""
    if ratio > 1:
        return get_message("ratio_large", ratio=_short(float(ratio)))
    return get_message("ratio_small", ratio=_short(1 / float(ratio)))


def _telling(ratio: float) -> bool:
    """Whether one number's ratio says something: any two numbers have one, few have a round one."""
    larger = max(ratio, 1 / ratio)
    return bool(larger <= 100 and np.isclose(larger * 2, round(larger * 2), rtol=1e-5))


def kind(value: Any, *, public: bool = True) -> str:
    """A value's type in a student's words.

    Args:
        value: Anything.
        public: Whether it may be said in full: a shape, and the name of a type that was made for
            the purpose, can carry a hidden input.
    """
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if public else "an array"
    if not public and type(value).__module__ not in ("builtins", "numpy"):
        return "an object of another type"
    name = str(getattr(value, "type_name", type(value).__name__))
    return ("an " if name[0] in "aeiou" else "a ") + name


def _short(value: float) -> str:
    return f"{value:.4g}"


def _show(value: Any) -> str:
    return f"{complex(value):.9g}" if np.iscomplexobj(value) else f"{float(value):.9g}"
