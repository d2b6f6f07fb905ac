"""Translated sentences: a folder with the English ones, and a gettext catalogue a language.

``en.toml`` holds the English sentences by key. ``zh_CN.po`` beside it is what translators edit,
with the key as the context of each entry, and ``zh_CN.mo`` is made from it: Python's own
``gettext`` reads it, so that students need no other package. ``autograder translate`` writes both.
"""

from __future__ import annotations

import gettext
import tomllib
from functools import cache
from importlib import resources

ENGLISH = "en"


@cache
def english_sentences(package: str) -> dict[str, str]:
    """The English sentences of a package, by key."""
    text = (resources.files(package) / f"{ENGLISH}.toml").read_text("utf-8")
    return {str(key): str(sentence) for key, sentence in tomllib.loads(text).items()}


@cache
def sentences(package: str, language: str) -> dict[str, str]:
    """All sentences of a package by key; in English where the language has none."""
    english = english_sentences(package)
    if language == ENGLISH or language not in languages(package):
        return english
    with (resources.files(package) / f"{language}.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    return {key: catalogue.pgettext(key, sentence) for key, sentence in english.items()}


@cache
def languages(package: str) -> list[str]:
    """The languages that a package has sentences in, by code, English included."""
    names = (file.name for file in resources.files(package).iterdir())
    return sorted([ENGLISH, *(name[:-3] for name in names if name.endswith(".mo"))])
