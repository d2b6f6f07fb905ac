"""Formgrader's buttons, over HTTP, on a real Jupyter server: it goes on answering."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.examples import load_examples
from autograder.course.layout import CONFIG, Course
from tests.conftest import ASSIGNMENT
from tests.support.jupyterlab import Lab, jupyter_lab
from tests.support.response_times import ResponseTimer

pytestmark = pytest.mark.slow

# One submission that takes as long as an answer must not, whatever the machine. The step is a
# class of the config file itself, which has no name in any other process.
SLOW = """
from time import sleep
from nbgrader.preprocessors import NbGraderPreprocessor

class Long(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        if resources["nbgrader"]["student"] == "slow":
            sleep(3)
        return nb, resources

c.Autograde.autograde_preprocessors.insert(0, Long)
"""
# What the server does without us: nbgrader's own handler is kept over our ``configure``.
PLAIN = """
import autograder.nbgrader_ext.formgrader
autograder.nbgrader_ext.formgrader.install = lambda: None
"""
STUDENTS, DIFFERENT = 24, 8


@pytest.fixture(scope="module")
def course(built, tmp_path_factory) -> Course:
    """A class that has handed in: the assignment's samples, over and over, and a slow one."""
    root = tmp_path_factory.mktemp("buttons") / "course"
    shutil.copytree(built.course.root, root)
    with (root / CONFIG).open("a") as file:
        file.write(f"\nc.Exchange.root = {str(root / 'exchange')!r}\n{SLOW}")
    (root / "exchange").mkdir(mode=0o777)
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    examples = load_examples(assignment)[:DIFFERENT]
    for number in range(STUDENTS):
        written = examples[number % len(examples)].write(assignment, root / "made")
        shutil.copytree(written.parent, course.submitted_dir / f"s{number:02}" / ASSIGNMENT)
    shutil.copytree(written.parent, course.submitted_dir / "slow" / ASSIGNMENT)
    return course


@pytest.fixture(scope="module")
def expected(course) -> dict[str, float]:
    """The automatic points that each student must get, as the samples' authors wrote them."""
    examples = load_examples(course.assignment(ASSIGNMENT))[:DIFFERENT]
    return {f"s{number:02}": examples[number % len(examples)].score for number in range(STUDENTS)}


@pytest.fixture(scope="module")
def server(course, tmp_path_factory) -> Iterator[Lab]:
    """A Jupyter server with formgrader, on the course."""
    with jupyter_lab(course.root, tmp_path_factory.mktemp("home")) as lab:
        yield lab


def press(server: Lab, button: str) -> dict:
    """What formgrader's page gets when a button is pressed."""
    request = urllib.request.Request(  # noqa: S310  our own server
        f"{server.url}/formgrader/api/{button}",
        method="POST",
        headers={"Authorization": f"token {server.token}"},
    )
    with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
        return json.load(answer)


def autograde(server: Lab, student: str) -> dict:
    """Press a student's Autograde button."""
    return press(server, f"submission/{ASSIGNMENT}/{student}/autograde")


@pytest.mark.long
def test_the_pulse_feels_a_server_that_freezes(course, tmp_path):
    """Nbgrader's own handler holds all others up while it grades: the measure is in order."""
    root = tmp_path / "course"
    shutil.copytree(course.root, root)
    config = (root / CONFIG).read_text()
    (root / CONFIG).write_text(PLAIN + config)
    with (
        jupyter_lab(root, tmp_path / "home") as plain,
        ResponseTimer(plain.url, plain.token) as pulse,
    ):
        assert autograde(plain, "slow")["success"]
    assert pulse.slowest > 2.5


def test_the_server_answers_while_a_long_submission_is_graded(server):
    """Within a second, as it would with nothing to do."""
    with ResponseTimer(server.url, server.token) as pulse:
        answer = autograde(server, "slow")
    assert answer["success"], answer
    assert len(pulse.seconds) > 10
    assert pulse.slowest < 1.0


@pytest.mark.long
def test_a_class_pressed_in_one_go_is_graded_and_the_server_answers(server, course, expected):
    """Each student's own points, one after the other; the answers come within a second."""
    with ThreadPoolExecutor(STUDENTS) as presses, ResponseTimer(server.url, server.token) as pulse:
        answers = list(presses.map(lambda student: autograde(server, student), expected))
    assert all(answer["success"] for answer in answers), answers
    assert pulse.slowest < 1.0
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as book:
        scores = {
            student: sum(one.auto_score or 0 for one in notebook.grades)
            for student in expected
            for notebook in [book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)]
        }
    assert scores == expected


def test_a_button_that_fails_says_why(server):
    """As nbgrader's own do: the log and the reason, for the page's window."""
    answer = autograde(server, "nobody")
    assert not answer["success"]
    assert "nobody" in answer["log"] + answer["error"]
