"""The sentences that students read in the results of checks, one TOML file for each language.

The language is set by the environment variable ``COURSE_LANGUAGE``; the default is ``en``. A
sentence that is missing in a language is given in English.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

DEFAULT_LANGUAGE = "en"


@cache
def load_messages(language: str) -> dict[str, str]:
    """Load all sentences of a language, by key; empty if there is no file for it."""
    file = resources.files(__name__) / f"{language}.toml"
    if not file.is_file():
        return {}
    return {str(key): str(text) for key, text in tomllib.loads(file.read_text("utf-8")).items()}


def get_message(key: str, /, **values: object) -> str:
    """Return the sentence ``key`` in the course's language, with ``values`` for its placeholders.

    Raises:
        KeyError: If the sentence exists in no language. That is an error in this package.
    """
    text = load_messages(_language()).get(key) or load_messages(DEFAULT_LANGUAGE)[key]
    return text.format(**values)


def in_course_language(texts: Mapping[str, str]) -> str:
    """Choose from a text in several languages, by language code, the one in the course's language.

    Raises:
        KeyError: If the text exists neither in that language nor in English.
    """
    return texts.get(_language()) or texts[DEFAULT_LANGUAGE]


def _language() -> str:
    return os.environ.get("COURSE_LANGUAGE", DEFAULT_LANGUAGE)
