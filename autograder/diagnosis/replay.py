"""What variants of the solution do when they are given the calls of a student's function.

The inputs are the same for a whole class, so what a variant did with them is cached: its
fingerprint, which is enough to reject most variants, and for a while the whole outcome. The key is
the variant's code and everything the call was given, including the random state. What a student
answered is no part of it.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from functools import cached_property
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from autograder.diagnosis.fingerprint import fingerprint, may_be_equal
from autograder.diagnosis.recorded_calls import (
    ArgumentKey,
    CallOutcome,
    CallTrace,
    each_argument,
    same_error,
)
from autograder.diagnosis.solution import LazyGlobals, Variant
from autograder.engine.protocol import random_state
from autograder.engine.trusted.errors import StudentError
from autograder.lru_cache import LRUCache, size_in_bytes
from utils.checking.calls import deep_copy
from utils.checking.compare import same, without

_CacheKey = tuple[bytes, bytes]
NUMBER = ("number",)  # the form of a variable that is one number


class OutcomeFingerprint(NamedTuple):
    """What a variant did: the fingerprint of its answer, or the exception."""

    answer: Any
    error: tuple[str, str] | None


class RunFacts(NamedTuple):
    """What was seen of one run of a function.

    Attributes:
        forms: By name of a variable, the type and shape of its last value.
        calls: How many Python functions were called: how long a run takes, on any machine.
    """

    forms: dict[str, tuple[Any, ...]]
    calls: int


_FINGERPRINTS: LRUCache[OutcomeFingerprint] = LRUCache(16 * 2**20, 2**16)
_FACTS: LRUCache[RunFacts] = LRUCache(2**20)
_OUTCOMES: LRUCache[CallOutcome] = LRUCache(4 * 2**20)
_MATCH_BYTES = 1024  # about what one cached comparison takes
_MATCHES: LRUCache[bool] = LRUCache(8192 * _MATCH_BYTES)
# These depend on the state of this process at that moment, not on the variant.
_TRANSIENT_ERRORS = (MemoryError, RecursionError)


class Replay:
    """One variant of the solution, given the calls of a trace; each call is made at most once.

    Args:
        trace: The calls.
        variant: The variant. What it does must depend on nothing but its arguments and numpy's
            legacy random state.
    """

    def __init__(self, trace: CallTrace, variant: Variant) -> None:
        self._trace = trace
        self._variant = variant
        self._outcomes: dict[int, CallOutcome] = {}

    def matches(self, index: int) -> bool:
        """Whether the variant does in a call what the student's function did."""
        trace, key = self._trace, self._key(index)
        comparison = key and trace.comparison_key(index)
        cached = _MATCHES.get((key, comparison)) if comparison else None
        if cached is not None:
            return cached
        result = self._compare(index)
        if comparison and trace.repeatable:
            _MATCHES.put((key, comparison), result, _MATCH_BYTES)
        return result

    def _compare(self, index: int) -> bool:
        call = self._trace.calls[index]
        variant_fingerprint = self.fingerprint(index)
        error = call.outcome.error
        if error or variant_fingerprint.error:
            return same_error(error, variant_fingerprint.error)
        free, ignored = self._trace.free.get(call.function, ()), self._trace.ignored[index]
        if not may_be_equal(
            without(call.fingerprint, free), without(variant_fingerprint.answer, free)
        ):
            return False
        student, variant = call.outcome, self.outcome(index)
        return same(without(student.answer, free), without(variant.answer, free)) and same(
            [value for key, value in each_argument(student.after) if key not in ignored],
            [value for key, value in each_argument(variant.after) if key not in ignored],
        )

    def leaves_out(self, index: int) -> bool:
        """Whether the student returned None at a place that is not compared, the variant a value.

        What is computed from that place fails then, whatever else is wrong.
        """
        call, answer = self._trace.calls[index], self.outcome(index).answer
        returned = call.outcome.answer
        if not isinstance(returned, tuple | list) or not isinstance(answer, tuple | list):
            return False
        return len(returned) == len(answer) and any(
            returned[place] is None and answer[place] is not None
            for place in self._trace.free.get(call.function, ())
            if place < len(answer)
        )

    def changed_arguments(self, index: int) -> set[ArgumentKey]:
        """The arguments of a call that the variant changes in place."""
        before = dict(each_argument(self._trace.calls[index].before))
        after = dict(each_argument(self.outcome(index).after))
        return {key for key in before.keys() & after if not same(after[key], before[key])}

    def observe(self, index: int) -> RunFacts:
        """What is seen of the function's variables and of the calls in it when it is run."""
        key = self._key(index)
        facts = _FACTS.get(key) if key else None
        if facts is None:
            facts = self._observe(index)
            if key:
                _FACTS.put(key, facts, size_in_bytes(facts))
        return facts

    def _observe(self, index: int) -> RunFacts:
        name = self._trace.calls[index].function
        forms: dict[str, tuple[Any, ...]] = {}
        calls = 0

        def note(frame: FrameType, event: str, _: object) -> None:
            nonlocal calls
            calls += event == "call"
            if event == "return" and frame.f_code.co_name == name:
                forms.update({name: _form(value) for name, value in frame.f_locals.items()})

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            self._call(index)
        finally:
            sys.setprofile(before)
        return RunFacts(forms, calls)

    @cached_property
    def _globals(self) -> LazyGlobals:
        return self._variant.fresh_globals()

    def _key(self, index: int) -> _CacheKey | None:
        input_digest = self._trace.input_digests[index]
        return None if input_digest is None else (self._variant.digest, input_digest)

    def fingerprint(self, index: int) -> OutcomeFingerprint:
        """What the variant does in a call, in a few numbers."""
        key = self._key(index)
        result = _FINGERPRINTS.get(key) if key else None
        if result is None:
            outcome = self.outcome(index)
            result = OutcomeFingerprint(fingerprint(outcome.answer), outcome.error)
            if key and outcome.repeatable:
                _FINGERPRINTS.put(key, result, size_in_bytes(result))
        return result

    def outcome(self, index: int) -> CallOutcome:
        """What the variant does in a call."""
        if index not in self._outcomes:
            key = self._key(index)
            outcome = _OUTCOMES.get(key) if key else None
            if outcome is None:
                outcome = self._call(index)
                self._trace.repeatable &= outcome.repeatable
                if key and outcome.repeatable:
                    size = size_in_bytes(outcome.answer) + size_in_bytes(outcome.after)
                    _OUTCOMES.put(key, outcome, size)
            self._outcomes[index] = outcome
        return self._outcomes[index]

    def _call(self, index: int) -> CallOutcome:
        call = self._trace.calls[index]
        args, keywords = deep_copy(call.before)
        args = list(args)
        for key, (earlier, position) in self._trace.links[index].items():
            source = self.outcome(earlier)
            if source.error:
                return CallOutcome(error=("no answer", ""), repeatable=source.repeatable)
            linked = deep_copy(source.answer[position])
            if isinstance(key, int):
                args[key] = linked
            else:
                keywords[key] = linked
        random_state.restore(call.random_state)
        try:
            answer = self._globals.function(call.function)(*args, **keywords)
        except StudentError:
            raise  # the deadline of the whole diagnosis has passed
        except Exception as error:  # noqa: BLE001  the mistake may be one that raises
            raised = type(error).__name__, str(error)
            return CallOutcome(error=raised, repeatable=not isinstance(error, _TRANSIENT_ERRORS))
        return CallOutcome(answer, (tuple(args), keywords))


def _form(value: Any) -> tuple[Any, ...]:
    """The type of a value, as far as one could be taken for another; and its shape."""
    if isinstance(value, (bool, int, float, np.number)):
        return NUMBER
    return type(value).__name__, *getattr(value, "shape", ())


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """Run variants without side effects: nothing is printed and the random state is restored."""
    own_state = random_state.current()
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        random_state.restore(own_state)
