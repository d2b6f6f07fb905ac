"""The button Validate shows what the checks say, without their code."""

import io
import json

import pytest
from nbgrader.validator import Validator

from utils.checking.validation import adapt_validation, find_damage, first_words

CHECKS = """\
import numpy as np
from utils import checks

exercise = checks.Exercise(
    "gradient_check", points=15
)
exercise.report()"""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (CHECKS, "the checks of gradient_check"),
        ("exercise = checks.Exercise('relu', 3)", "the checks of relu"),
        ("assert square(2) == 4\nassert square(3) == 9", "assert square(2) == 4 …"),
        ("assert square(2) == 4", "assert square(2) == 4"),
    ],
)
def test_what_a_cell_is_about(source, words):
    """An exercise's checks are named; of another cell the first line is shown."""
    assert first_words(source) == words


@pytest.fixture
def notebook(tmp_path):
    """A notebook with one check."""
    check = {"cell_type": "code", "metadata": {"nbgrader": {"grade": True}}, "source": "1"}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [check]}))
    return path


def test_a_failed_cell_is_named_and_its_error_stays(monkeypatch, notebook):
    """The config may be loaded more than once."""
    failed = {"failed": [{"source": CHECKS, "error": "<b>x</b>", "raw_error": "x"}]}
    monkeypatch.setattr(Validator, "validate", lambda self, filename: failed)
    adapt_validation()
    adapt_validation()
    assert Validator().validate(str(notebook))["failed"] == [
        {"source": "the checks of gradient_check", "error": "<b>x</b>", "raw_error": "x"}
    ]


def test_other_results_stay(monkeypatch, notebook):
    """Changed cells are shown as they are: their text is what matters there."""
    changed = {"changed": [{"source": CHECKS}]}
    monkeypatch.setattr(Validator, "validate", lambda self, filename: changed)
    adapt_validation()
    assert Validator().validate(str(notebook)) == {"changed": [{"source": CHECKS}]}


DAMAGED = [
    "",
    "{",
    "<!DOCTYPE html>",
    "[]",
    '{"cells": []}',
    '{"nbformat": 4, "cells": 1}',
    "[" * 9999,
]
FOREIGN = ["[]", "[1, null]", '[{"metadata": {"nbgrader": 1}}]', '[{"metadata": {"nbgrader": {}}}]']


@pytest.mark.parametrize("text", [*DAMAGED, *(f'{{"nbformat": 4, "cells": {f}}}' for f in FOREIGN)])
def test_what_cannot_be_graded_is_no_success(monkeypatch, tmp_path, text):
    """It fails with a sentence, before anything is run; nothing of it is cut off."""
    monkeypatch.setattr(Validator, "validate", lambda self, filename: {})
    adapt_validation()
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    validator = Validator()
    validator.stream = io.StringIO()
    validator.validate_and_print(str(path))
    printed = " ".join(validator.stream.getvalue().split())
    assert "VALIDATION FAILED ON 1 CELL(S)" in printed
    assert "..." not in printed
    assert printed.endswith(find_damage(path))
    assert printed.endswith("Copy your answers into a fresh copy of the course's notebook.")


def test_older_notebooks_are_nbgraders_to_read(tmp_path, notebook):
    """Neither they nor a notebook with a check are called damaged."""
    assert find_damage(notebook) == ""
    old = tmp_path / "old.ipynb"
    old.write_text(json.dumps({"nbformat": 3, "worksheets": [], "cells": []}))
    assert find_damage(old) == ""
