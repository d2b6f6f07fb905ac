"""A language made by a rule: letters get accents, and all that a translation has to keep stays.

Run it as a script to put one assignment of a course into it, and look at the release::

    python -m tests.support.pseudo_language COURSE NAME
"""

import io
import re
import sys
from pathlib import Path

from babel.messages.pofile import write_po

from autograder.authoring.translatable import assignment_source
from autograder.authoring.translation.catalogue_file import load_catalogue, update_catalogue
from autograder.course.layout import Course

LANGUAGE = "zh_CN"  # of which there are messages
_KEPT = re.compile(
    r"(`+[^`]+`+|\$\$[^$]+\$\$|\$[^$]+\$|\{[^}]*\}|\]\([^)]*\)|https?://\S+|<[^>]*>|\\.|\b[A-Za-z]\d\b)"
)
_ACCENTS = str.maketrans("aeinouAEINOU", "áéíñóúÁÉÍÑÓÚ")


def pseudo(text: str) -> str:
    """The text in the pseudo-language."""
    parts = _KEPT.split(text)
    return "".join(
        part if place % 2 else part.translate(_ACCENTS) for place, part in enumerate(parts)
    )


def write_pseudo_catalogue(course: Course, name: str) -> Path:
    """Put an assignment into the pseudo-language; returns the catalogue."""
    source = assignment_source(course.assignment(name), LANGUAGE)
    update_catalogue(source.catalogue, source.entries, LANGUAGE)
    catalogue = load_catalogue(source.catalogue, LANGUAGE)
    for message in catalogue:
        if message.id:
            message.string = pseudo(message.id)
    data = io.BytesIO()
    write_po(data, catalogue)
    source.catalogue.write_bytes(data.getvalue())
    return source.catalogue


if __name__ == "__main__":
    print(write_pseudo_catalogue(Course(Path(sys.argv[1]).resolve()), sys.argv[2]))  # noqa: T201
