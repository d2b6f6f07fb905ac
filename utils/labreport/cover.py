"""The cover of a lab report: the form's fields, and the student's particulars that fill them.

Both lie in a folder ``labreport`` beside the folders of the notebooks: ``form.toml`` comes from the
course, ``particulars.toml`` is the student's. A notebook is handed in with what lies in its own
folder, so particulars lie outside of it: they never enter grading, and marking can stay blind.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

FOLDER, FORM, PARTICULARS = "labreport", "form.toml", "particulars.toml"
_LEVELS_UP = 3


class CoverError(Exception):
    """A form or the particulars cannot be used; the text names the file and says what to do."""


@dataclass(frozen=True)
class Field:
    """One field of the form.

    Attributes:
        name: Its key in ``particulars.toml``.
        labels: What stands before it on the cover, by language code.
        identifies: Whether it tells who the student is.
    """

    name: str
    labels: Mapping[str, str]
    identifies: bool = False

    def label(self, language: str) -> str:
        """The label in a language; English or the name where it has none."""
        return self.labels.get(language) or self.labels.get("en") or self.name


@dataclass(frozen=True)
class Form:
    """The fields of the cover, and the line above them (a school's name)."""

    heading: Mapping[str, str]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Particulars:
    """What a student filled in, by the field's name."""

    values: Mapping[str, str] = field(default_factory=dict)


def find_folder(start: Path) -> Path | None:
    """The folder ``labreport`` in a folder or in one above it."""
    for folder in [start, *start.parents][: _LEVELS_UP + 1]:
        if (folder / FOLDER).is_dir() and not (folder / FOLDER / "__init__.py").exists():
            return folder / FOLDER
    return None


def load_form(folder: Path | None) -> Form:
    """The course's form, or ours where the course has none.

    Raises:
        CoverError: If the course's file cannot be used.
    """
    path = folder / FORM if folder else None
    if path and path.is_file():
        return _parse_form(_read_toml(path), path)
    ours = resources.files("utils.labreport") / FORM
    return _parse_form(tomllib.loads(ours.read_text("utf-8")), Path(FORM))


def load_particulars(folder: Path | None) -> Particulars:
    """What the student filled in; nothing where there is no such file.

    Raises:
        CoverError: If the file cannot be used.
    """
    path = folder / PARTICULARS if folder else None
    if not path or not path.is_file():
        return Particulars()
    values = _read_toml(path)
    for key, value in values.items():
        if not isinstance(value, str | int):
            raise CoverError(f'{path}: {key} has to be a text between quotes, as in {key} = "…".')
    return Particulars({key: str(value) for key, value in values.items()})


def save_particulars(folder: Path, values: Mapping[str, str]) -> Path:
    """Write what the student filled in; return the file.

    Raises:
        OSError: If the file cannot be written.
    """
    folder.mkdir(exist_ok=True)
    path = folder / PARTICULARS
    # JSON's texts are TOML's basic strings.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()]
    new = path.with_suffix(".new")
    new.write_text("".join(lines), "utf-8")
    new.replace(path)
    return path


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CoverError(f"{path}: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CoverError(f"{path} is not valid TOML: {error}.") from None


def _parse_form(data: Mapping[str, Any], path: Path) -> Form:
    unknown = data.keys() - {"heading", "fields"}
    if unknown:
        raise CoverError(f"{path}: unknown key {min(unknown)!r}; known are heading and fields.")
    entries, fields = data.get("fields", []), []
    if not isinstance(entries, list):
        raise CoverError(f"{path}: fields needs a list: write each as a table [[fields]].")
    for entry in entries:
        match entry:
            case {"name": str(name), "label": dict(labels), **rest} if _are_texts(labels):
                extra = sorted(str(key) for key in rest if key != "identifies")
                if extra:
                    raise CoverError(f"{path}: field {name!r} has an unknown key {extra[0]!r}.")
                fields.append(Field(name, labels, rest.get("identifies") is True))
            case _:
                raise CoverError(
                    f"{path}: each of the fields needs a name and a label, as in "
                    'name = "class", label = { en = "Class" }.'
                )
    heading = data.get("heading", {})
    if not isinstance(heading, dict) or not _are_texts(heading):
        raise CoverError(f'{path}: heading needs a text for each language, as in en = "…".')
    return Form(heading, tuple(fields))


def _are_texts(labels: Mapping[str, Any]) -> bool:
    return all(isinstance(text, str) for text in labels.values())
