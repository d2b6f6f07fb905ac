"""Workflow commands: one a line, and none that a student wrote."""

import re

from hypothesis import given

from autograder.reports import workflow
from autograder.reports.grade_view import GradeView
from tests.support import hostile_grades as hostile
from tests.support.hostile_grades import FAILED, SAMPLE

COMMAND = re.compile(r"::(error|warning|notice) (?:file=[^:,\n]+,)?title=[^:,\n]*::[^\n]*")


def test_a_command_a_failed_check():
    """On the notebook, with the check as title; what did not end is a warning."""
    lines = workflow.dumps(GradeView(SAMPLE, "hw.ipynb")).splitlines()
    assert lines == [
        "::error file=hw.ipynb,title=l2%3A fresh::Too `big`.",
        "::warning file=hw.ipynb,title=l2%3A slow::It ran over 30 s.",
        "::notice file=hw.ipynb,title=regularization::9 of 38 points; 8 are graded by hand",
    ]


def test_without_a_grade():
    """An error that says why."""
    assert (
        "title=Not graded::The kernel broke." in workflow.dumps(GradeView(FAILED)).splitlines()[0]
    )


@given(hostile.shown)
def test_no_text_begins_a_command(one):
    """Every line is one of our commands, and every per cent sign an encoded one."""
    for line in workflow.dumps(one).split("\n")[:-1]:
        assert COMMAND.fullmatch(line)
        assert not re.search(r"%(?!25|0A|3A|2C)", line)
