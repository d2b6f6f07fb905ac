"""`autograder check` of several assignments: side by side, and each is told."""

import os
import re

import pytest

from autograder.commands import check
from autograder.course.grading_options import EngineChoice, GradingOptions
from autograder.course.layout import Assignment, Course
from autograder.errors import RunnerError
from tests.unit.autograder.test_cli import run, sentence

NAMES = ("momentum", "adam")


class Deadly(Assignment):
    """An assignment that ends the process that is to check it."""

    def __reduce__(self):
        """What the other process makes of it."""
        return os._exit, (1,)


@pytest.fixture
def two(tmp_path):
    """A course of two assignments that were never built, so that they are quickly checked."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", "utf-8")
    for name in NAMES:
        folder = tmp_path / "assignments" / name
        folder.mkdir(parents=True)
        (folder / "assignment.toml").write_text("", "utf-8")
    return Course(tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_each_assignment_is_told(two, workers):
    """In one process or in two: a line for each finding, and a table in the order of the names."""
    result = run("check", *NAMES, "--workers", workers, course=two)
    assert result.exit_code == 1
    said = "".join(result.stdout.split())  # a terminal breaks the lines
    for name in NAMES:
        assert re.search(rf"✗{name}:\S*{name}\.md", said)
    rows = [line.split()[0] for line in result.stdout.splitlines() if line.startswith(NAMES)]
    assert rows == list(NAMES)
    assert result.stderr == ""


def test_those_with_the_most_mistakes_begin(two):
    """Nobody waits for a long one that began last; a bank that is not there is the shortest."""
    (two.assignment("adam").folder / "mistakes.toml").write_text("# many\n", "utf-8")
    order = sorted(map(two.assignment, two.names()), key=check.tried, reverse=True)
    assert [one.name for one in order] == ["adam", "momentum"]


def test_a_process_that_is_ended(two):
    """A sentence that names an assignment and says what to do, and no endless wait."""
    wanted = [two.assignment("adam"), Deadly(two, "momentum")]
    with pytest.raises(RunnerError, match=r"The process that checked \w+ was ended.*--workers 1"):
        list(check.side_by_side(wanted, EngineChoice(), GradingOptions(), 2))


def test_no_workers(two):
    """At least one is needed."""
    result = run("check", "--workers", 0, course=two)
    assert result.exit_code == 2
    assert "--workers" in sentence(result)
