"""`autograder check`: findings and exit codes, of several assignments in parallel too."""

import os
import re

import pytest

from autograder.commands import check
from autograder.course.grading_options import EngineChoice, GradingOptions
from autograder.course.layout import Assignment, Course
from autograder.errors import RunnerError
from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence

NAMES = ("momentum", "adam")


class KillingAssignment(Assignment):
    """An assignment that ends the worker process that is to check it."""

    def __reduce__(self):
        """What the worker process calls to unpickle the assignment."""
        return os._exit, (1,)


@pytest.mark.parametrize(
    ("findings", "code"), [([], 0), (["a [0] is b.", "c says [/b] and [red]."], 1)]
)
def test_findings(registered, monkeypatch, findings, code):
    """0 without a finding; otherwise 1, with each finding on a line of its own."""
    monkeypatch.setattr("autograder.authoring.check.check", lambda *_: findings)
    result = run("check", course=registered)
    assert result.exit_code == code
    assert all(f"{ASSIGNMENT}: {one}" in result.stdout for one in findings or ["nothing found"])


@pytest.fixture
def two_assignments(tmp_path):
    """A course of two assignments that were never built, so that checking them is quick."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", "utf-8")
    for name in NAMES:
        folder = tmp_path / "assignments" / name
        folder.mkdir(parents=True)
        (folder / "assignment.toml").write_text("", "utf-8")
    return Course(tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_each_assignment_is_reported(two_assignments, workers):
    """In one process or in two: a line for each finding, and two tables in order of the names."""
    result = run("check", *NAMES, "--workers", workers, course=two_assignments)
    assert result.exit_code == 1
    text = "".join(result.stdout.split())  # a terminal breaks the lines
    for name in NAMES:
        assert re.search(rf"✗{name}:\S*{name}\.md", text)
    rows = [line.split()[0] for line in result.stdout.splitlines() if line.startswith(NAMES)]
    assert rows == [*NAMES, *NAMES]
    assert result.stderr == ""


def test_the_largest_mistake_bank_comes_first(two_assignments):
    """The run does not wait for a long one that started last; a missing bank is the smallest."""
    (two_assignments.assignment("adam").folder / "mistakes.toml").write_text("# many\n", "utf-8")
    order = sorted(
        map(two_assignments.assignment, two_assignments.names()),
        key=check.mistake_bank_size,
        reverse=True,
    )
    assert [assignment.name for assignment in order] == ["adam", "momentum"]


def test_a_worker_process_that_is_killed(two_assignments):
    """The sentence names an assignment and says what to do; the run does not hang."""
    wanted = [two_assignments.assignment("adam"), KillingAssignment(two_assignments, "momentum")]
    with pytest.raises(RunnerError, match=r"The process that checked \w+ was killed.*--workers 1"):
        list(check.check_in_parallel(wanted, EngineChoice(), GradingOptions(), 2))


def test_no_workers(two_assignments):
    """At least one worker is needed."""
    result = run("check", "--workers", 0, course=two_assignments)
    assert result.exit_code == 2
    assert "--workers" in sentence(result)
