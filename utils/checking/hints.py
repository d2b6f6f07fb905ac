"""Known mistakes, named while a student works: what a wrong answer to a visible check comes from.

The file ``hints.json`` lies beside the notebook. For each visible check it holds a fingerprint of
what each known mistake answers there, and the message for the student. It contains no solution, no
right answer and no hidden test. Since most mistakes answer most calls alike, values that occur more
than once are stored once. Without the file a check shows its ordinary message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from utils.checking.calls import Call
from utils.checking.compare import same, without
from utils.checking.exceptions import comparable_error
from utils.messages import get_message, in_course_language

FILE = "hints.json"
SCHEMA = 2
_SAMPLES = 6  # numbers of an array that its fingerprint keeps
_LONGEST = 16  # parts of a sequence that its fingerprint keeps
_FIRST_AND_LAST = 2  # calls that are kept at each end of many


def find_hint(
    function: str, check: str, calls: Sequence[Call], folder: Path | None = None
) -> tuple[str, str] | None:
    """Find the one known mistake that answers exactly as the student's functions did.

    Args:
        function: The exercise's function.
        check: The visible check that failed.
        calls: The calls that it made.
        folder: The folder of ``hints.json``; by default the working directory, which is the
            notebook's own folder.

    Returns:
        The mistake's id and its message; None if no mistake fits, or several do.
    """
    try:
        return _find(_load((folder or Path()) / FILE), function, check, calls)
    except Exception:  # noqa: BLE001  whatever an answer is, it must not stop the check
        return None


def _find(
    hints: Mapping[str, Any], function: str, check: str, calls: Sequence[Call]
) -> tuple[str, str] | None:
    variants = hints.get("exercises", {}).get(function, {}).get(check, ())
    if not variants or not calls:
        return None
    observed = fingerprints(calls, hints.get("free", {}))
    for size in (1, 2):  # two mistakes at once, only if no single one explains the answer
        fitting = {  # a mistake may stand there more than once, in other forms of the solution
            tuple(variant["is"])
            for variant in variants
            if len(variant["is"]) == size and same(observed, variant["prints"])
        }
        if fitting:
            names = min(fitting)
            mistakes = [hints["mistakes"][name] for name in names]
            return hint_sentence(names, mistakes, function) if len(fitting) == 1 else None
    return None


def hint_sentence(
    names: Sequence[str], mistakes: Sequence[Mapping[str, Any]], exercise: str
) -> tuple[str, str]:
    """Put together the id and the message for one mistake, or for two at once.

    Args:
        names: The mistakes' ids.
        mistakes: For each one its ``function``, and ``title`` and ``message`` by language.
        exercise: The function whose checks failed; the mistake may be in another one.
    """
    if len(names) == 1:
        message, function = in_course_language(mistakes[0]["message"]), mistakes[0]["function"]
        if function != exercise:
            message = get_message("elsewhere", function=function, message=message)
        return names[0], message
    first, second = (in_course_language(mistake["title"]) for mistake in mistakes)
    return "+".join(names), get_message(
        "two_mistakes", function=exercise, first=first, second=second
    )


def fingerprints(calls: Sequence[Call], free: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    """Fingerprint the first and the last calls; those in the middle of many add nothing.

    Args:
        calls: The calls that a check made.
        free: For each function the places of its returned tuple that are not compared.
    """
    end = _FIRST_AND_LAST
    kept = calls if len(calls) <= 2 * end else [*calls[:end], *calls[-end:]]
    return [fingerprint(call, free.get(call.function, ())) for call in kept]


def fingerprint(call: Call, free: Sequence[int] = ()) -> dict[str, Any]:
    """Reduce what a call did to plain values: few, but enough to tell it from other calls.

    Args:
        call: The call.
        free: Places of the returned tuple that are not compared, such as a cache.
    """
    if call.error is not None:
        # as a digest: NumPy's and Python's texts quote shapes and names of the code
        name, text = comparable_error(type(call.error).__name__, str(call.error))
        return {"error": hashlib.sha256(f"{name}: {text}".encode()).hexdigest()[:12]}
    outcome: dict[str, Any] = {
        "function": call.function,
        "answer": _summary(without(call.answer, free)),
    }
    if not same(call.after, call.before):
        outcome["changed"] = _summary(call.after)
    return outcome


def _summary(value: Any) -> Any:
    """Plain values that stand for any value: of an array its shape, some entries and its norm."""
    if isinstance(value, Mapping):
        return {str(key): _summary(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        # of many similar parts, such as mini-batches, the first ones are enough
        return [len(value), *(_summary(part) for part in value[:_LONGEST])]
    if value is None or isinstance(value, (bool, str)):
        return value
    if not isinstance(value, (int, float, complex, np.number, np.ndarray, np.bool_)):
        return _type_of(value)
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        return _type_of(value)
    places = np.unique(np.linspace(0, array.size - 1, min(array.size, _SAMPLES)).astype(int))
    samples = array.ravel()[places].astype(complex)
    with np.errstate(all="ignore"):  # huge numbers are an answer like any other
        norm = float(np.linalg.norm(array.astype(complex)))
    numbers = [*samples.real, *(samples.imag if array.dtype.kind == "c" else ()), norm]
    return [list(array.shape), [_rounded(number) for number in numbers]]


def _type_of(value: Any) -> str:
    """Name a value's type, in the same words in every language that a course may speak."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    name = str(getattr(value, "type_name", type(value).__name__))
    return ("an " if name[0] in "aeiou" else "a ") + name


def _rounded(number: float) -> float | str:
    """Eight significant digits; infinities and nan, which JSON does not have, become text."""
    return float(f"{number:.8g}") if np.isfinite(number) else str(number)


def unpack(value: Any, values: Sequence[Any]) -> Any:
    """Replace each reference in a value of the file by what it stands for.

    The text ``"=7"`` stands for the eighth of ``values``. A text that itself begins with ``=`` is
    stored with one more.

    Args:
        value: A value as the file holds it.
        values: What occurs more than once; each may refer to those before it.
    """
    unpacked: list[Any] = []

    def expand(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: expand(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [expand(inner) for inner in part]
        if isinstance(part, str) and part.startswith("="):
            return part[1:] if part.startswith("==") else unpacked[int(part[1:])]
        return part

    for shared in values:
        unpacked.append(expand(shared))  # noqa: PERF401  it may refer to those before it
    return expand(value)


@lru_cache(4)
def _read(path: Path, *_version: int) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # a damaged file must not stop a student's work; the checks go on without
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return {}
    return data | {"exercises": unpack(data["exercises"], data["values"])}


def _load(path: Path) -> dict[str, Any]:
    """Read the file, unless it was read before and has not changed; empty if there is none."""
    try:
        status = path.stat()
    except OSError:
        return {}
    return _read(path.absolute(), status.st_mtime_ns, status.st_size)
