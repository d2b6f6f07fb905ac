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
    en = "..."

Beside the mistakes the file says what naming and mutation need to know::

    [free]                            # places of a returned tuple that are the student's affair
    batchnorm_forward = [1]

    [[equivalent]]                    # mutants of the solution that no test can tell from it
    function = "initialize_parameters_he"
    mutant = "line 3: < -> <="
    reason = "..."
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.course.layout import Assignment
from autograder.errors import CourseError

FILE = "mistakes.toml"
SEVERITIES = ("major", "minor")


@dataclass(frozen=True)
class Mistake:
    """One known mistake (see the module's docstring)."""

    id: str
    function: str
    replace: tuple[tuple[str, str], ...]
    title: Mapping[str, str]
    message: Mapping[str, str]
    severity: str = "major"

    def told(self) -> dict[str, Any]:
        """What a student may be told of it (see ``utils.checking.hints.hint_sentence``)."""
        return {"function": self.function, "title": self.title, "message": self.message}


@dataclass(frozen=True)
class EquivalentMutant:
    """A mutant of the solution that does what the solution does, and why."""

    function: str
    mutant: str
    reason: str


@dataclass(frozen=True)
class MistakeBank:
    """What one assignment knows of going wrong.

    Attributes:
        mistakes: By id.
        free: By function, the places of what it returns that are the student's own affair.
        equivalent: Mutants that are no mistakes.
    """

    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    free: Mapping[str, Sequence[int]] = field(default_factory=dict)
    equivalent: tuple[EquivalentMutant, ...] = ()

    def of(self, function: str) -> list[Mistake]:
        """The mistakes that are made in one function."""
        return [one for one in self.mistakes.values() if one.function == function]


def load_bank(assignment: Assignment) -> MistakeBank:
    """The bank of an assignment; empty if it has none.

    Raises:
        CourseError: If the file is not TOML, or an entry lacks something or has too much.
    """
    path = assignment.folder / FILE
    if not path.is_file():
        return MistakeBank()
    seen = path.stat()
    return _load(path, seen.st_mtime_ns, seen.st_ino)


@lru_cache(8)
def _load(path: Path, *_seen: int) -> MistakeBank:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not valid TOML: {error}. Mend that line.") from error
    unknown = sorted(set(data) - {"mistake", "free", "equivalent"})
    if unknown:
        raise CourseError(f"{path} has an unknown entry {unknown[0]!r}. Did you mean [[mistake]]?")
    mistakes: dict[str, Mistake] = {}
    for entry in data.get("mistake", []):
        one = _mistake(path, entry)
        if one.id in mistakes:
            raise CourseError(f"{path} has two mistakes called {one.id!r}. Rename one.")
        mistakes[one.id] = one
    try:
        equivalent = tuple(EquivalentMutant(**entry) for entry in data.get("equivalent", []))
    except TypeError as error:
        raise CourseError(
            f"{path}: each [[equivalent]] has function, mutant and reason, and nothing else."
        ) from error
    return MistakeBank(mistakes, data.get("free", {}), equivalent)


def _mistake(path: Path, entry: Mapping[str, Any]) -> Mistake:
    name = entry.get("id", "without an id")
    try:
        pairs = tuple((str(old), str(new)) for old, new in entry["replace"])
        made = Mistake(**{**entry, "replace": pairs})
    except KeyError as error:
        raise CourseError(f"{path}: the mistake {name!r} has no {error.args[0]}.") from error
    except (TypeError, ValueError) as error:
        raise CourseError(
            f"{path}: the mistake {name!r} is not as it should be: it has id, function, replace "
            "(pairs of old and new text), title.en, message.en and, if need be, severity."
        ) from error
    for part in ("title", "message"):
        texts = getattr(made, part)
        if not isinstance(texts, dict) or not texts.get("en"):
            raise CourseError(f"{path}: the mistake {name!r} has no {part}.en.")
    if made.severity not in SEVERITIES:
        raise CourseError(
            f"{path}: the mistake {name!r} has the severity {made.severity!r}; "
            f"it is one of {', '.join(SEVERITIES)}."
        )
    if not made.replace:
        raise CourseError(f"{path}: the mistake {name!r} replaces nothing.")
    return made
