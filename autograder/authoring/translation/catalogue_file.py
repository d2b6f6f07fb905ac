"""Makes and updates catalogues: gettext's PO files, which Poedit and Weblate open."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from autograder.authoring.translation.entries import Entry
from autograder.errors import CourseError
from autograder.files import atomic_replacement, write_text

_WIDTH = 100  # of a line
_CODE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_HEADER = "# A translation; `autograder translate` brings it up to date with the source."
_HEADER_FIELDS = {
    "project": "course",
    "version": "1",
    "last_translator": "none",
    "language_team": "none",
    "msgid_bugs_address": "none",
    "charset": "utf-8",
}


@dataclass(frozen=True, slots=True)
class CatalogueUpdate:
    """What an update found in a catalogue.

    Attributes:
        total: How many texts the source has.
        new: How many of them were not in the catalogue.
        changed: How many came close to one that is gone: its translation is now a guess (fuzzy).
        untranslated: How many have no translation.
        fuzzy: How many have only a guess, new ones and old ones.
        obsolete: How many entries the source has no more; they stay at the file's end.
    """

    total: int
    new: int
    changed: int
    untranslated: int
    fuzzy: int
    obsolete: int

    def __str__(self) -> str:
        return (
            f"{self.total} texts: {self.new} new, {self.changed} changed; {self.untranslated} to "
            f"translate, {self.fuzzy} to look at (fuzzy), {self.obsolete} obsolete"
        )


def update_catalogue(path: Path, entries: Iterable[Entry], language: str) -> CatalogueUpdate:
    """Make a catalogue, or bring it up to date with the source; no translation is lost.

    Raises:
        CourseError: If there is no such language, or the file is no catalogue.
    """
    catalogue = load_catalogue(path, language)
    before = {(message.context, message.id) for message in catalogue if message.id}
    fuzzy_before = {(message.context, message.id) for message in catalogue if message.fuzzy}
    template = _template(entries, catalogue)
    catalogue.update(template, update_header_comment=True)
    messages = [message for message in catalogue if message.id]
    keys = {(message.context, message.id) for message in messages}
    fuzzy = {(message.context, message.id) for message in messages if message.fuzzy}
    text = io.BytesIO()
    write_po(text, catalogue, width=_WIDTH)
    write_text(text.getvalue().decode().rstrip("\n") + "\n", path)
    return CatalogueUpdate(
        total=len(messages),
        new=len(keys - before - fuzzy),
        changed=len(fuzzy - fuzzy_before),
        untranslated=sum(not message.string for message in messages),
        fuzzy=len(fuzzy),
        obsolete=len(catalogue.obsolete),
    )


def load_catalogue(path: Path, language: str) -> Catalog:
    """Read a catalogue; an empty one if there is none yet.

    Raises:
        CourseError: If there is no such language, or the file is no catalogue.
    """
    if not _CODE.fullmatch(language):
        raise CourseError(f"{language!r} is no language: give a code such as zh_CN.")
    if not path.is_file():
        catalogue = Catalog(language, header_comment=_HEADER, fuzzy=False, **_HEADER_FIELDS)
        catalogue.revision_date = catalogue.creation_date
        return catalogue
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        raise CourseError(f"{path} is no catalogue that can be read: {error}.") from error


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue in the form that Python's own ``gettext`` reads; without what is fuzzy."""
    data = io.BytesIO()
    write_mo(data, catalogue)
    return data.getvalue()


def write_compiled(path: Path, language: str) -> None:
    """Compile a catalogue to a file beside it, with the ending ``.mo``."""
    with atomic_replacement(path.with_suffix(".mo")) as temporary:
        temporary.write_bytes(compiled(load_catalogue(path, language)))


def _template(entries: Iterable[Entry], catalogue: Catalog) -> Catalog:
    """The texts of the source, as a catalogue without translations."""
    template = Catalog(
        fuzzy=False,
        creation_date=catalogue.creation_date,
        header_comment=catalogue.header_comment,
    )
    for entry in entries:
        template.add(
            entry.text,
            context=entry.context or None,
            auto_comments=[entry.note] if entry.note else [],
        )
    return template
