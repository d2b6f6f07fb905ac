"""A submission over which its grader loops in C costs itself, and the class is graded."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.commands.exit_codes import NOT_GRADED
from autograder.course.notebook import write_notebook
from tests.support.command_line import run_process

NAME = "loop"
LIMITS = "[limits]\ncell_seconds = 0.5\n"
CONFIG = """
from autograder.nbgrader_ext.config import configure

c = get_config()
configure(c)
c.GradeCells.seed = "a seed of this test's own, long enough"
"""
# What `many` returns decides how long the sum takes, which no signal handler interrupts.
CHECK = "assert sum(range(many(3))) == 3"
MANY = """
def many(n):
    ### START CODE HERE ###
    m = ANSWER
    ### END CODE HERE ###
    return m
"""


def _cell(name: str, source: str, points: int = 0) -> NotebookNode:
    role = {
        "grade_id": name,
        "schema_version": 3,
        "grade": bool(points),
        "solution": not points,
        "locked": bool(points),
        "task": False,
    }
    if points:
        role["points"] = points
    return new_code_cell(textwrap.dedent(source), id=name, metadata={"nbgrader": role})


def _notebook(answer: str) -> NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells = [_cell("many", MANY.replace("ANSWER", answer)), _cell("many-check", CHECK, 1)]
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture
def course(tmp_path) -> Path:
    """A course with four submissions, of which one makes its grader loop."""
    folder = tmp_path / "assignments" / NAME
    folder.mkdir(parents=True)
    (folder / "assignment.toml").write_text(f'title = "Loop"\n{LIMITS}')
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    write_notebook(_notebook("n"), tmp_path / "source" / NAME / f"{NAME}.ipynb")
    answers = {"amy": "n", "bo": "n", "mallory": "10**15", "zoe": "n + 1"}
    for student, answer in answers.items():
        write_notebook(_notebook(answer), _submission(tmp_path, student))
    return tmp_path


def _submission(course: Path, student: str) -> Path:
    return course / "submitted" / student / NAME / f"{NAME}.ipynb"


@pytest.mark.slow
def test_try_says_so(course):
    """Another process is ended, not the one that reports."""
    completed = run_process("try", _submission(course, "mallory"), "--course", course)
    assert completed.returncode == NOT_GRADED
    told = " ".join((completed.stdout + completed.stderr).split())
    assert "took too long and could not be interrupted" in told
    assert "Traceback" not in told


@pytest.mark.long
def test_nbgrader_goes_on_with_the_others(course):
    """`nbgrader autograde` grades one submission after the other, all in one command."""
    run_process("grade", NAME, "--student", "amy", "--course", course)  # registers the assignment
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--create", "--force"]
    completed = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    graded = {path.parts[-3] for path in course.glob(f"autograded/*/{NAME}/{NAME}.ipynb")}
    assert graded == {"amy", "bo", "zoe"}
    assert "took too long and could not be interrupted" in completed.stderr


@pytest.mark.long
def test_it_is_told_the_true_cause_and_the_others_are_graded(course):
    """Three times, of which the last ones alone; nothing is said of memory."""
    out = course / "out.json"
    words = ("grade", NAME, "--workers", "2", "--json", out, "--course", course)
    completed = run_process(*words, timeout=500)
    assert out.exists(), completed.stderr
    graded = json.loads(out.read_text("utf-8"))["submissions"]
    scores = {one["student"]: one["score"] for one in graded if one["status"] == "graded"}
    assert scores == {"amy": 1.0, "bo": 1.0, "zoe": 0.0}
    (message,) = (one["message"] for one in graded if one["status"] != "graded")
    assert "took too long and could not be interrupted" in message
    assert "memory" not in message
