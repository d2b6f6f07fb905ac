"""The single outputs of a call, and which are wrong: ``dW1``, the second batch, ``v["dW1"]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograder.diagnosis.fingerprint import may_be_equal
from autograder.diagnosis.recorded_calls import CallTrace, each_argument, same_error
from autograder.diagnosis.replay import Replay
from utils.checking.compare import same

Path = tuple[Any, ...]

_TRIVIAL = (0.0, 1.0, -1.0)  # numbers that many computations give
_MIN_CALLS = 2  # with wrong numbers, or
_MIN_NUMBERS = 4  # that many different wrong numbers
_SAMPLES = 32  # numbers of one output that are looked at


class WrongOutputs:
    """The outputs of some calls of a function that are not the solution's.

    Args:
        trace: The calls of a test cell.
        indices: Those of the function, one that is wrong first.
        solution: The solution, given the same calls.
    """

    def __init__(self, trace: CallTrace, indices: Sequence[int], solution: Replay) -> None:
        self._trace = trace
        self._indices = indices
        self._solution = solution

    @cached_property
    def paths(self) -> frozenset[Path]:
        """Every output that is wrong in some call."""
        return frozenset(path for wrong in self._by_call.values() for path in wrong)

    @cached_property
    def tell_enough(self) -> bool:
        """Whether the wrong outputs hold enough numbers to tell one mistake from another.

        Zeros and ones, and numbers that are not finite, come out of many mistakes; so does an
        exception.
        """
        numbers: set[str] = set()
        calls = 0
        for index, wrong in self._by_call.items():
            student = self._student(index)
            found = {text for path in wrong for text in _telling(student.get(path))}
            right = self._right(index)
            found |= {
                f"{path} {np.shape(student[path])}"
                for path in wrong
                if path in right and _has_other_shape(student[path], right[path])
            }
            if any(path[0] == "answer" and path not in wrong for path in student):
                # Beside outputs that are right, a gap or all ones say which computation is wrong.
                found |= {f"{path} is missing" for path in right if path not in student}
                found |= {f"{path} is filled" for path in wrong if _is_filled(student[path])}
            numbers |= found
            calls += bool(found)
        return calls >= _MIN_CALLS or len(numbers) >= _MIN_NUMBERS

    @cached_property
    def have_right_form(self) -> bool:
        """Whether the first call gives as many outputs, by the same names, as it should."""
        index = self._indices[0]
        return self._student(index).keys() == self._right(index).keys()

    @cached_property
    def first(self) -> frozenset[Path]:
        """The outputs that are wrong in the first call."""
        return frozenset(self._by_call.get(self._indices[0], ()))

    def explained_by(self, replay: Replay) -> bool:
        """Whether a variant gives these outputs in every call, whatever the others are."""
        return self.explained_in_first_call(replay) == self.first and all(
            self._agree(replay, index) for index in self._indices
        )

    def explained_in_first_call(self, replay: Replay) -> frozenset[Path]:
        """Those of the first call's wrong outputs that a variant gives as well."""
        index = self._indices[0]
        sketch = replay.fingerprint(index)
        if sketch.error or not self._may_explain(sketch.answer):
            return frozenset()
        theirs, student = self._leaves(index, replay.outcome(index)), self._student(index)
        return frozenset(
            path for path in self.first if path in theirs and same(student[path], theirs[path])
        )

    def _may_explain(self, answer: Any) -> bool:
        """Whether one of the first call's wrong outputs is like that of a variant."""
        theirs = dict(_leaves(answer, ("answer",)))
        mine = dict(_leaves(self._trace.calls[self._indices[0]].fingerprint, ("answer",)))
        return any(
            path[0] == "after" or (path in theirs and may_be_equal(mine[path], theirs[path]))
            for path in self.first
        )

    def _agree(self, replay: Replay, index: int) -> bool:
        student, outcome = self._trace.calls[index].outcome, replay.outcome(index)
        if student.error or outcome.error:
            return same_error(student.error, outcome.error)
        got, theirs = self._student(index), self._leaves(index, outcome)
        return all(
            path in theirs and same(got[path], theirs[path]) for path in self.paths if path in got
        )

    @cached_property
    def _by_call(self) -> Mapping[int, frozenset[Path]]:
        """By call, its wrong outputs; nothing for a call that raised."""
        wrong: dict[int, frozenset[Path]] = {}
        for index in self._indices:
            if self._solution.matches(index) or self._trace.calls[index].outcome.error:
                continue
            right = self._right(index)
            wrong[index] = frozenset(
                path
                for path, value in self._student(index).items()
                if path not in right or not same(value, right[path])
            )
        return wrong

    def _right(self, index: int) -> dict[Path, Any]:
        outcome = self._solution.outcome(index)
        return {} if outcome.error else self._leaves(index, outcome)

    def _student(self, index: int) -> dict[Path, Any]:
        return self._leaves(index, self._trace.calls[index].outcome)

    def _leaves(self, index: int, outcome: Any) -> dict[Path, Any]:
        call, ignored = self._trace.calls[index], self._trace.ignored[index]
        free = self._trace.free.get(call.function, ())
        answer = outcome.answer
        after = {key: value for key, value in each_argument(outcome.after) if key not in ignored}
        leaves = {
            path: value
            for path, value in _leaves(answer, ("answer",))
            if not (len(path) > 1 and path[1] in free)
        }
        return leaves | dict(_leaves(after, ("after",)))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Each number or array in a value, with the way to it."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, (*path, key))
    elif isinstance(value, (tuple, list)):
        for place, part in enumerate(value):
            yield from _leaves(part, (*path, place))
    else:
        yield path, value


def _has_other_shape(value: Any, right: Any) -> bool:
    arrays = isinstance(value, np.ndarray) and isinstance(right, np.ndarray)
    return arrays and value.shape != right.shape


def _is_filled(value: Any) -> bool:
    """Whether an array holds one number everywhere, and not zero."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf" or value.size < 2:
        return False
    return bool(value.flat[0]) and bool((value == value.flat[0]).all())


def _telling(value: Any) -> Iterator[str]:
    """Some numbers of a value that not every computation gives, rounded; or its shape."""
    if not isinstance(value, (bool, int, float, complex, np.number, np.bool_, np.ndarray)):
        return
    array = np.asarray(value)
    if array.dtype.kind not in "iufc" or not array.size:
        return
    places = np.unique(np.linspace(0, array.size - 1, min(array.size, _SAMPLES)).astype(int))
    for number in array.ravel()[places]:
        if np.isfinite(number) and abs(number) not in _TRIVIAL:
            yield f"{complex(number):.6g}"
