"""Reading the bank of mistakes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autograder.diagnosis.mistakes import load_bank
from autograder.errors import CourseError

ENTRY = """
[[mistake]]
id = "a"
function = "f"
replace = [["x", "y"]]
title.en = "t"
message.en = "m"
"""


def bank_of(folder, text):
    """The bank that ``text`` is."""
    (folder / "mistakes.toml").write_text(text, "utf-8")
    return load_bank(SimpleNamespace(folder=folder))


def test_no_file_is_an_empty_bank(tmp_path):
    """A course may do without."""
    assert not load_bank(SimpleNamespace(folder=tmp_path)).mistakes


def test_a_bank(tmp_path):
    """Mistakes, what is free, and equivalent mutants."""
    more = '[free]\nf = [1]\n[[equivalent]]\nfunction = "f"\nmutant = "x -> y"\nreason = "r"\n'
    bank = bank_of(tmp_path, ENTRY + more)
    (one,) = bank.of("f")
    assert (one.id, one.replace, one.severity) == ("a", (("x", "y"),), "major")
    assert bank.of("g") == []
    assert bank.free == {"f": [1]}
    assert bank.equivalent[0].mutant == "x -> y"


def test_an_edited_bank_is_read_again(tmp_path):
    """A long-lived formgrader must not go on with the old one."""
    assert "a" in bank_of(tmp_path, ENTRY).mistakes
    (tmp_path / "mistakes.toml").unlink()
    assert "b" in bank_of(tmp_path, ENTRY.replace('"a"', '"b"') + "\n").mistakes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[mistake]", "is not valid TOML"),
        (ENTRY.replace('id = "a"', ""), "mistake 'without an id'"),
        (ENTRY.replace('replace = [["x", "y"]]', ""), "'a' has no replace"),
        (ENTRY.replace('[["x", "y"]]', '[["x"]]'), "'a' is not as it should be"),
        (ENTRY.replace('[["x", "y"]]', "[]"), "'a' replaces nothing"),
        (ENTRY.replace('message.en = "m"', ""), "'a' is not as it should be"),
        (ENTRY.replace("message.en", "message.zh"), "'a' has no message.en"),
        (ENTRY + 'colour = "red"\n', "'a' is not as it should be"),
        (ENTRY + 'severity = "fatal"\n', "'fatal'; it is one of major, minor"),
        (ENTRY + ENTRY, "two mistakes called 'a'"),
        ("[[mistakes]]\n", "unknown entry 'mistakes'"),
        ('[[equivalent]]\nfunction = "f"\n', r"\[\[equivalent\]\] has function"),
    ],
)
def test_a_faulty_bank(tmp_path, text, words):
    """Ends in a sentence that names the file and the entry."""
    with pytest.raises(CourseError, match=words) as raised:
        bank_of(tmp_path, text)
    assert "mistakes.toml" in str(raised.value)
