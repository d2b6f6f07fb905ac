"""Lets nbgrader's *Validate* say what the checks say, without the code of the checks before it.

A notebook that cannot be graded is a failure, too. nbgrader ends with a traceback on a damaged one,
and calls one without any check a success.
"""

from __future__ import annotations

import functools
import json
import re
import textwrap
from pathlib import Path
from typing import Any

from utils.messages import get_message

_FORMAT = 4
_EXERCISE = re.compile(r"""checks\.Exercise\(\s*["'](\w+)""")


def adapt_validation() -> None:
    """Make ``nbgrader validate`` and its button say what is wrong, in few words.

    They show one line of a failed test cell, and not all of it.

    Called from an ``nbgrader_config.py``, as nbgrader has no setting for this.
    """
    from nbgrader.validator import Validator  # noqa: PLC0415  students may not have nbgrader

    validate = Validator.validate
    if hasattr(validate, "__wrapped__"):  # a server loads its config each time
        return

    @functools.wraps(validate)
    def validate_shortly(self: Any, filename: str) -> dict[str, list[dict[str, str]]]:
        if sentence := find_damage(Path(filename)):
            text = textwrap.fill(sentence, self.width - len(self.indent) - 3)  # longer is cut
            return {"failed": [{"source": Path(filename).name, "error": text, "raw_error": text}]}
        results: dict[str, list[dict[str, str]]] = validate(self, filename)
        for cell in results.get("failed", []):
            cell["source"] = first_words(cell["source"])
        return results

    Validator.validate = validate_shortly


def find_damage(path: Path) -> str:
    """Why nothing in a notebook can be checked, in sentences; empty if something can be."""
    advice = get_message("copy_answers")
    try:
        notebook = json.loads(path.read_bytes())
        cells = [*notebook["cells"]] if notebook["nbformat"] == _FORMAT else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"{get_message('no_notebook')} {advice}"
    if cells is None:  # nbgrader converts other formats, or says that it cannot
        return ""
    if not any(_is_graded(cell) for cell in cells):
        return f"{get_message('no_checks')} {advice}"
    return ""


def _is_graded(cell: Any) -> bool:
    """Whether a cell gives points; a damaged one may be anything."""
    try:
        return cell["metadata"]["nbgrader"]["grade"] is True
    except (KeyError, TypeError):
        return False


def first_words(source: str) -> str:
    """What a test cell is about; of any other cell its first line."""
    if exercise := _EXERCISE.search(source):
        return get_message("checks_of", function=exercise[1])
    first, *rest = source.split("\n")
    return f"{first} …" if rest else first
