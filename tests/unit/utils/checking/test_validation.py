"""The button Validate shows what the checks say, without their code."""

import pytest
from nbgrader.validator import Validator

from utils.checking.validation import first_words, shorten_validation

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


def test_a_failed_cell_is_named_and_its_error_stays(monkeypatch):
    """The config may be loaded more than once."""
    failed = {"failed": [{"source": CHECKS, "error": "<b>x</b>", "raw_error": "x"}]}
    monkeypatch.setattr(Validator, "validate", lambda self, filename: failed)
    shorten_validation()
    shorten_validation()
    assert Validator().validate("a.ipynb")["failed"] == [
        {"source": "the checks of gradient_check", "error": "<b>x</b>", "raw_error": "x"}
    ]


def test_other_results_stay(monkeypatch):
    """Changed cells are shown as they are: their text is what matters there."""
    changed = {"changed": [{"source": CHECKS}]}
    monkeypatch.setattr(Validator, "validate", lambda self, filename: changed)
    shorten_validation()
    assert Validator().validate("a.ipynb") == {"changed": [{"source": CHECKS}]}
