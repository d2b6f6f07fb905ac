"""Known mistakes in a student's own notebook: a wrong answer to a visible check is named at once.

Beside the notebook lies ``hints.json``. For each visible check it holds what each known mistake
answers there, as a few numbers, and what to say. No solution, no right answer and no hidden test
is in it. Most mistakes answer most calls alike, so what stands there more than once is written
once. Without the file a check says what it says otherwise.
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
from utils.compare import kind, same, without
from utils.messages import get_message, in_language

FILE = "hints.json"
SCHEMA = 2
_SAMPLES = 6  # numbers that are kept of an array
_ENDS = 2  # calls that are kept at each end of many


def find_hint(
    function: str, check: str, calls: Sequence[Call], folder: Path | None = None
) -> tuple[str, str] | None:
    """Id and message of the one known mistake that does what the student's functions did.

    Args:
        function: The exercise's function.
        check: The visible check that failed.
        calls: The calls that it made.
        folder: Where the hints lie; by default the notebook's own folder.
    """
    try:
        return _find(_load((folder or Path()) / FILE), function, check, calls)
    except Exception:  # noqa: BLE001  whatever an answer is, it must not stop the check
        return None


def _find(
    hints: Mapping[str, Any], function: str, check: str, calls: Sequence[Call]
) -> tuple[str, str] | None:
    known = hints.get("exercises", {}).get(function, {}).get(check, ())
    if not known or not calls:
        return None
    free = hints.get("free", {})
    seen = fingerprints(calls, free)
    for size in (1, 2):  # two mistakes at once, only where none alone explains the answer
        fitting = [
            one["is"] for one in known if len(one["is"]) == size and same(seen, one["prints"])
        ]
        if fitting:
            texts = [hints["mistakes"][name] for name in fitting[0]]
            return hint_sentence(fitting[0], texts, function) if len(fitting) == 1 else None
    return None


def hint_sentence(
    names: Sequence[str], texts: Sequence[Mapping[str, Any]], exercise: str
) -> tuple[str, str]:
    """Id and message for one mistake, or for two at once.

    Args:
        names: Their ids.
        texts: ``function`` of each; ``title`` and ``message``, by language.
        exercise: The function whose checks failed, perhaps by the fault of another.
    """
    if len(names) == 1:
        message, function = in_language(texts[0]["message"]), texts[0]["function"]
        if function != exercise:
            message = get_message("elsewhere", function=function, message=message)
        return names[0], message
    first, second = (in_language(one["title"]) for one in texts)
    return "+".join(names), get_message("two_mistakes", first=first, second=second)


def fingerprints(calls: Sequence[Call], free: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    """What the first few calls did, and the last few: of many, the others tell no more."""
    kept = calls if len(calls) <= 2 * _ENDS else [*calls[:_ENDS], *calls[-_ENDS:]]
    return [fingerprint(call, free.get(call.function, ())) for call in kept]


def fingerprint(call: Call, free: Sequence[int] = ()) -> dict[str, Any]:
    """What a call did, as plain values: little enough to be kept, enough to be told from others.

    Args:
        call: The call.
        free: Places of a returned tuple that are the student's own affair.
    """
    if call.error is not None:
        # as a digest: NumPy's and Python's texts quote shapes and names of the code
        text = f"{type(call.error).__name__}: {call.error}".encode()
        return {"error": hashlib.sha256(text).hexdigest()[:12]}
    made: dict[str, Any] = {
        "function": call.function,
        "answer": _print(without(call.answer, free)),
    }
    if not same(call.after, call.before):
        made["changed"] = _print(call.after)
    return made


def _print(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _print(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        # of many like parts, such as mini-batches, the first ones will do
        return [len(value), *(_print(part) for part in value[:16])]
    if value is None or isinstance(value, (bool, str)):
        return value
    if not isinstance(value, (int, float, complex, np.number, np.ndarray, np.bool_)):
        return kind(value)
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        return kind(value)
    places = np.unique(np.linspace(0, array.size - 1, min(array.size, _SAMPLES)).astype(int))
    numbers = array.ravel()[places].astype(complex)
    with np.errstate(all="ignore"):  # huge numbers are an answer like any other
        size = float(np.linalg.norm(array.astype(complex)))
    parts = [*numbers.real, *(numbers.imag if array.dtype.kind == "c" else ()), size]
    return [list(array.shape), [_rounded(part) for part in parts]]


def _rounded(number: float) -> float | str:
    """Eight digits; what JSON has no number for is a word."""
    return float(f"{number:.8g}") if np.isfinite(number) else str(number)


def unpacked(value: Any, values: Sequence[Any]) -> Any:
    """A value of the file in full: in it ``"=7"`` stands for the eighth of ``values``.

    A text that begins with ``=`` stands there with one more.

    Args:
        value: As it stands in the file.
        values: What stands there more than once; each may hold those before it.
    """
    done: list[Any] = []

    def whole(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: whole(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [whole(inner) for inner in part]
        if isinstance(part, str) and part.startswith("="):
            return part[1:] if part.startswith("==") else done[int(part[1:])]
        return part

    for one in values:
        done.append(whole(one))  # noqa: PERF401  it may ask for those before it
    return whole(value)


@lru_cache(4)
def _read(path: Path, *_seen: int) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # a damaged file must not stop a student's work; the checks go on without
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return {}
    return data | {"exercises": unpacked(data["exercises"], data["values"])}


def _load(path: Path) -> dict[str, Any]:
    try:
        seen = path.stat()
    except OSError:
        return {}
    return _read(path.absolute(), seen.st_mtime_ns, seen.st_size)
