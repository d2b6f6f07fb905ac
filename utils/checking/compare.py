"""How a student's value differs from the expected one: the first difference, as one message.

The comparisons go from coarse to fine: is there a value, its type, its shape, whether it holds
finite numbers, the numbers themselves. A message contains expected values and the student's values
only if the inputs of the check are public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.checking.located import locate
from utils.messages import get_message

RTOL, ATOL = 1e-6, 1e-8
# With this absolute tolerance a comparison asks for the form alone.
FORM_ONLY = float(np.finfo(float).max)
# What single precision can give: an answer computed in float32 is not a wrong answer.
RTOL_SINGLE, ATOL_SINGLE = 1e-4, 1e-5


RESULT = "the result"  # what a check calls all that the function returned

_TRUTH = (bool, np.bool_)  # the answer to a question, and not a number
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
    """Describe the first way in which ``got`` differs from ``expected``.

    Args:
        name: What the value is called in the exercise, such as ``dW1``.
        got: The student's value, of any type.
        expected: A number, an array, or a dict or tuple of these. A dict may have more entries
            than the expected one. A place of a tuple where None is expected is skipped.
        rtol: Relative tolerance, as in ``numpy.isclose``.
        atol: Absolute tolerance, as in ``numpy.isclose``. For answers in single or half precision
            both tolerances are at least those of single precision.
        public: Whether the message may contain expected values and the student's values.

    Returns:
        The message for the student; None if the values agree.
    """
    if got is None:
        return get_message("none", name=name)
    if isinstance(expected, Mapping):
        return _difference_in_dict(name, got, expected, rtol=rtol, atol=atol, public=public)
    if isinstance(expected, (tuple, list)):
        return _difference_in_sequence(name, got, expected, rtol=rtol, atol=atol, public=public)
    return _difference_in_array(
        name, got, np.asarray(expected), rtol=rtol, atol=atol, public=public
    )


def same(got: Any, expected: Any, *, rtol: float = RTOL, atol: float = 1e-10) -> bool:
    """Tell whether two values of any kind have the same structure and the same numbers.

    This is stricter than ``difference``, which allows extra entries: the question here is not
    whether an answer is acceptable, but whether two answers were computed in the same way.
    """
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        return got.keys() == expected.keys() and all(
            same(value, expected[key], rtol=rtol, atol=atol) for key, value in got.items()
        )
    if isinstance(got, (tuple, list)) and isinstance(expected, (tuple, list)):
        return len(got) == len(expected) and all(
            same(part, expected_part, rtol=rtol, atol=atol)
            for part, expected_part in zip(got, expected, strict=True)
        )
    if isinstance(got, _NUMERIC) and isinstance(expected, _NUMERIC):
        if isinstance(got, _TRUTH) != isinstance(expected, _TRUTH):
            return False
        left, right = np.asarray(got), np.asarray(expected)
        if left.shape != right.shape or {left.dtype.kind, right.dtype.kind} - set("biufc"):
            return False
        if np.float32 in (left.dtype, right.dtype):
            rtol, atol = max(rtol, RTOL_SINGLE), max(atol, ATOL_SINGLE)
        return np.array_equal(left, right) or bool(
            np.allclose(left, right, rtol=rtol, atol=atol, equal_nan=True)
        )
    if isinstance(got, (str, bytes)) or got is None:
        return type(got) is type(expected) and bool(got == expected)
    return got is expected


def unaltered(now: Any, before: Any) -> bool:
    """Tell whether a value is what it was: its type, its parts, and of arrays each number.

    Of arrays, shape, dtype and whether they can be written to count too, but not the order in
    memory, which a copy need not keep. A nan is what it was if it is still a nan.
    """
    if type(now) is not type(before):
        return False
    if isinstance(now, Mapping):
        return now.keys() == before.keys() and all(
            unaltered(value, before[key]) for key, value in now.items()
        )
    if isinstance(now, (tuple, list)):
        return len(now) == len(before) and all(map(unaltered, now, before))
    if isinstance(now, np.ndarray):
        return (
            (now.shape, now.dtype) == (before.shape, before.dtype)
            and now.flags.writeable == before.flags.writeable
            and np.array_equal(now, before, equal_nan=now.dtype.kind in "fc")
        )
    if isinstance(now, _NUMERIC):
        return bool(now == before or (now != now and before != before))  # noqa: PLR0124  both are nan
    return now is before or (isinstance(now, (str, bytes)) and bool(now == before))


def without(answer: Any, places: Sequence[int]) -> Any:
    """Leave some places out of a returned tuple; any other answer is returned as it is."""
    if not isinstance(answer, (tuple, list)):
        return answer
    return [part for place, part in enumerate(answer) if place not in places]


def describe_type(value: Any, *, public: bool = True) -> str:
    """Name a value's type in words that a student knows, such as ``a list``.

    Args:
        value: Anything.
        public: Whether everything may be said. A shape, or the name of a type that the student
            defined, can carry a hidden input.
    """
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        if not public:
            return get_message("an_array")
        return get_message("array_of_shape", shape=value.shape)
    if not public and type(value).__module__ not in ("builtins", "numpy"):
        return get_message("another_type")
    name = str(getattr(value, "type_name", type(value).__name__))
    return get_message("an_type" if name[0] in "aeiou" else "a_type", name=name)


def _difference_in_dict(
    name: str, got: Any, expected: Mapping[str, Any], **options: Any
) -> str | None:
    if not isinstance(got, Mapping):
        type_ = describe_type(got, public=options["public"])
        return get_message("not_dict", name=name, type=type_)
    wanted = {str(key): value for key, value in expected.items()}
    parts = {str(key): got[key] for key in expected if key in got}
    messages = {
        str(key): difference(_part_name(name, str(key)), parts[str(key)], value, **options)
        if str(key) in parts
        else get_message("missing_key", name=name, key=repr(key))
        for key, value in expected.items()
    }
    return locate(messages, parts, wanted, form_only=options["atol"] >= FORM_ONLY)


def shown_name(name: str) -> str:
    """What a message calls a compared value: as the check does, except all that was returned."""
    return get_message("the_result") if name == RESULT else name


def _part_name(whole: str, key: str) -> str:
    """What an entry of a dictionary is called; more than one may have a ``dW1``."""
    return key if whole == shown_name(RESULT) else get_message("part_of", part=key, whole=whole)


def _difference_in_sequence(
    name: str, got: Any, expected: Sequence[Any], **options: Any
) -> str | None:
    if isinstance(got, np.ndarray) and got.ndim and all(np.ndim(value) == 0 for value in expected):
        got = list(got)  # an array that holds the right numbers is as good
    if not isinstance(got, (tuple, list)):
        type_ = describe_type(got, public=options["public"])
        kind = "list" if isinstance(expected, list) else "tuple"
        return get_message("not_sequence", name=name, kind=kind, length=len(expected), type=type_)
    if len(got) != len(expected):
        key = "wrong_length" if options["public"] else "wrong_length_hidden"
        message = get_message(key, name=name, length=len(expected), got=len(got))
        return message + (get_message("too_many") if len(got) > len(expected) else "")
    places = [place for place, value in enumerate(expected) if value is not None]
    parts = {f"{name}[{place}]": got[place] for place in places}
    wanted = {f"{name}[{place}]": expected[place] for place in places}
    messages = {part: difference(part, parts[part], wanted[part], **options) for part in parts}
    return locate(messages, parts, wanted, form_only=options["atol"] >= FORM_ONLY)


def _difference_in_array(
    name: str, got: Any, expected: NDArray[Any], *, rtol: float, atol: float, public: bool
) -> str | None:
    message = _wrong_form(name, got, expected, public=public)
    if message:
        return message
    answer = np.asarray(got)
    finite = np.isfinite(answer)
    if not finite.all() and np.isfinite(expected).all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0]) if answer.ndim else ()
        count = int(answer.size - np.count_nonzero(finite))
        key = "not_finite" if public else "not_finite_hidden"
        return get_message(key, name=name, count=count, index=list(first))
    if answer.dtype in (np.float32, np.float16):
        rtol, atol = max(rtol, RTOL_SINGLE), max(atol, ATOL_SINGLE)
    if _is_surely_close(answer, expected, rtol, atol):
        return None
    close = np.isclose(answer, expected, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    pattern = _common_error(answer, expected, rtol=max(rtol, 1e-6), atol=atol, public=public)
    if not public:
        return get_message("values" if answer.size > 1 else "value_hidden", name=name) + pattern
    if not answer.ndim:
        values = {"expected": _format_number(expected), "got": _format_number(answer)}
        return get_message("number_at", name=name, **values) + pattern
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.where(close, 0.0, np.abs(answer - expected))
    worst = np.unravel_index(int(np.nanargmax(gap)), gap.shape)
    index = ", ".join(str(int(i)) for i in worst)
    values = {"expected": _format_number(expected[worst]), "got": _format_number(answer[worst])}
    return get_message("values_at", name=name, index=f"[{index}]", **values) + pattern


def _is_surely_close(got: NDArray[Any], expected: NDArray[Any], rtol: float, atol: float) -> bool:
    """Tell whether two arrays of plain finite numbers are close.

    ``numpy.isclose`` says the same, but takes several times as long. If this returns False,
    ``isclose`` decides.
    """
    if got.dtype != np.float64 or expected.dtype != np.float64 or got.shape != expected.shape:
        return False
    # Infinities and nan are left to `isclose`, which does not warn about them.
    if not np.isfinite(expected).all():
        return False
    tolerance = atol + rtol * np.abs(expected)
    return bool((np.abs(got - expected) <= tolerance).all() and np.isfinite(tolerance).all())


def _wrong_form(name: str, got: Any, expected: NDArray[Any], *, public: bool) -> str | None:
    """Return the message for a wrong type, shape or dtype; None if the form is right."""
    if not expected.ndim:
        if isinstance(got, np.ndarray) and got.ndim:
            key = "one_number_array" if public else "one_number_hidden"
            return get_message(key, name=name, got=got.shape)
        is_truth = isinstance(got, _TRUTH) and expected.dtype.kind in "fc"
        if is_truth or not isinstance(got, _NUMERIC):
            return get_message("not_number", name=name, type=describe_type(got, public=public))
    elif not isinstance(got, np.ndarray):
        return get_message("not_array", name=name, type=describe_type(got, public=public))
    elif got.shape != expected.shape:
        return _wrong_shape(name, got.shape, expected.shape, public=public)
    if np.asarray(got).dtype.kind not in "biufc":
        return get_message("not_numeric", name=name)
    return None


def _wrong_shape(
    name: str, got: tuple[int, ...], expected: tuple[int, ...], *, public: bool
) -> str:
    long_axes = tuple(n for n in expected if n != 1)
    key, right = "wrong_shape", ""
    if len(got) == len(expected) and got == expected[::-1]:
        key = "transposed"
    elif len(got) > len(expected) and tuple(n for n in got if n != 1) == long_axes:
        key = "extra_axis"
    elif len(got) < len(expected) and got == long_axes[: len(got)]:
        key = "lost_axis"
    elif len(got) == len(expected) == 2 and got[0] == expected[0]:
        right = get_message("rows_right")
    elif len(got) == len(expected) == 2 and got[1] == expected[1]:
        right = get_message("columns_right")
    if not public:
        key += "_hidden"
    return get_message(key, name=name, expected=expected, got=got) + right


def _common_error(
    got: NDArray[Any], expected: NDArray[Any], *, rtol: float, atol: float, public: bool
) -> str:
    """Say what all wrong values have in common: a sign, a factor, swapped axes; "" if nothing.

    Of hidden values only a round factor is named: any other one would give them away.
    """
    if got.ndim == 2 and got.shape[0] == got.shape[1] > 1:  # noqa: SIM102  two separate thoughts
        if np.allclose(got.T, expected, rtol=rtol, atol=atol):
            return get_message("values_transposed")
    ratio = _common_ratio(got, expected, rtol=rtol, atol=atol)
    if ratio is None or np.isclose(ratio, 1.0, rtol=1e-3):
        return ""  # "1 times too large" helps nobody
    of = "all" if np.count_nonzero(np.abs(expected) > atol) > 1 else "it"
    if np.isclose(ratio, -1.0):
        return get_message(f"sign_of_{of}")
    steps = {"it": 1, "all": 2}[of]  # any two numbers have a ratio: a whole one means something
    if ratio <= 0 or ((of == "it" or not public) and not _is_round(ratio, steps)):
        return ""
    size = "large" if ratio > 1 else "small"
    if not public:  # a function may choose the factor, and tell an input by it
        return get_message(f"{size}_{of}_hidden")
    return get_message(f"{size}_{of}", ratio=_format_ratio(max(ratio, 1 / ratio)))


def is_multiple(got: Any, expected: Any) -> bool:
    """Tell whether an array is the expected one times a factor, with more than one number."""
    several = np.count_nonzero(expected) > 1 and np.shape(got) == np.shape(expected)
    arrays = np.asarray(got), np.asarray(expected)
    return bool(several) and _common_ratio(*arrays, rtol=RTOL_SINGLE, atol=ATOL_SINGLE) is not None


def _common_ratio(
    got: NDArray[Any], expected: NDArray[Any], *, rtol: float, atol: float
) -> float | None:
    """The one factor between all values and the expected ones; None if there is none."""
    nonzero = np.abs(expected) > atol
    if np.iscomplexobj(got) or not nonzero.any() or not np.allclose(got[~nonzero], 0.0, atol=atol):
        return None
    with np.errstate(over="ignore"):  # a warning from here would be taken for the student's
        ratios = got[nonzero] / expected[nonzero]
    ratio = float(np.median(ratios))
    one = np.isfinite(ratio) and np.allclose(ratios, ratio, rtol=max(rtol, 1e-4))
    return ratio if one else None


def _is_round(ratio: float, steps: int) -> bool:
    """Tell whether a ratio, or its inverse, is a whole number of steps of ``1 / steps``, to 100."""
    larger = max(ratio, 1 / ratio) * steps
    return bool(larger <= 100 * steps and np.isclose(larger, round(larger), rtol=1e-5))


def _format_ratio(value: float) -> str:
    return f"{value:.4g}"


def _format_number(value: Any) -> str:
    return f"{complex(value):.9g}" if np.iscomplexobj(value) else f"{float(value):.9g}"
