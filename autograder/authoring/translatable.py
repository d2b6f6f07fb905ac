"""What can be translated: an assignment, or the sentences of a package that students read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from msgspec import Struct

from autograder.authoring.build import from_text
from autograder.authoring.translation.catalogue_file import load_catalogue
from autograder.authoring.translation.entries import MESSAGE, Entry
from autograder.authoring.translation.faults import catalogue_faults
from autograder.authoring.translation.notebook_texts import code_faults, notebook_entries
from autograder.course.catalogues import catalogue_languages, catalogue_path, translations
from autograder.course.layout import Assignment
from autograder.course.toml_files import read_toml
from autograder.diagnosis.mistakes import mistake_texts
from utils.labreport import words
from utils.messages import ENGLISH, catalogues


class Glossary(Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of a field in another language.

    Attributes:
        terms: By a term of the source, as a regular expression, the words that may stand for it.
    """

    terms: Mapping[str, tuple[str, ...]]


# The names by which ``autograder translate`` knows them.
PACKAGES = {
    "messages": "utils.messages",
    "labreport": words.PACKAGE,
    "reports": "autograder.reports.texts",
}


@dataclass(frozen=True)
class Source:
    """Texts to translate, and the catalogue that they are translated in.

    Attributes:
        catalogue: The catalogue's path.
        entries: The texts.
        compiled: Whether the catalogue is compiled, for students to read.
    """

    catalogue: Path
    entries: tuple[Entry, ...]
    compiled: bool = False


def package_source(name: str, language: str) -> Source:
    """The sentences of a package, by a name in ``PACKAGES``."""
    package = PACKAGES[name]
    entries = [
        Entry(sentence, context=key, note=MESSAGE)
        for key, sentence in catalogues.english_sentences(package).items()
    ]
    path = Path(str(resources.files(package) / f"{ENGLISH}.toml")).with_name(f"{language}.po")
    return Source(path, tuple(entries), compiled=True)


def assignment_source(assignment: Assignment, language: str) -> Source:
    """What a student reads of an assignment.

    Raises:
        CourseError: If a file of the assignment is faulty.
    """
    return Source(catalogue_path(assignment, language), tuple(_entries(assignment)))


def _entries(assignment: Assignment) -> Iterator[Entry]:
    """The notebook's texts, then those of its known mistakes; each text once."""
    known: dict[str, Entry] = {}
    for entry in notebook_entries(from_text(assignment, ENGLISH)):
        known.setdefault(entry.text, entry)
    for text, note in mistake_texts(assignment):
        known.setdefault(text, Entry(text, note=note))
    yield from known.values()


def translation_faults(assignment: Assignment) -> Iterator[str]:
    """Sentences on the catalogues of an assignment; one without catalogues has none.

    Raises:
        CourseError: If a catalogue or the glossary cannot be read.
    """
    for language in catalogue_languages(assignment):
        source = assignment_source(assignment, language)
        catalogue = load_catalogue(source.catalogue, language)
        glossary = _glossary(assignment, language)
        yield from catalogue_faults(source.catalogue, catalogue, source.entries, glossary)
        known = translations(assignment, language)
        notebook = from_text(assignment, ENGLISH)
        for fault in code_faults(notebook, lambda text: known.get(text, text)):  # noqa: B023
            yield f"{source.catalogue.name}: {fault}"


def _glossary(assignment: Assignment, language: str) -> Mapping[str, Sequence[str]]:
    """The course's terms in a language: ``assignments/glossary.zh_CN.toml``."""
    course = assignment.course
    path = course.assignments_dir / f"glossary.{language}.toml"
    return read_toml(path, Glossary, course.root).terms if path.is_file() else {}
