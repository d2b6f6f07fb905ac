"""Workflow commands: one per line, and none that a student wrote."""

import re

from hypothesis import given

from autograder.reports import workflow
from autograder.reports.grade_view import GradeView
from tests.support import hostile_grades as hostile
from tests.support.hostile_grades import FAILED, SAMPLE

COMMAND = re.compile(r"::(error|warning|notice) (?:file=[^:,\n]+,)?title=[^:,\n]*::[^\n]*")


def test_one_command_per_failed_check():
    """For the notebook, with the check as title; a check that did not finish is a warning."""
    lines = workflow.render(GradeView(SAMPLE, "hw.ipynb")).splitlines()
    assert lines == [
        "::error file=hw.ipynb,title=l2%3A fresh::Too `big`.",
        "::warning file=hw.ipynb,title=l2%3A slow::It ran over 30 s.",
        "::notice file=hw.ipynb,title=regularization::9 of 38 points; 8 are graded by hand",
    ]


def test_without_a_grade():
    """The error says why."""
    assert (
        "title=Not graded::The kernel broke." in workflow.render(GradeView(FAILED)).splitlines()[0]
    )


@given(hostile.views)
def test_no_text_starts_a_command(view):
    """Every line is a command of ours, and every percent sign is part of an encoded character."""
    for line in workflow.render(view).split("\n")[:-1]:
        assert COMMAND.fullmatch(line)
        assert not re.search(r"%(?!25|0A|3A|2C)", line)
