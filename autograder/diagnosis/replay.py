"""What variants of the solution do on the calls that a student's function got.

The inputs are the same for a whole class, so what a variant did with them is remembered: a few
numbers of it, which tell it from most answers, and the whole, for a while. It is found by the
variant's code and all that the call was given, the random state included. What a student chose
to answer is no part of it.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograder.diagnosis.fingerprint import fingerprint, may_be_equal
from autograder.diagnosis.recorded_calls import CallOutcome, CallTrace, Place, each_argument
from autograder.diagnosis.solution import LazyGlobals, Variant
from autograder.engine.protocol import random_state
from autograder.engine.trusted.errors import StudentError
from autograder.lru_cache import LRUCache, size_in_bytes
from utils.checking.calls import deep_copy
from utils.checking.compare import same, without

Key = tuple[bytes, bytes]


class OutcomeFingerprint(NamedTuple):
    """What a variant did, in a few numbers."""

    answer: Any
    error: tuple[str, str] | None


_SKETCHES: LRUCache[OutcomeFingerprint] = LRUCache(4 * 2**20, 2**16)
_OUTCOMES: LRUCache[CallOutcome] = LRUCache(4 * 2**20)
_A_VERDICT = 1024
_VERDICTS: LRUCache[bool] = LRUCache(8192 * _A_VERDICT)
# How full this process' memory and stack are is not the variant's doing.
_OF_THE_MOMENT = (MemoryError, RecursionError)


class Replay:
    """What one variant of the solution does on the calls of a scene; each is made at most once.

    Args:
        scene: The calls.
        variant: The variant. What it does must hang on its arguments and on numpy's legacy random
            state alone.
    """

    def __init__(self, scene: CallTrace, variant: Variant) -> None:
        self._scene = scene
        self._variant = variant
        self._outcomes: dict[int, CallOutcome] = {}

    def is_like(self, number: int) -> bool:
        """Whether the variant does on a call what the student's function did."""
        scene, key = self._scene, self._key(number)
        compared = key and scene.seen(number)
        found = _VERDICTS.get((key, compared)) if compared else None
        if found is None:
            found = self._is_like(number)
            if compared and scene.lasting:
                _VERDICTS.put((key, compared), found, _A_VERDICT)
        return found

    def _is_like(self, number: int) -> bool:
        call = self._scene.calls[number]
        rough = self._sketch(number)
        error = call.outcome.error
        if error or rough.error:
            return error == rough.error
        free, ignored = self._scene.free.get(call.function, ()), self._scene.ignored[number]
        if not may_be_equal(without(call.fingerprint, free), without(rough.answer, free)):
            return False
        seen, mine = call.outcome, self._outcome(number)
        return same(without(seen.answer, free), without(mine.answer, free)) and same(
            [value for place, value in each_argument(seen.after) if place not in ignored],
            [value for place, value in each_argument(mine.after) if place not in ignored],
        )

    def changes(self, number: int) -> set[Place]:
        """The arguments of a call that the variant changes in place."""
        before = dict(each_argument(self._scene.calls[number].before))
        after = dict(each_argument(self._outcome(number).after))
        return {place for place in before.keys() & after if not same(after[place], before[place])}

    @cached_property
    def _names(self) -> LazyGlobals:
        return self._variant.names()

    def _key(self, number: int) -> Key | None:
        given = self._scene.given[number]
        return None if given is None else (self._variant.digest, given)

    def _sketch(self, number: int) -> OutcomeFingerprint:
        key = self._key(number)
        found = _SKETCHES.get(key) if key else None
        if found is None:
            outcome = self._outcome(number)
            found = OutcomeFingerprint(fingerprint(outcome.answer), outcome.error)
            if key and outcome.lasting:
                _SKETCHES.put(key, found, size_in_bytes(found))
        return found

    def _outcome(self, number: int) -> CallOutcome:
        if number not in self._outcomes:
            key = self._key(number)
            found = _OUTCOMES.get(key) if key else None
            if found is None:
                found = self._call(number)
                self._scene.lasting &= found.lasting
                if key and found.lasting:
                    _OUTCOMES.put(
                        key, found, size_in_bytes(found.answer) + size_in_bytes(found.after)
                    )
            self._outcomes[number] = found
        return self._outcomes[number]

    def _call(self, number: int) -> CallOutcome:
        call = self._scene.calls[number]
        args, keywords = deep_copy(call.before)
        args = list(args)
        for place, (earlier, part) in self._scene.links[number].items():
            before = self._outcome(earlier)
            if before.error:
                return CallOutcome(error=("no answer", ""), lasting=before.lasting)
            own = deep_copy(before.answer[part])
            if isinstance(place, int):
                args[place] = own
            else:
                keywords[place] = own
        random_state.restore(call.state)
        try:
            answer = self._names.function(call.function)(*args, **keywords)
        except StudentError:
            raise  # the time for all of this is over
        except Exception as error:  # noqa: BLE001  the mistake may be one that raises
            told = type(error).__name__, str(error)
            return CallOutcome(error=told, lasting=not isinstance(error, _OF_THE_MOMENT))
        return CallOutcome(answer, (tuple(args), keywords))


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """While variants run: no warnings, nothing printed, and our own random state comes back."""
    ours = random_state.current()
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        random_state.restore(ours)
