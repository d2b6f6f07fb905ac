"""`autograder try`: its reports, its exit codes, and which assignment a notebook belongs to."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import click
import pytest

from autograder.commands import try_notebook as command
from autograder.errors import RunnerError
from autograder.grading.grade import GradedSubmission
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.json_report import to_json
from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence

CHECK = CheckResult("A3", Verdict.WRONG, "The A3 is too small.", 7.5, 10.0)
CELL = CellResult("dropout-forward", 10.0, 7.5, Verdict.WRONG, (CHECK,))
GRADE = Grade("ada", ASSIGNMENT, Status.GRADED, 100.0, (CELL,), seconds=0.04)
FAILED = Grade("ada", ASSIGNMENT, Status.NOT_GRADED, 100.0, message="The kernel broke.")


@pytest.fixture
def set_grade(monkeypatch):
    """Let `try` give a certain grade instead of running a notebook."""

    def set_grade(grade):
        monkeypatch.setattr("autograder.grading.grade.grade", lambda *_: GradedSubmission(grade))

    return set_grade


@pytest.mark.parametrize(
    ("grade", "more", "code"),
    [
        (GRADE, (), 0),
        (GRADE, ("--min-score", "7.5"), 0),
        (GRADE, ("--min-score", "7.6"), 1),
        (replace(GRADE, cells=()), (), 0),
        (FAILED, (), 3),
        (FAILED, ("--min-score", "0"), 3),
    ],
)
def test_exit_codes(assignment, set_grade, grade, more, code):
    """0 whatever the marks, 1 below --min-score, 3 without a grade."""
    set_grade(grade)
    result = run("try", assignment.release, *more, course=assignment.course)
    assert result.exit_code == code


def test_the_table(assignment, set_grade):
    """The default report shows the checks to a person."""
    set_grade(GRADE)
    result = run("try", assignment.release, course=assignment.course)
    assert "The A3 is too small." in result.stdout
    assert "7.5 of 100 points" in result.stdout


def test_json(assignment, set_grade):
    """The same form as for a class, with one submission."""
    set_grade(GRADE)
    result = run("try", assignment.release, "--format", "json", course=assignment.course)
    data = json.loads(result.stdout)
    assert data["schema"] == 2
    assert data["submissions"] == json.loads(json.dumps(to_json("x", [GRADE])))["submissions"]


def test_json_without_a_grade(assignment, set_grade):
    """Stdout is valid JSON; the reason is on stderr as well."""
    set_grade(FAILED)
    result = run("try", assignment.release, "--format", "json", course=assignment.course)
    assert json.loads(result.stdout)["submissions"][0]["message"] == "The kernel broke."
    assert "The kernel broke." in sentence(result)


@pytest.mark.parametrize("name", ["table", "json"])
def test_a_report_in_a_file(assignment, set_grade, tmp_path, name):
    """Nothing is printed to stdout."""
    set_grade(GRADE)
    file = tmp_path / "report"
    result = run(
        "try", assignment.release, "--format", name, "--output", file, course=assignment.course
    )
    assert "The A3 is too small." in file.read_text("utf-8")
    assert result.stdout == ""


def test_formats_and_outputs_are_paired():
    """The first format goes to the first output; `-` and a missing output are stdout."""
    assert command.pair_destinations((), ()) == [("table", None)]
    assert command.pair_destinations(("json", "junit"), ("-", "b")) == [
        ("json", None),
        ("junit", Path("b")),
    ]
    assert command.pair_destinations(("json", "junit"), ("a",)) == [
        ("json", Path("a")),
        ("junit", None),
    ]
    for formats, outputs in ((("json", "junit"), ()), (("json",), ("a", "b"))):
        with pytest.raises(click.UsageError):
            command.pair_destinations(formats, outputs)


def test_the_assignment_is_found(assignment, monkeypatch):
    """It is the one whose cells the notebook has, whatever the file is called."""
    submissions = []

    def record(submission, *_):
        submissions.append(submission)
        return GradedSubmission(GRADE)

    monkeypatch.setattr("autograder.grading.grade.grade", record)
    renamed = assignment.release.with_name("homework of ada.ipynb")
    shutil.copy(assignment.release, renamed)
    run("try", renamed, course=assignment.course)
    assert submissions[0].assignment.name == ASSIGNMENT
    assert submissions[0].find_notebook()[0] == renamed


def test_a_folder_needs_the_name_of_the_assignment(assignment):
    """Its notebooks are not searched for the assignment."""
    result = run("try", assignment.release.parent, course=assignment.course)
    assert result.exit_code == 2
    assert "--assignment" in sentence(result)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ('{"nbformat": 99}', "format 99"),
        (
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "is not a notebook of this course (it has none of our cells)",
        ),
    ],
)
def test_a_bad_notebook(assignment, tmp_path, content, words):
    """One sentence on stderr, and the exit code of what cannot be graded, as with its name."""
    path = tmp_path / "homework.ipynb"
    path.write_text(content, "utf-8")
    result = run("try", path, course=assignment.course)
    assert result.exit_code == 3
    assert words in sentence(result)
    assert result.stdout == ""
    named = run("try", path, "--assignment", ASSIGNMENT, course=assignment.course)
    assert named.exit_code == 3


def test_a_broken_machine(assignment, monkeypatch):
    """What is neither the course's fault nor the student's is exit code 3."""

    def fail(*_):
        raise RunnerError("No process can be started.")

    monkeypatch.setattr("autograder.grading.grade.grade", fail)
    result = run("try", assignment.release, course=assignment.course)
    assert result.exit_code == 3
    assert "No process can be started." in sentence(result)


def test_a_file_that_cannot_be_written(assignment, set_grade):
    """The sentence names the file."""
    set_grade(GRADE)
    result = run(
        "try", assignment.release, "--output", assignment.release.parent, course=assignment.course
    )
    assert result.exit_code == 2
    assert str(assignment.release.parent) in sentence(result)


def test_a_keyboard_interrupt_is_no_traceback(assignment, monkeypatch):
    """Somebody who stops a long run sees no internals."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.grading.grade.grade", interrupt)
    result = run("try", assignment.release, course=assignment.course)
    assert result.exit_code != 0
    assert "Aborted" in result.stderr


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_is_not_read(assignment, tmp_path, kind):
    """A link could lead to anything, and a pipe would be waited for."""
    path = tmp_path / "work.ipynb"
    if kind == "link":
        path.symlink_to(assignment.release)
    else:
        os.mkfifo(path)
    result = run("try", path, course=assignment.course)
    assert result.exit_code == 2
    assert "is a link or no file" in sentence(result)
