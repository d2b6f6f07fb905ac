"""The sentences that students read in the results of checks, in the course's language.

While work is graded, and wherever else the grader speaks, the course's config says which language
that is (``speaking``). In a student's own notebook it is the language in which the notebook was
released, unless the student asks for another one::

    from utils.messages import use_language

    use_language("en")

A sentence that is missing in a language is given in English.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from utils.messages import catalogues
from utils.messages.catalogues import ENGLISH as ENGLISH  # for those who import it from here
from utils.messages.sentence import fill

# Set for as long as the grader speaks, and inherited by the kernels that it starts.
_VARIABLE = "AUTOGRADER_LANGUAGE"
_RELEASED_WITH = "hints.json"  # lies beside a notebook and says in which language it was released

_own: list[str] = []  # the language that the student asked for, if any


def get_message(key: str, /, **values: object) -> str:
    """Return the sentence ``key`` in the current language, with ``values`` for its placeholders.

    Raises:
        KeyError: If there is no such sentence. That is an error in this package.
    """
    return fill(load_messages(current_language())[key], values)


def load_messages(language: str) -> dict[str, str]:
    """All sentences of a language, by key; English where there is none."""
    return catalogues.sentences(__name__, language)


def languages() -> list[str]:
    """The languages that there are messages in, by code."""
    return catalogues.languages(__name__)


def in_course_language(texts: Mapping[str, str]) -> str:
    """Choose from a text in several languages, by language code, the one in the current language.

    Raises:
        KeyError: If the text exists neither in that language nor in English.
    """
    return texts.get(current_language()) or texts[ENGLISH]


def current_language() -> str:
    """The language that messages are in now, such as ``zh_CN``."""
    if graders := os.environ.get(_VARIABLE):
        return graders
    return _own[-1] if _own else _released_language()


def language_tag() -> str:
    """The current language as HTML names it, such as ``zh-CN``."""
    return current_language().replace("_", "-")


def use_language(language: str) -> None:
    """Choose the language of the messages in your own copy of a notebook, such as ``zh_CN``.

    It holds until the kernel is restarted. Grading always uses the course's language.

    Raises:
        ValueError: If there are no messages in it.
    """
    if language not in languages():
        raise ValueError(
            f"There are no messages in {language!r}, only in {', '.join(languages())}."
        )
    _own[:] = [language]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use the course's language in this process and those that it starts, until the block ends."""
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = language
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before


def _released_language() -> str:
    try:
        path = Path.cwd() / _RELEASED_WITH
        status = path.stat()
    except OSError:
        return ENGLISH
    return _read_language(path, status.st_mtime_ns, status.st_size)


@lru_cache(4)
def _read_language(path: Path, *_version: int) -> str:
    try:
        language = json.loads(path.read_text("utf-8"))["language"]
    except (OSError, ValueError, KeyError, TypeError):
        return ENGLISH  # a damaged file must not stop a student's work
    return language if isinstance(language, str) else ENGLISH
