"""Known mistakes are named in the student's notebook."""

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
from utils.messages import get_message, speaking

TEXTS = {
    "a": {
        "function": "f",
        "title": {"en": "the first"},
        "message": {"en": "First.", "zh_CN": "一"},
    },
    "b": {"function": "g", "title": {"en": "the second"}, "message": {"en": "Second."}},
}


def call(answer, **attributes):
    """A recorded call of ``f``."""
    return Call("f", ((), {}), ((), {}), answer, **attributes)


def entry(names, *calls):
    """The entry in the file for one mistake, or for several at once."""
    return {"is": names, "prints": [hints.fingerprint(call) for call in calls]}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A function that writes hints into a folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(*entries, **parts):
        data = {"schema": hints.SCHEMA, "mistakes": TEXTS, "free": {}, "values": []}
        data["exercises"] = {"f": {"it": entries}}
        (tmp_path / hints.FILE).write_text(json.dumps(data | parts), "utf-8")
        return tmp_path

    return write


def test_a_known_answer_is_named(course):
    """A mistake is known by what the function returned."""
    course(entry(["a"], call(np.ones(3))), entry(["b"], call(np.zeros(3))))
    assert hints.find_hint("f", "it", [call(np.ones(3))]) == ("a", "First.")
    assert hints.find_hint("f", "it", [call(np.full(3, 2.0))]) is None
    assert hints.find_hint("f", "another", [call(np.ones(3))]) is None
    assert hints.find_hint("g", "it", [call(np.ones(3))]) is None
    assert hints.find_hint("f", "it", []) is None


def test_mistakes_with_the_same_answer_are_not_named(course):
    """It would be a guess."""
    course(entry(["a"], call(1.0)), entry(["b"], call(1.0)))
    assert hints.find_hint("f", "it", [call(1.0)]) is None


def test_two_mistakes_at_once(course):
    """They are named only if no single one explains the answer."""
    course(entry(["a"], call(1.0)), entry(["a", "b"], call(1.0)), entry(["b", "a"], call(2.0)))
    assert hints.find_hint("f", "it", [call(1.0)])[0] == "a"
    name, message = hints.find_hint("f", "it", [call(2.0)])
    assert name == "b+a"
    assert "the second, and the first" in message


def test_the_courses_language(course):
    """A message is in the course's language if there is one, otherwise in English."""
    course(entry(["a"], call(1.0)), entry(["b"], call(2.0)))
    with speaking("zh_CN"):
        assert hints.find_hint("f", "it", [call(1.0)]) == ("a", "一")
        assert hints.find_hint("f", "it", [call(2.0)]) == (
            "b",
            get_message("elsewhere", function="g", message="Second."),
        )


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 1}', '{"schema": 2}', "null", "\xff"]
    + [
        f'{{"schema": 2, "values": {values}, "exercises": "=0"}}'
        for values in ("[]", '["=0"]', "0")
    ],
)
def test_a_damaged_file_is_ignored(tmp_path, text):
    """The checks go on without hints."""
    (tmp_path / hints.FILE).write_text(text, "latin-1")
    assert hints.find_hint("f", "it", [call(1.0)], tmp_path) is None


def test_exceptions_and_changed_inputs_count(course):
    """A mistake is also known by the exception, or by what it does to its arguments."""
    x = np.ones(2)
    changed = Call("f", ((x,), {}), ((x * 2,), {}), 1.0)
    course(entry(["a"], call(None, error=ValueError("no"))), entry(["b"], changed))
    assert hints.find_hint("f", "it", [call(None, error=ValueError("no"))])[0] == "a"
    assert hints.find_hint("f", "it", [call(None, error=ValueError("other"))]) is None
    assert hints.find_hint("f", "it", [changed])[0] == "b"
    assert hints.find_hint("f", "it", [Call("f", ((x,), {}), ((x,), {}), 1.0)]) is None


def test_free_places_do_not_count(course):
    """A cache may hold whatever the student likes."""
    without_cache = {"is": ["a"], "prints": [hints.fingerprint(call((1.0, "cache")), [1])]}
    course(without_cache, free={"f": [1]})
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
def test_every_answer_has_a_fingerprint_in_json(answer):
    """Whatever a function returns; and the fingerprint equals itself."""
    fingerprint = hints.fingerprint(call(answer))
    stored = json.loads(json.dumps(fingerprint, allow_nan=False))
    assert hints.same(stored, json.loads(json.dumps(hints.fingerprint(call(answer)))))


@given(strategies.arrays, st.integers(0, 10**6), st.floats(0.01, 9))
def test_one_different_number_is_noticed(array, place, by):
    """Wherever in the array it is."""
    if not array.size or array.dtype.kind not in "fc" or not np.isfinite(array).all():
        return
    other = array.copy()
    other.flat[place % array.size] += by * (1 + np.abs(array).max())
    assert not hints.same(hints.fingerprint(call(array)), hints.fingerprint(call(other)))


def test_a_failed_check_shows_the_hint(course, monkeypatch):
    """In the notebook its message replaces the check's; while work is graded it does not."""
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
