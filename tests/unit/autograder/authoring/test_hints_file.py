"""What lies beside a release, for a student's own notebook to name mistakes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.authoring import hints_file
from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.released_cells import release_source
from autograder.diagnosis.solution import Solution
from tests.support.mistake_bank import MISTAKES, TEST, assignment, bank
from utils.checking.hints import FILE, find_hint, unpack

repeated = st.recursive(
    st.sampled_from([None, 1, 0.5, "a", "=", "=3", "==0", "a long text", "= a long text"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "=0", "long key"]), inner, max_size=3)
        | inner.map(lambda one: [one, one])
    ),
    max_leaves=12,
)

SECRETS = ("x + mean", "keepdims", "scaled", "x - mean", "mean = np")


@pytest.fixture
def text(monkeypatch):
    """The file's text for the small exercise."""
    monkeypatch.setattr(hints_file, "load_bank", lambda _: bank())
    monkeypatch.setattr(Solution, "of", Solution)
    return hints_file.hints_text(assignment())


def test_no_bank_no_file(monkeypatch):
    """A course may do without."""
    monkeypatch.setattr(hints_file, "load_bank", lambda _: bank("none"))
    assert hints_file.hints_text(assignment()) is None


def test_no_secret(text):
    """No hidden check, no line of the solution, no mistake's text."""
    assert not [one for one in SECRETS if one in text.replace("unscaled", "")]


def test_it_is_the_same_each_time(text, monkeypatch):
    """Building twice changes no byte."""
    assert text == hints_file.hints_text(assignment())


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["plus"], "plus"),
        (["wrong-axis"], "wrong-axis"),
        (["plus", "wrong-axis"], "wrong-axis+plus"),
        (["unscaled"], None),  # the visible check has no scale
    ],
)
def test_a_notebook_names_what_its_checks_can_see(text, tmp_path, names, found):
    """One mistake or two; those that only a hidden check sees are named later."""
    (tmp_path / FILE).write_text(text, "utf-8")
    wrong = Solution(assignment()).with_mistakes([one for one in MISTAKES if one.id in names])
    visible = release_source(assignment().notebook.cells[3])
    calls = run_test_cell(visible, wrong, "").calls["printed"]
    hint = find_hint("centred", "printed", calls, tmp_path)
    assert (hint and hint[0]) == found


def test_only_visible_checks_are_in_it(text):
    """By name."""
    data = json.loads(text)
    assert unpack(data["exercises"], data["values"])["centred"].keys() == {"printed"}
    assert "scaled" in TEST


@given(repeated)
def test_what_is_packed_comes_out_again(value):
    """Whatever it is, through JSON as well; and nothing long is written twice."""
    packed, values = hints_file.pack(value)
    assert unpack(*json.loads(json.dumps([packed, values]))) == value
    long = [text for text in map(json.dumps, values) if len(text) > 20]
    assert len(long) == len(set(long))


def test_what_is_said_often_is_written_once():
    """The same answer to the same call, by many mistakes."""
    answer = [[4, 5], [0.1234567, 0.2345678, 0.3456789]]
    text = json.dumps(hints_file.pack([{"is": [str(n)], "prints": [answer, n]} for n in range(50)]))
    assert text.count("0.2345678") == 1
