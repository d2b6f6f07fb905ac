"""Processes of the engine killed at random times: never a zero, and the next run works.

Each crash is a ``kill -9`` of one process that the test itself started, a random time after grading
began. The examiner is this process or, where it is to be killed, a grading command. ``FULL=1``
kills more often.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import pytest

from autograder.authoring.examples import load_examples
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Assignment, Submission
from autograder.grading.grade import GradedSubmission, grade
from autograder.models import Status
from autograder.runners.jailed import JailedRunner
from tests.support.solutions import ROOT

FULL = os.environ.get("FULL") == "1"
# How often to kill each of the zygote's two processes, a student's process, and the grader.
ZYGOTES, CHILDREN, GRADERS = (8, 20, 5) if FULL else (2, 4, 1)
# By when, as a part of the usual time: with few crashes none may come too late.
LATEST = 1.0 if FULL else 0.5
GRADE = "from autograder.cli import main; main()"


@pytest.fixture
def submission(registered) -> Submission:
    """A submission in which everything is right."""
    assignment = registered.assignment("regularization")
    example = next(one for one in load_examples(assignment) if one.name == "all_correct")
    path = example.write(assignment, registered.submitted_dir)
    return Submission(assignment, example.student.lower(), path.parent, path)


@pytest.fixture
def runner(submission) -> Iterator[JailedRunner]:
    """A runner for one test, which may kill its processes."""
    with JailedRunner() as runner:
        runner.start(submission.assignment.notebook)
        yield runner


def score(graded: GradedSubmission) -> float:
    """The points of a submission that must have been graded."""
    assert graded.grade.status == Status.GRADED, graded.grade.message
    return graded.grade.score


def graded_while(
    kill: Callable[[], None], seconds: float, submission: Submission, runner: JailedRunner
) -> GradedSubmission:
    """Grade, and call ``kill`` after so many seconds."""
    timer = threading.Timer(seconds, kill)
    timer.start()
    try:
        return grade(submission, runner, GradingOptions())
    finally:
        timer.cancel()
        timer.join()


def zygotes(runner: JailedRunner) -> list[psutil.Process]:
    """The zygote's processes: the outer one, and in its PID namespace the one that forks."""
    assert runner._zygote is not None
    outer = psutil.Process(runner._zygote._process.pid)
    return [outer, *outer.children()]


@pytest.mark.long
@pytest.mark.parametrize("place", [0, -1], ids=["outer", "inner"])
def test_a_killed_zygote_is_never_a_zero(submission, runner, place):
    """The submission is not graded, or was graded before the crash; the next run works."""
    chance = np.random.RandomState(1 + place)
    full = score(grade(submission, runner, GradingOptions()))
    start = time.monotonic()
    score(grade(submission, runner, GradingOptions()))
    usual = time.monotonic() - start
    not_graded = 0
    for _ in range(ZYGOTES):
        victim = zygotes(runner)[place]
        made = graded_while(victim.kill, chance.uniform(0, LATEST * usual), submission, runner)
        if made.grade.status == Status.NOT_GRADED:
            not_graded += 1
            assert "process" in made.grade.message
        else:
            assert score(made) == full
        runner.close()  # whichever it was: what is left of the killed parent goes
        assert score(grade(submission, runner, GradingOptions())) == full
    assert not_graded, "no crash happened while the submission was graded"


@pytest.mark.slow
def test_a_killed_child_costs_nothing(submission, runner):
    """The submission gets full marks from a new one, or is not graded; the next run works."""
    chance = np.random.RandomState(3)
    full = score(grade(submission, runner, GradingOptions()))
    killed = 0

    def kill() -> None:
        nonlocal killed
        for child in zygotes(runner)[-1].children():
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                child.kill()
                killed += 1

    for _ in range(CHILDREN):
        made = graded_while(kill, chance.uniform(0.02, 0.2), submission, runner)
        assert made.grade.status == Status.NOT_GRADED or score(made) == full
    assert killed, "no crash happened while the submission was graded"
    assert score(grade(submission, runner, GradingOptions())) == full


@pytest.mark.long
def test_a_killed_grader_leaves_no_zero(submission):
    """The gradebook has no grade or the right one; the next run gives the right one."""
    chance = np.random.RandomState(5)
    for _ in range(GRADERS):
        command = [sys.executable, "-c", GRADE, "grade", submission.assignment.name, "--force"]
        process = subprocess.Popen(
            command,
            cwd=submission.assignment.course.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_zygote(process)
        time.sleep(chance.uniform(0, 3))  # the random time: there is nothing to wait for
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert _automatic_points(submission.assignment, submission.student) in (None, 75.0)
    process = subprocess.run(
        command, cwd=submission.assignment.course.root, stdout=subprocess.DEVNULL, check=False
    )
    assert process.returncode == 0
    assert _automatic_points(submission.assignment, submission.student) == 75.0


def _wait_for_zygote(process: subprocess.Popen[bytes]) -> None:
    while not psutil.Process(process.pid).children() and process.poll() is None:
        time.sleep(0.01)


def _automatic_points(assignment: Assignment, student: str) -> float | None:
    """The automatic points in the gradebook; None if a test cell has none."""
    from nbgrader.api import Gradebook, MissingEntry

    from autograder.course.settings import Settings

    with Gradebook(Settings.load(assignment.course).db_url) as gradebook:
        try:
            notebooks = gradebook.find_submission(assignment.name, student).notebooks
        except MissingEntry:
            return None
        grades = [grade for notebook in notebooks for grade in notebook.grades]
        points = [grade.auto_score for grade in grades if grade.cell.cell_type == "code"]
    return None if None in points or not points else sum(points)
