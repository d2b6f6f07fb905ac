"""The report's own words, in each language (see ``utils.messages.catalogues``)."""

from __future__ import annotations

from utils.messages import catalogues

DEFAULT = catalogues.ENGLISH
PACKAGE = "utils.labreport.texts"


def languages() -> list[str]:
    """The languages in which a report can be made, by code."""
    return catalogues.languages(PACKAGE)


def load(language: str) -> dict[str, str]:
    """All words of a language; English for those that it lacks.

    Raises:
        LookupError: If there is no catalogue for the language.
    """
    if language not in languages():
        raise LookupError(f"no words in {language}; there are {', '.join(languages())}")
    return catalogues.sentences(PACKAGE, language)
