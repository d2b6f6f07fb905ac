"""``hints.json``, from which a student's own notebook names known mistakes."""

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
        | inner.map(lambda value: [value, value])
    ),
    max_leaves=12,
)

SECRETS = ("x + mean", "keepdims", "scaled", "x - mean", "mean = np")


@pytest.fixture
def text(monkeypatch):
    """The file's text for a small exercise."""
    monkeypatch.setattr(hints_file, "load_bank", lambda *_: bank())
    monkeypatch.setattr(hints_file, "load_solution", Solution)
    return hints_file.hints_text(assignment())


def test_no_mistakes_no_file(monkeypatch):
    """An assignment without known mistakes has no hints file."""
    monkeypatch.setattr(hints_file, "load_bank", lambda *_: bank("none"))
    assert hints_file.hints_text(assignment()) is None


def test_no_secret(text):
    """No hidden check, no line of the solution and no mistake's code is in the file."""
    assert not [secret for secret in SECRETS if secret in text.replace("unscaled", "")]


def test_building_twice_changes_no_byte(text):
    """The file depends on nothing but the assignment."""
    assert text == hints_file.hints_text(assignment())


@pytest.mark.parametrize(
    ("names", "hinted"),
    [
        (["plus"], "plus"),
        (["wrong-axis"], "wrong-axis"),
        (["plus", "wrong-axis"], "wrong-axis+plus"),
        (["unscaled"], None),  # the visible check has no scale
    ],
)
def test_a_notebook_names_mistakes_that_its_checks_notice(text, tmp_path, names, hinted):
    """One mistake or two; one that only a hidden check notices is not named here."""
    (tmp_path / FILE).write_text(text, "utf-8")
    wrong = Solution(assignment()).globals_with_mistakes(
        [entry for entry in MISTAKES if entry.id in names]
    )
    visible = release_source(assignment().notebook.cells[3])
    calls = run_test_cell(visible, wrong, "").calls["printed"]
    hint = find_hint("centred", "printed", calls, tmp_path)
    assert (hint and hint[0]) == hinted


def test_only_visible_checks_are_in_the_file(text):
    """Of the exercise's two checks one is hidden."""
    data = json.loads(text)
    assert unpack(data["exercises"], data["values"])["centred"].keys() == {"printed"}
    assert "scaled" in TEST


@given(repeated)
def test_what_is_packed_comes_out_again(value):
    """For any value, through JSON as well; and nothing long is written twice."""
    packed, values = hints_file.pack(value)
    assert unpack(*json.loads(json.dumps([packed, values]))) == value
    long = [text for text in map(json.dumps, values) if len(text) > 20]
    assert len(long) == len(set(long))


def test_repeated_values_are_written_once():
    """Many mistakes give the same answer to the same call."""
    answer = [[4, 5], [0.1234567, 0.2345678, 0.3456789]]
    text = json.dumps(hints_file.pack([{"is": [str(n)], "prints": [answer, n]} for n in range(50)]))
    assert text.count("0.2345678") == 1
