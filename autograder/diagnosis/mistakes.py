"""The bank of known mistakes: ``assignments/<name>/mistakes.toml``, read and validated.

A mistake is what a student may write in place of a line of the solution::

    [[mistake]]
    id = "no-keep-prob-scaling"
    function = "forward_propagation_with_dropout"
    replace = [                       # old and new text; old stands once in the function
        ["A1 = A1 * D1 / keep_prob", "A1 = A1 * D1"],
        ["A2 = A2 * D2 / keep_prob", "A2 = A2 * D2"],
    ]
    severity = "major"                # major: the lesson is missed; minor: a slip
    [mistake.title]                   # for lists: what is wrong, in a few words
    en = "the kept units are not divided by keep_prob"
    [mistake.message]                 # for the student: at most two sentences
    en = "... Look at {part}`dropout`."   # a heading by its name (see ``places``)

Beside the mistakes the file says what naming and mutation need to know::

    [free]                            # places of a returned tuple that are the student's affair
    batchnorm_forward = [1]

    [[accepted]]                      # another form of the solution that loses no points
    id = "eps-inside-the-root"
    function = "update_parameters_with_adam"
    replace = [["np.sqrt(s) + epsilon", "np.sqrt(s + epsilon)"]]
    reason = "..."

    [[equivalent]]                    # mutants of the solution that no test can tell from it
    function = "initialize_parameters_he"
    mutant = "line 3: < -> <="
    reason = "..."
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, structs

from autograder.course.catalogues import catalogue_path, translations
from autograder.course.layout import Assignment
from autograder.course.toml_files import read_toml, shown_path
from autograder.diagnosis.places import (
    Heading,
    PlaceError,
    has_references,
    missing_phrases,
    notebook_headings,
    numbered_places,
    render_places,
)
from autograder.errors import CourseError
from utils.messages import ENGLISH, current_language

FILE = "mistakes.toml"

_Text = Annotated[str, Meta(min_length=1)]
_Place = Annotated[int, Meta(ge=0)]


class Mistake(Struct, frozen=True, forbid_unknown_fields=True):
    """One known mistake (see the module's docstring)."""

    id: _Text
    function: _Text
    replace: Annotated[tuple[tuple[str, str], ...], Meta(min_length=1)]
    title: Mapping[str, str]
    message: Mapping[str, str]
    severity: Literal["major", "minor"] = "major"

    def __post_init__(self) -> None:
        for name, texts in (("title", self.title), ("message", self.message)):
            if not texts.get(ENGLISH):
                raise ValueError(f"'{name}.en' is missing.")

    def to_hint(self) -> dict[str, Any]:
        """What a student may be told of it (see ``utils.checking.hints.hint_sentence``)."""
        return {"function": self.function, "title": self.title, "message": self.message}

    def texts(self) -> Iterator[tuple[str, str]]:
        """What a student may read, by the name of the field."""
        for name, texts in (("title", self.title), ("message", self.message)):
            for language, text in texts.items():
                yield f"{name}.{language}", text


class EquivalentMutant(Struct, frozen=True, forbid_unknown_fields=True):
    """A mutant of the solution that does what the solution does, and why."""

    function: _Text
    mutant: _Text
    reason: _Text


class AcceptedForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Another form of the solution that is right; a mistake may be made in it as well."""

    id: _Text
    function: _Text
    replace: Annotated[tuple[tuple[str, str], ...], Meta(min_length=1)]
    reason: _Text


class MistakesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """``mistakes.toml`` as the author wrote it."""

    mistake: tuple[Mistake, ...] = ()
    free: Mapping[str, tuple[_Place, ...]] = msgspec.field(default_factory=dict)
    accepted: tuple[AcceptedForm, ...] = ()
    equivalent: tuple[EquivalentMutant, ...] = ()


@dataclass(frozen=True)
class MistakeBank:
    """What one assignment knows of going wrong.

    Attributes:
        mistakes: By id.
        free: By function, the places of what it returns that are the student's own affair.
        accepted: Other forms of the solution that lose no points.
        equivalent: Mutants that are no mistakes.
    """

    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    free: Mapping[str, Sequence[int]] = field(default_factory=dict)
    equivalent: tuple[EquivalentMutant, ...] = ()
    accepted: tuple[AcceptedForm, ...] = ()

    def of(self, function: str) -> list[Mistake]:
        """The mistakes that are made in one function."""
        return [one for one in self.mistakes.values() if one.function == function]


def load_bank(assignment: Assignment, languages: Sequence[str] = ()) -> MistakeBank:
    """The bank of an assignment, with messages as students read them; empty if it has none.

    Args:
        assignment: The assignment.
        languages: The languages of its messages, besides English; by default the current one.

    Raises:
        CourseError: If the file is faulty, two mistakes have one id, or a message refers to a
            place that the source notebook does not have.
    """
    path = assignment.folder / FILE
    if not path.is_file():
        return MistakeBank()
    # Messages take numbers from the notebook's headings.
    spoken = tuple(languages or [current_language()])
    catalogues = [catalogue_path(assignment, language) for language in spoken]
    versions = map(_version, [path, assignment.source, *catalogues])
    return _load(assignment, spoken, *versions)


def mistake_texts(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """Titles and messages as their author wrote them, each with a note on what it is.

    Raises:
        CourseError: If the file is faulty.
    """
    path = assignment.folder / FILE
    if path.is_file():
        for mistake in read_toml(path, MistakesFile, assignment.course.root).mistake:
            yield mistake.title[ENGLISH], f"the mistake {mistake.id}, in a few words"
            yield (
                mistake.message[ENGLISH],
                f"what the mistake {mistake.id} does: at most two sentences",
            )


def faulty_places(assignment: Assignment) -> Iterator[str]:
    """Sentences on messages that name a part by its number, or quote what is not in the notebook.

    Raises:
        CourseError: If the file is faulty.
    """
    path = assignment.folder / FILE
    if not path.is_file():
        return
    known = notebook_headings(assignment.notebook)
    for mistake in read_toml(path, MistakesFile, assignment.course.root).mistake:
        for name, text in mistake.texts():
            for place, reference in numbered_places(text, known):
                advice = f"Write {reference}" if reference else "No heading has that number"
                yield (
                    f"{_shown(assignment, mistake)}: {name!r} says {place!r}, which nothing "
                    f"checks. {advice}."
                )
        for phrase in missing_phrases(mistake.message[ENGLISH], assignment.notebook):
            where = _shown(assignment, mistake)
            yield f"{where}: 'message.en' quotes {phrase!r}, which the notebook does not say."


def _version(path: Path) -> tuple[int, int]:
    """What tells one state of a file from another; zeros if there is none."""
    if not path.is_file():
        return 0, 0
    status = path.stat()
    return status.st_mtime_ns, status.st_ino


@lru_cache(8)
def _load(assignment: Assignment, languages: tuple[str, ...], *_: tuple[int, int]) -> MistakeBank:
    """A bank, read once for a whole class; read again when a file has changed."""
    record = read_toml(assignment.folder / FILE, MistakesFile, assignment.course.root)
    catalogues = {language: translations(assignment, language) for language in languages}
    record = structs.replace(
        record, mistake=tuple(_translated(mistake, catalogues) for mistake in record.mistake)
    )
    written = [text for mistake in record.mistake for _, text in mistake.texts()]
    referring = any(map(has_references, written))
    known = notebook_headings(assignment.notebook) if referring else []
    mistakes: dict[str, Mistake] = {}
    for mistake in record.mistake:
        if mistake.id in mistakes:
            raise CourseError(f"{_shown(assignment, mistake)}: two mistakes have this id.")
        mistakes[mistake.id] = _rendered(mistake, known, assignment) if referring else mistake
    return MistakeBank(mistakes, record.free, record.equivalent, record.accepted)


def _translated(mistake: Mistake, catalogues: Mapping[str, Mapping[str, str]]) -> Mistake:
    """A mistake with its title and message in these languages too, where they have it."""

    def texts(written: Mapping[str, str]) -> dict[str, str]:
        said = {language: known.get(written[ENGLISH]) for language, known in catalogues.items()}
        return {**written, **{language: text for language, text in said.items() if text}}

    return structs.replace(mistake, title=texts(mistake.title), message=texts(mistake.message))


def _rendered(mistake: Mistake, known: Sequence[Heading], assignment: Assignment) -> Mistake:
    """A mistake whose title and message name places by the numbers that they have."""

    def render(name: str, texts: Mapping[str, str]) -> dict[str, str]:
        done = {}
        for language, text in texts.items():
            try:
                done[language] = render_places(text, known, language)
            except PlaceError as error:
                where = _shown(assignment, mistake)
                raise CourseError(f"{where}: '{name}.{language}' {error}") from error
        return done

    return structs.replace(
        mistake, title=render("title", mistake.title), message=render("message", mistake.message)
    )


def _shown(assignment: Assignment, mistake: Mistake) -> str:
    """What a sentence calls a mistake: its file and its id."""
    path = shown_path(assignment.folder / FILE, assignment.course.root)
    return f"{path}, mistake {mistake.id!r}"
