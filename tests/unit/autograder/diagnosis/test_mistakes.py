"""Reading the bank of mistakes. Faulty files: commands/test_faulty_toml.py."""

from __future__ import annotations

import os

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.course.layout import Assignment, Course
from autograder.course.notebook import write_notebook
from autograder.diagnosis.mistakes import faulty_places, load_bank
from autograder.errors import CourseError

ENTRY = """
[[mistake]]
id = "a"
function = "f"
replace = [["x", "y"]]
title.en = "t"
message.en = "m"
"""


@pytest.fixture
def assignment(tmp_path):
    """An assignment with nothing in it yet."""
    made = Assignment(Course(tmp_path), "x")
    made.folder.mkdir(parents=True)
    return made


def bank_of(assignment, text):
    """The bank that ``text`` is."""
    (assignment.folder / "mistakes.toml").write_text(text, "utf-8")
    return load_bank(assignment)


def with_headings(assignment, *headings):
    """The assignment again, with a source notebook that has these headings."""
    cells = [new_markdown_cell(heading) for heading in headings]
    write_notebook(new_notebook(cells=cells), assignment.source)
    return Assignment(assignment.course, assignment.name)


def test_no_file_is_an_empty_bank(assignment):
    """A course may do without."""
    assert not load_bank(assignment).mistakes
    assert list(faulty_places(assignment)) == []


def test_a_bank(assignment):
    """Mistakes, what is free, and equivalent mutants."""
    more = '[free]\nf = [1]\n[[equivalent]]\nfunction = "f"\nmutant = "x -> y"\nreason = "r"\n'
    bank = bank_of(assignment, ENTRY + more)
    (one,) = bank.of("f")
    assert (one.id, one.replace, one.severity) == ("a", (("x", "y"),), "major")
    assert bank.of("g") == []
    assert bank.free == {"f": (1,)}
    assert bank.equivalent[0].mutant == "x -> y"


def test_a_file_without_mistakes(assignment):
    """An author may begin with it."""
    assert not bank_of(assignment, "# none yet\n").mistakes


def test_an_edited_bank_is_read_again(assignment):
    """A long-lived formgrader must not go on with the old one."""
    assert "a" in bank_of(assignment, ENTRY).mistakes
    (assignment.folder / "mistakes.toml").unlink()
    assert "b" in bank_of(assignment, ENTRY.replace('"a"', '"b"') + "\n").mistakes


def test_a_bank_is_read_once(assignment):
    """Workers ask for it with each submission."""
    assert bank_of(assignment, ENTRY) is load_bank(Assignment(assignment.course, "x"))


def test_places_have_the_numbers_of_the_notebook(assignment):
    """Also after a part was added before them, without an edit of the bank."""
    text = ENTRY.replace('"m"', '"See {part}`dropout`."')
    before = with_headings(assignment, "## 1. Dropout")
    assert bank_of(before, text).mistakes["a"].message == {"en": "See part 1."}
    after = with_headings(assignment, "## 1. The data", "## 2. Dropout")
    os.utime(after.source, ns=(0, 0))
    assert load_bank(after).mistakes["a"].message == {"en": "See part 2."}


def test_another_language_has_its_own_words(assignment):
    """Only numbers are put in."""
    text = ENTRY + 'message.zh_CN = "第 {part}`dropout` 部分"\n'
    bank = bank_of(with_headings(assignment, "## 3. Dropout"), text)
    assert bank.mistakes["a"].message["zh_CN"] == "第 3 部分"


def test_a_place_without_a_source_notebook(assignment):
    """Nobody can tell its number: the sentence says what to do."""
    with pytest.raises(CourseError, match="autograder build x"):
        bank_of(assignment, ENTRY.replace('"t"', '"in {part}`dropout`"'))


def test_places_by_number_are_found(assignment):
    """With the reference to write instead, where there is one."""
    known = with_headings(assignment, "## 2. Dropout")
    bank_of(known, ENTRY.replace('"m"', '"As in Part 2, not in exercise 5."'))
    where = "assignments/x/mistakes.toml, mistake 'a': 'message.en' says"
    assert list(faulty_places(known)) == [
        f"{where} 'Part 2', which nothing checks. Write {{Part}}`dropout`.",
        f"{where} 'exercise 5', which nothing checks. No heading has that number.",
    ]


def test_quoted_phrases_are_looked_up(assignment):
    """Students are sent to them; what is quoted from code or is one word is left alone."""
    known = with_headings(assignment, "## 2. Dropout\n**A word on `shapes`.** Rows first.")
    text = 'See \\"A word on shapes\\", not \\"Mind the shapes\\"; \\"dW1\\" and \\"W1\\" are keys.'
    bank_of(known, ENTRY.replace('"m"', f'"{text}"'))
    (finding,) = faulty_places(known)
    assert finding.startswith("assignments/x/mistakes.toml, mistake 'a': 'message.en' quotes")
    assert finding.endswith("'Mind the shapes', which the notebook does not say.")
