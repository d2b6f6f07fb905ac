"""TOML files into records. The sentences of each kind of file: commands/test_faulty_toml.py."""

from __future__ import annotations

import pytest
from msgspec import Struct

from autograder.course.toml_files import read_toml, suggestion
from autograder.errors import CourseError


class Inner(Struct, forbid_unknown_fields=True):
    """An entry of an array of tables."""

    id: str
    number: int = 0

    def __post_init__(self):
        if self.number == 13:
            raise ValueError("13 is refused.")


class Outer(Struct, forbid_unknown_fields=True):
    """A file."""

    name: str
    inner: list[Inner] = []
    nested: dict[str, dict[str, int]] = {}


def read(folder, text, **fields):
    """The record of a file in a course."""
    (folder / "a.toml").write_text(text, "utf-8")
    return read_toml(folder / "a.toml", Outer, folder, **fields)


def test_a_file_that_fits(tmp_path):
    """Keys that a file leaves out have their defaults."""
    record = read(tmp_path, 'name = "n"\n[[inner]]\nid = "i"\n')
    assert record == Outer("n", [Inner("i")])


def test_a_field_that_is_not_the_files(tmp_path):
    """Given by the caller; the file may not set it."""
    assert read(tmp_path, "", name="given") == Outer("given")
    with pytest.raises(CourseError, match=r"^a\.toml: unknown key 'name'\. Known keys are inner, "):
        read(tmp_path, 'name = "n"\n', name="given")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[inner]]\nid = "i"\nnumber = "1"\n', ", inner 'i': 'number' must be a whole number"),
        ("[[inner]]\nnumber = 1\n", ", inner number 1: 'id' is missing"),
        ("[[inner]]\nid = 1\n", ", inner number 1: 'id' must be text, not 1"),
        ('[[inner]]\nid = "i"\nnumber = 13\n', ", inner 'i': 13 is refused"),
        ("[nested.a]\nb = 1\n[nested.c]\nd = 2\ne = 1.5\n", ": 'nested.c.e' must be a whole"),
    ],
)
def test_where_an_error_is(tmp_path, text, problem):
    """The entry of an array of tables, and the path from there on."""
    with pytest.raises(CourseError) as raised:
        read(tmp_path, 'name = "n"\n' + text)
    assert str(raised.value).startswith(f"a.toml{problem}")


def test_a_file_that_cannot_be_read(tmp_path):
    """Here a folder, whose reading fails for everybody."""
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(CourseError, match=r"^a\.toml cannot be read: Is a directory\.$"):
        read_toml(tmp_path / "a.toml", Outer, tmp_path)


def test_a_file_outside_of_the_course(tmp_path):
    """It is named in full."""
    with pytest.raises(CourseError, match=f"^{tmp_path}/b.toml cannot be read"):
        read_toml(tmp_path / "b.toml", Outer, tmp_path / "course")


def test_a_suggestion():
    """A similar name, if there is one."""
    assert suggestion("pints", ["points", "title"]) == " Did you mean 'points'?"
    assert suggestion("pints", ["title"]) == ""
    assert suggestion("pints", ["title"], " None.") == " None."
