"""What is wrong in a catalogue, in sentences for the translator."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from autograder.authoring.translation.entries import CODE, MESSAGE, Entry

# What a translation has to keep, by what a finding calls it.
_KEPT = {
    "code": re.compile(r"`+[^`]+`+"),
    "formulas": re.compile(r"\$\$[^$]+\$\$|\$[^$]+\$"),
    "placeholders": re.compile(r"\{\w*\}"),
    "links": re.compile(r"\]\([^)\s]+|https?://[^\s)>，。；）]+"),  # noqa: RUF001
    "tags and anchors": re.compile(r"</?\w+|\b(?:id|href|src|name)=\"[^\"]*\""),
    "numbers": re.compile(r"\d+(?:[.,]\d+)*"),
}
_SENTENCE_END = re.compile(r"[.?!](?=\s|$)|[。？！]")  # noqa: RUF001
_MOST_SENTENCES = 2
_SHOWN = 60  # characters of a text that a finding shows


def catalogue_faults(
    path: Path,
    catalogue: Catalog,
    entries: Iterable[Entry],
    glossary: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[str]:
    """Sentences on all that is missing, only guessed, out of date, or not as in the source.

    Args:
        path: The catalogue's, to be named.
        catalogue: The catalogue.
        entries: The texts of the source as they are now.
        glossary: For terms of the source the words that may stand for them.
    """
    for entry in entries:
        message = catalogue.get(entry.text, entry.context or None)
        said = f"{path.name}: {entry.context or _shorten(entry.text)!r}"
        if message is None or not message.string:
            yield f"{said} {_what_is_missing(message, catalogue, entry)}"
        elif message.fuzzy:
            yield f"{said} has only a guess (fuzzy): look at it, and take the mark away."
        else:
            for fault in _faults_of(entry, str(message.string), glossary or {}):
                yield f"{said} {fault}"


def _what_is_missing(message: Message | None, catalogue: Catalog, entry: Entry) -> str:
    if message is not None:
        return "is not translated."
    stale = any(
        (other.context or "") == entry.context and other.id != entry.text
        for other in catalogue
        if other.id and entry.context
    )
    changed = "has changed" if stale else "is new or has changed"
    return f"{changed} since the catalogue was updated: run `autograder translate`."


def _faults_of(
    entry: Entry, translation: str, glossary: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    text, shown = entry.text, translation
    for name, pattern in _KEPT.items():
        before, after = Counter(pattern.findall(text)), Counter(pattern.findall(shown))
        if before != after:
            lost, added = sorted((before - after).elements()), sorted((after - before).elements())
            yield f"has other {name} than the source: {_listed(lost, added)}."
        text, shown = pattern.sub(" ", text), pattern.sub(" ", shown)
    if entry.note == CODE and entry.text.count("\n") != translation.count("\n"):
        lines = entry.text.count("\n") + 1
        yield f"stands in code and has to have as many lines as the source, {lines}."
    if entry.note.endswith(MESSAGE) and len(_SENTENCE_END.findall(shown)) > _MOST_SENTENCES:
        yield f"has more than {_MOST_SENTENCES} sentences."
    for term, words in glossary.items():
        if re.search(rf"\b{term}\b", text, re.IGNORECASE) and not any(w in shown for w in words):
            yield f"does not call {term!r} {' or '.join(words)}, as the glossary does."


def _listed(lost: list[str], added: list[str]) -> str:
    parts = [
        f"{', '.join(things)} {what}"
        for things, what in ((lost, "missing"), (added, "added"))
        if things
    ]
    return "; ".join(parts)


def _shorten(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
