"""Naming a known mistake in a student's own notebook."""

from __future__ import annotations

import json
from types import FunctionType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from utils import checks
from utils.checking import hints
from utils.checking.calls import Call

TEXTS = {
    "a": {"function": "f", "title": {"en": "the first"}, "message": {"en": "First.", "zh": "一"}},
    "b": {"function": "g", "title": {"en": "the second"}, "message": {"en": "Second."}},
}


def call(answer, **more):
    """One call of ``f``."""
    return Call("f", ((), {}), ((), {}), answer, **more)


def entry(names, *calls):
    """What the file holds of one variant."""
    return {"is": names, "prints": [hints.fingerprint(one) for one in calls]}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with hints, which is the current one; the function writes them."""
    monkeypatch.chdir(tmp_path)

    def write(*entries, **more):
        data = {"schema": hints.SCHEMA, "mistakes": TEXTS, "free": {}, "values": []}
        data["exercises"] = {"f": {"it": entries}}
        (tmp_path / hints.FILE).write_text(json.dumps(data | more), "utf-8")
        return tmp_path

    return write


def test_a_known_answer_is_named(course):
    """By what the function returned."""
    course(entry(["a"], call(np.ones(3))), entry(["b"], call(np.zeros(3))))
    assert hints.find_hint("f", "it", [call(np.ones(3))]) == ("a", "First.")
    assert hints.find_hint("f", "it", [call(np.full(3, 2.0))]) is None
    assert hints.find_hint("f", "another", [call(np.ones(3))]) is None
    assert hints.find_hint("g", "it", [call(np.ones(3))]) is None
    assert hints.find_hint("f", "it", []) is None


def test_two_known_mistakes_with_one_answer_are_not(course):
    """It would be a guess."""
    course(entry(["a"], call(1.0)), entry(["b"], call(1.0)))
    assert hints.find_hint("f", "it", [call(1.0)]) is None


def test_two_mistakes_at_once(course):
    """Only where no single one explains the answer."""
    course(entry(["a"], call(1.0)), entry(["a", "b"], call(1.0)), entry(["b", "a"], call(2.0)))
    assert hints.find_hint("f", "it", [call(1.0)])[0] == "a"
    name, message = hints.find_hint("f", "it", [call(2.0)])
    assert name == "b+a"
    assert "the second, and the first" in message


def test_the_courses_language(course, monkeypatch):
    """Where there is a text in it; else English."""
    course(entry(["a"], call(1.0)), entry(["b"], call(2.0)))
    monkeypatch.setenv("COURSE_LANGUAGE", "zh")
    assert hints.find_hint("f", "it", [call(1.0)]) == ("a", "一")
    assert hints.find_hint("f", "it", [call(2.0)]) == ("b", "In `g`: Second.")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 1}', '{"schema": 2}', "null", "\xff"]
    + [f'{{"schema": 2, "values": {one}, "exercises": "=0"}}' for one in ("[]", '["=0"]', "0")],
)
def test_a_damaged_file_stops_nobody(tmp_path, text):
    """The checks go on without hints."""
    (tmp_path / hints.FILE).write_text(text, "latin-1")
    assert hints.find_hint("f", "it", [call(1.0)], tmp_path) is None


def test_an_exception_and_a_changed_input(course):
    """Are parts of what a call did."""
    x = np.ones(2)
    changed = Call("f", ((x,), {}), ((x * 2,), {}), 1.0)
    course(entry(["a"], call(None, error=ValueError("no"))), entry(["b"], changed))
    assert hints.find_hint("f", "it", [call(None, error=ValueError("no"))])[0] == "a"
    assert hints.find_hint("f", "it", [call(None, error=ValueError("other"))]) is None
    assert hints.find_hint("f", "it", [changed])[0] == "b"
    assert hints.find_hint("f", "it", [Call("f", ((x,), {}), ((x,), {}), 1.0)]) is None


def test_free_places_do_not_count(course):
    """A cache is the student's own."""
    one = {"is": ["a"], "prints": [hints.fingerprint(call((1.0, "cache")), [1])]}
    course(one, free={"f": [1]})
    assert hints.find_hint("f", "it", [call((1.0, {"mine": 2}))])[0] == "a"


values = st.recursive(
    st.one_of(
        strategies.arrays,
        st.floats(),
        st.integers(-9, 9),
        st.booleans(),
        st.none(),
        st.text(max_size=3),
        st.complex_numbers(max_magnitude=9),
        st.just(np.array(["text"])),
        st.builds(object),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(values)
def test_any_answer_can_be_kept_as_json(answer):
    """Whatever a function returns; and it is like itself."""
    made = hints.fingerprint(call(answer))
    kept = json.loads(json.dumps(made, allow_nan=False))
    assert hints.same(kept, json.loads(json.dumps(hints.fingerprint(call(answer)))))


@given(strategies.arrays, st.integers(0, 10**6), st.floats(0.01, 9))
def test_one_other_number_is_seen(array, place, by):
    """Wherever in the array it stands."""
    if not array.size or array.dtype.kind not in "fc" or not np.isfinite(array).all():
        return
    other = array.copy()
    other.flat[place % array.size] += by * (1 + np.abs(array).max())
    assert not hints.same(hints.fingerprint(call(array)), hints.fingerprint(call(other)))


def test_a_failed_check_in_a_notebook_says_it(course, monkeypatch):
    """In place of "wrong values"; while work is graded the hints are not asked."""
    course(entry(["a"], call(1.5)))

    def line():
        exercise = checks.Exercise("f", points=1)
        names = {"f": lambda: 1.5}

        def it(check):
            check.close("the result", names["f"](), 2.0)

        exercise.check("it", points=1)(FunctionType(it.__code__, names, "it", None, it.__closure__))
        return exercise.report().lines[0]

    assert (line().mistake, line().message) == ("a", "First.")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert line().mistake is None
    assert "should be 2" in line().message
