"""The report's own words, one TOML file for each language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

DEFAULT = "en"


def languages() -> list[str]:
    """The languages in which a report can be made, by code."""
    names = (file.name for file in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


@cache
def load(language: str) -> dict[str, str]:
    """All words of a language; English for those that it lacks.

    Raises:
        LookupError: If there is no file for the language.
    """
    if language not in languages():
        raise LookupError(f"no words in {language}; there are {', '.join(languages())}")
    text = (_folder() / f"{language}.toml").read_text("utf-8")
    return (load(DEFAULT) if language != DEFAULT else {}) | tomllib.loads(text)


def _folder() -> Traversable:
    return resources.files("utils.labreport") / "texts"
