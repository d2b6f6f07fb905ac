"""Every sentence that a check can say, kept as data: one TOML file a language.

The language is that of the environment variable ``COURSE_LANGUAGE`` (default ``en``). A sentence
that a language lacks is said in English.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

DEFAULT_LANGUAGE = "en"


@cache
def sentences(language: str) -> dict[str, str]:
    """All sentences of one language, by key; empty where there is no such file."""
    file = resources.files(__name__) / f"{language}.toml"
    if not file.is_file():
        return {}
    return {str(key): str(text) for key, text in tomllib.loads(file.read_text("utf-8")).items()}


def get_message(key: str, /, **values: object) -> str:
    """The sentence ``key`` in the course's language, with ``{name}`` replaced by ``values``.

    Raises:
        KeyError: If no language has the sentence: a mistake of ours, not of the student's.
    """
    text = sentences(_language()).get(key) or sentences(DEFAULT_LANGUAGE)[key]
    return text.format(**values)


def in_language(texts: Mapping[str, str]) -> str:
    """Of a text in several languages, by their codes, the one in the course's language.

    Raises:
        KeyError: If it is given neither in that language nor in English.
    """
    return texts.get(_language()) or texts[DEFAULT_LANGUAGE]


def _language() -> str:
    return os.environ.get("COURSE_LANGUAGE", DEFAULT_LANGUAGE)
