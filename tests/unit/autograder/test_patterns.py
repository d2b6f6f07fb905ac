"""No regular expression that reads what students wrote needs the square of its length."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from re import _constants as sre
from re import _parser as sre_parser

import pytest

import autograder.course
import autograder.diagnosis
import autograder.engine.trusted
import autograder.grading
import autograder.reports
import utils.checking

PACKAGES = (
    autograder.course,
    autograder.diagnosis,
    autograder.engine.trusted,
    autograder.grading,
    autograder.reports,
    utils.checking,
)
LENGTH = 30_000
SECONDS = 0.5  # the square of the length needs ten times as long
UNITS = ("a", "0", "_", " ", "\t", "\n", " \n", "\\", "\\\\", '\\"', '"', "%", "&", "(", "[", "![")
UNITS += ("<", "</", "{", "=", ",", ", ", ".", ";", "-", "`", "#", "\x1b[", "1;", "a=", "a ", "a\n")
# Applied to the instructor's own text, or to a few hundred characters.
OURS = {
    "autograder.course.released_cells._ANSWER",
    "autograder.engine.trusted.failed_lines._PLACE",
}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The compiled patterns of all modules, by name."""
    for package in PACKAGES:
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{info.name}.{name}", value


SHORT = "autograder.course.timestamps."
PATTERNS = {
    name: pattern for name, pattern in patterns() if name not in OURS and not name.startswith(SHORT)
}


def literals(parsed: object) -> Iterator[str]:
    """The runs of plain characters in a parsed pattern: what it looks for."""
    run = ""
    for operator, argument in parsed:  # type: ignore[attr-defined]
        if operator is sre.LITERAL:
            run += chr(argument)
            continue
        if run:
            yield run
            run = ""
        for part in argument if isinstance(argument, tuple | list) else ():
            if isinstance(part, sre_parser.SubPattern):
                yield from literals(part)
            elif isinstance(part, list):
                for alternative in part:
                    if isinstance(alternative, sre_parser.SubPattern):
                        yield from literals(alternative)
    if run:
        yield run


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """CPU time to find all matches."""
    start = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - start


def test_the_slow_kind_is_noticed():
    """A pattern with many beginnings and no end; otherwise the next test could not fail."""
    assert seconds(re.compile(r"\[.*?\]\("), "[" * LENGTH) > SECONDS


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_needs_the_square_of_the_length(name):
    """Of what it looks for and of what stands between, over and over without an end."""
    pattern = PATTERNS[name]
    words = [
        word * times for word in literals(sre_parser.parse(pattern.pattern)) for times in (1, 7)
    ]
    for unit in (
        *UNITS,
        *words,
        "".join(words) or "b",
        *(word + end for word in words for end in " \n"),
    ):
        text = unit * (LENGTH // len(unit))
        for whole in (text, "".join(words) + text + "\x00", "\n" + text):
            assert seconds(pattern, whole) < SECONDS, (unit, whole[:60])
