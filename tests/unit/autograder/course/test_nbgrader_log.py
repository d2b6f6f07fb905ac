"""The reason for a failure is found in nbgrader's log."""

import pytest

from autograder.course.nbgrader_log import reason_in_log


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            "[ERROR] a\nautograder.errors.BadSubmissionError: x.ipynb is empty.\nb",
            "x.ipynb is empty.",
        ),
        (
            (
                "ValueError: first\n  RuntimeError: the cell 'f' cannot\n"
                "[ERROR] There was an error\n"
                "NbGraderException: Please see the the above traceback"
            ),
            "the cell 'f' cannot",
        ),
        ("KeyError: 'x'\n", "KeyError: 'x'"),
        (
            (
                "[ERROR] There was an error processing assignment: x\n[ERROR] No kernel.\n"
                "[WARNING] Removing failed assignment: x\n"
                "[ERROR] Please see the the above traceback"
            ),
            "No kernel.",
        ),
        ("[ERROR] No notebooks\n\n", "No notebooks"),
        ("", "no reason given"),
    ],
)
def test_the_reason_in_a_log(log, sentence):
    """The one line that says why."""
    assert reason_in_log({"log": log, "error": ""}) == sentence
