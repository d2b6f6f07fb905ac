"""Catalogues: made, updated without a loss, and what is wrong in them."""

import io
from pathlib import Path

import pytest
from babel.messages.pofile import write_po

from autograder.authoring.translation.catalogue_file import load_catalogue, update_catalogue
from autograder.authoring.translation.entries import CODE, MESSAGE, Entry
from autograder.authoring.translation.faults import catalogue_faults
from autograder.errors import CourseError

TEXT = "The **loss** is $a$ for 3 of {name}, as `f` says; see [this](x.md)."
GOOD = "**损失**为 $a$，见[此](x.md)：`f` 给出 {name} 的 3 个。"  # noqa: RUF001
ENTRIES = [Entry(TEXT), Entry("One\ntwo", note=CODE), Entry("A. B.", context="k", note=MESSAGE)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "zh_CN.po"


def translate(path: Path, said: dict[str, str]) -> None:
    """Write translations into a catalogue, as a translator does."""
    catalogue = load_catalogue(path, "zh_CN")
    for message in catalogue:
        if message.id in said:
            message.string = said[message.id]
            message.flags.discard("fuzzy")
    data = io.BytesIO()
    write_po(data, catalogue)
    path.write_bytes(data.getvalue())


def faults(path, entries=ENTRIES, glossary=None):
    return list(catalogue_faults(path, load_catalogue(path, "zh_CN"), entries, glossary))


def test_nothing_is_lost(path):
    """New, changed and obsolete entries are told; a second update changes no byte."""
    first = update_catalogue(path, ENTRIES, "zh_CN")
    assert (first.total, first.new, first.untranslated) == (3, 3, 3)
    translate(path, {TEXT: GOOD, "One\ntwo": "一\n二", "A. B.": "甲。乙。"})
    assert faults(path) == []
    changed = TEXT.replace("see", "look at")
    entries = [Entry(changed), ENTRIES[2], Entry("Entirely new")]
    (stale, new) = faults(path, entries)
    assert "is new or has changed" in stale
    assert "Entirely new" in new
    update = update_catalogue(path, entries, "zh_CN")
    assert (update.new, update.changed, update.fuzzy, update.obsolete) == (1, 1, 1, 1)
    assert "一" in path.read_text("utf-8")
    assert load_catalogue(path, "zh_CN").get(changed).string == GOOD
    before = path.read_bytes()
    assert update_catalogue(path, entries, "zh_CN").new == 0
    assert path.read_bytes() == before
    assert [finding.split("' ")[1][:30] for finding in faults(path, entries)] == [
        "has only a guess (fuzzy): look",
        "is not translated.",
    ]


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        (TEXT, GOOD.replace("`f`", "f"), "other code than the source: `f` missing"),
        (
            TEXT,
            GOOD.replace("$a$", "$b$"),
            "other formulas than the source: $a$ missing; $b$ added",
        ),
        (TEXT, GOOD.replace("{name}", "name"), "other placeholders"),
        (TEXT, GOOD.replace("x.md", "y.md"), "other links"),
        (TEXT, GOOD.replace("3", "三"), "other numbers than the source: 3 missing"),
        (TEXT, GOOD.replace("损失", "代价"), "does not call 'loss' 损失 or 误差"),
        ("One\ntwo", "一二", "as many lines as the source, 2"),
        ("A. B.", "甲。乙！丙？", "more than 2 sentences"),  # noqa: RUF001
    ],
)
def test_faults(path, text, translation, fault):
    """Each is named with the entry; nothing else is."""
    update_catalogue(path, ENTRIES, "zh_CN")
    good = {TEXT: GOOD, "One\ntwo": "一\n二", "A. B.": "甲。乙。"}
    translate(path, good | {text: translation})
    (finding,) = faults(path, glossary={"loss": ("损失", "误差")})
    assert fault in finding


@pytest.mark.parametrize("language", ["chinese", "ZH", "../x"])
def test_no_language(path, language):
    """It is said in a sentence."""
    with pytest.raises(CourseError, match="is no language"):
        update_catalogue(path, ENTRIES, language)


def test_a_damaged_catalogue(path):
    """It is not overwritten."""
    path.write_text('msgid "a\n', "utf-8")
    with pytest.raises(CourseError, match="no catalogue that can be read"):
        update_catalogue(path, ENTRIES, "zh_CN")
    assert path.read_text("utf-8") == 'msgid "a\n'
