"""The words of reports, in the language that the grader speaks (``utils.messages.speaking``)."""

from __future__ import annotations

from utils.messages import catalogues, current_language
from utils.messages.sentence import fill

PACKAGE = "autograder.reports.texts"


def words(key: str, /, **values: object) -> str:
    """Return a report's words in the current language, with ``values`` for the placeholders.

    Raises:
        KeyError: If there are none of that name. That is an error in this package.
    """
    return fill(catalogues.sentences(PACKAGE, current_language())[key], values)
