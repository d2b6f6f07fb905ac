"""A mistake gets the same message in the notebook, from ``try`` and on the feedback page."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess

import pytest

from autograder.authoring.build import build
from autograder.authoring.examples import load_examples
from autograder.course.notebook import is_experiment, write_notebook
from autograder.diagnosis.mistakes import load_bank
from tests.conftest import copy_course
from tests.support.jupyterlab import jupyter_lab
from utils.checking.hints import FILE

pytestmark = pytest.mark.browser

NAME, STUDENT = "regularization", "goran"
MISTAKE = "no-keep-prob-scaling"
CELL = "dropout-forward-check"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which one student forgot to divide by keep_prob."""
    course = copy_course(tmp_path_factory.mktemp("message") / "course")
    (example,) = [
        one for one in load_examples(course.assignment(NAME)) if one.names.get(CELL) == MISTAKE
    ]
    build(course.assignment(NAME))  # adds it to the gradebook
    notebook = example.notebook(course.assignment(NAME))
    notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
    folder = course.submitted_dir / STUDENT / NAME
    write_notebook(notebook, folder / f"{NAME}.ipynb")
    shutil.copy(course.assignment(NAME).release.parent / FILE, folder)
    for command in ("autograde", "generate_feedback"):
        process = subprocess.run(
            ["nbgrader", command, NAME],
            cwd=course.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout + process.stderr
    return course


@pytest.fixture(scope="module")
def message(course):
    """The message of the mistake bank."""
    return " ".join(load_bank(course.assignment(NAME)).mistakes[MISTAKE].message["en"].split())


def plain(text):
    """Text without code marks, and with single spaces."""
    return " ".join(text.replace("`", "").split())


def test_message_of_try(course, message):
    """In the JSON, for machines."""
    path = course.submitted_dir / STUDENT / NAME / f"{NAME}.ipynb"
    process = subprocess.run(
        ["autograder", "try", str(path), "--format", "json"],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    (graded,) = json.loads(process.stdout)["submissions"]
    (cell,) = [one for one in graded["notebooks"][0]["cells"] if one["grade_id"] == CELL]
    wrong = [check for check in cell["checks"] if check["verdict"] == "wrong"]
    assert {(check["mistake"], " ".join(check["message"].split())) for check in wrong} == {
        (MISTAKE, message)
    }


def test_message_on_the_feedback_page(course, page, screenshots, message):
    """It is there once, in place of the hidden test's code."""
    path = course.root / "feedback" / STUDENT / NAME / f"{NAME}.html"
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    report = page.locator(".check-report").nth(2)
    report.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "message-feedback.png")
    text = plain(report.inner_text())
    assert text.count(plain(message)) == 1
    assert "as above" in text
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert page.locator("math").count() > 0  # formulas that need no script
    assert "BEGIN HIDDEN" not in html.unescape(re.sub("<[^>]+>", "", path.read_text("utf-8")))


@pytest.fixture
def lab(course, tmp_path):
    """JupyterLab with what the student has: the notebook and the files released with it."""
    root = tmp_path / "student"
    shutil.copytree(course.submitted_dir / STUDENT / NAME, root)
    with jupyter_lab(root, tmp_path / "home") as lab:
        yield lab


def test_message_in_the_notebook(lab, page, screenshots, message):
    """It appears when the cell below the stub is run."""
    lab.open_notebook(page, f"{NAME}.ipynb")
    lab.run_all(page)
    report = page.locator(".check-report").nth(2)
    report.wait_for(timeout=120_000)  # until the notebook has run that far
    report.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "message-notebook.png")
    assert plain(message) in plain(report.inner_text())
