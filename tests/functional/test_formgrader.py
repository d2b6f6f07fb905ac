"""Formgrader's buttons on a real Jupyter server, which keeps responding."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook

from autograder.authoring.examples import load_examples
from autograder.course.layout import CONFIG, Course
from autograder.course.notebook import read_notebook, write_notebook
from tests.conftest import ASSIGNMENT
from tests.support import hostile_texts
from tests.support.jupyterlab import Lab, jupyter_lab
from tests.support.response_times import ResponseTimer

pytestmark = pytest.mark.slow

# Makes one submission take longer than a response may, on any machine. The preprocessor is a class
# of the config file itself, which other processes cannot import.
SLOW = """
from time import sleep
from nbgrader.preprocessors import NbGraderPreprocessor

class Sleep(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        if resources["nbgrader"]["student"] == "slow":
            sleep(3)
        return nb, resources

c.Autograde.autograde_preprocessors.insert(0, Sleep)
"""
# Keeps nbgrader's own handlers of the buttons although ``configure`` is called.
PLAIN = """
import autograder.nbgrader_ext.formgrader
autograder.nbgrader_ext.formgrader.install = lambda: None
"""
STUDENTS, DIFFERENT = 24, 8


@pytest.fixture(scope="module")
def course(built, tmp_path_factory) -> Course:
    """A class that submitted the assignment's samples, each several times, and one slow one."""
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
    notebook = read_notebook(written).notebook
    notebook.cells += [new_markdown_cell(text) for text in hostile_texts.SLOW.values()]
    write_notebook(notebook, course.submitted_dir / "mallory" / ASSIGNMENT / written.name)
    return course


@pytest.fixture(scope="module")
def expected(course) -> dict[str, float]:
    """The automatic points that each student must get, as the samples state them."""
    examples = load_examples(course.assignment(ASSIGNMENT))[:DIFFERENT]
    return {f"s{number:02}": examples[number % len(examples)].score for number in range(STUDENTS)}


@pytest.fixture(scope="module")
def server(course, tmp_path_factory) -> Iterator[Lab]:
    """A Jupyter server with formgrader, on the course."""
    with jupyter_lab(course.root, tmp_path_factory.mktemp("home")) as lab:
        yield lab


def press(server: Lab, button: str) -> dict:
    """Press a button; what formgrader's page gets as a response."""
    request = urllib.request.Request(  # noqa: S310  our own server
        f"{server.url}/formgrader/api/{button}",
        method="POST",
        headers={"Authorization": f"token {server.token}"},
    )
    with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310
        return json.load(response)


def autograde(server: Lab, student: str) -> dict:
    """Press a student's Autograde button."""
    return press(server, f"submission/{ASSIGNMENT}/{student}/autograde")


@pytest.mark.long
def test_the_timer_notices_a_server_that_freezes(course, tmp_path):
    """With nbgrader's own handlers nothing else is answered meanwhile: the test can fail."""
    root = tmp_path / "course"
    shutil.copytree(course.root, root)
    config = (root / CONFIG).read_text()
    (root / CONFIG).write_text(PLAIN + config)
    with (
        jupyter_lab(root, tmp_path / "home") as plain,
        ResponseTimer(plain.url, plain.token) as timer,
    ):
        assert autograde(plain, "slow")["success"]
    assert timer.slowest > 2.5


def test_the_server_responds_while_a_slow_submission_is_graded(server):
    """Within a second, as if it had nothing to do."""
    with ResponseTimer(server.url, server.token) as timer:
        result = autograde(server, "slow")
    assert result["success"], result
    assert len(timer.seconds) > 10
    assert timer.slowest < 1.0


def test_the_server_responds_while_a_page_is_made(server, course):
    """Of a submission with texts that take long to render; all of them are on the page."""
    assert autograde(server, "mallory")["success"]
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as gradebook:
        id_ = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "mallory").id
    request = urllib.request.Request(  # noqa: S310  our own server
        f"{server.url}/formgrader/submissions/{id_}/?index=0",
        headers={"Authorization": f"token {server.token}"},
    )
    with (
        ResponseTimer(server.url, server.token) as timer,
        urllib.request.urlopen(request, timeout=300) as response,  # noqa: S310
    ):
        page = response.read().decode()
    assert "comment tabbable" in page, "formgrader's own template"
    assert page.count('<details class="model-answer"') == 3
    assert "a test set that has chosen can no longer judge" in page
    assert "<math" in page
    assert page.count("too intricate to be formatted") < len(hostile_texts.SLOW)
    assert "[a]([a](" in page
    assert timer.slowest < 1.0


@pytest.mark.long
def test_the_server_responds_while_a_whole_class_is_graded(server, course, expected):
    """All buttons are pressed at once; each student gets the right points."""
    with ThreadPoolExecutor(STUDENTS) as presses, ResponseTimer(server.url, server.token) as timer:
        results = list(presses.map(lambda student: autograde(server, student), expected))
    assert all(result["success"] for result in results), results
    assert timer.slowest < 1.0
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as gradebook:
        scores = {
            student: sum(one.auto_score or 0 for one in notebook.grades)
            for student in expected
            for notebook in [gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)]
        }
    assert scores == expected


def test_a_button_that_fails_says_why(server):
    """Like nbgrader's own: with the log and the reason, which the page shows."""
    result = autograde(server, "nobody")
    assert not result["success"]
    assert "nobody" in result["log"] + result["error"]
