"""The same mistake, named alike by the three who say it: notebook, ``try``, feedback page."""

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
    course = copy_course(tmp_path_factory.mktemp("naming") / "course")
    (example,) = [
        one for one in load_examples(course.assignment(NAME)) if one.names.get(CELL) == MISTAKE
    ]
    build(course.assignment(NAME))  # enters it into the gradebook
    notebook = example.notebook(course.assignment(NAME))
    notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
    folder = course.submitted_dir / STUDENT / NAME
    write_notebook(notebook, folder / f"{NAME}.ipynb")
    shutil.copy(course.assignment(NAME).release.parent / FILE, folder)
    for command in ("autograde", "generate_feedback"):
        done = subprocess.run(
            ["nbgrader", command, NAME],
            cwd=course.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return course


@pytest.fixture(scope="module")
def message(course):
    """What the bank says of the mistake."""
    return " ".join(load_bank(course.assignment(NAME)).mistakes[MISTAKE].message["en"].split())


def plain(text):
    """A message without its marks for code, and with single spaces."""
    return " ".join(text.replace("`", "").split())


def test_by_try(course, message):
    """As a machine reads it."""
    path = course.submitted_dir / STUDENT / NAME / f"{NAME}.ipynb"
    done = subprocess.run(
        ["autograder", "try", str(path), "--format", "json"],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    (graded,) = json.loads(done.stdout)["submissions"]
    (cell,) = [one for one in graded["cells"] if one["grade_id"] == CELL]
    said = {(one["mistake"], one["message"]) for one in cell["checks"] if one["verdict"] == "wrong"}
    assert {(name, " ".join(text.split())) for name, text in said} == {(MISTAKE, message)}


def test_in_the_feedback_page(course, page, screenshots, message):
    """As a student reads it afterwards: in place of the hidden test's code, once."""
    path = course.root / "feedback" / STUDENT / NAME / f"{NAME}.html"
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    report = page.locator(".check-report").nth(2)
    report.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "naming-feedback.png")
    text = plain(report.inner_text())
    assert text.count(plain(message)) == 1
    assert "as above" in text
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("math").count() > 0  # formulas that need no script
    assert "BEGIN HIDDEN" not in html.unescape(re.sub("<[^>]+>", "", path.read_text("utf-8")))


@pytest.fixture
def lab(course, tmp_path):
    """JupyterLab on what the student has: the notebook, and what was released with it."""
    root = tmp_path / "student"
    shutil.copytree(course.submitted_dir / STUDENT / NAME, root)
    with jupyter_lab(root, tmp_path / "home") as running:
        yield running


def test_in_the_notebook(lab, page, screenshots, message):
    """At once, when the cell under the stub is run."""
    lab.open_notebook(page, f"{NAME}.ipynb")
    lab.run_all(page)
    report = page.locator(".check-report").nth(2)
    report.wait_for(timeout=120_000)  # until the notebook has run that far
    report.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "naming-notebook.png")
    assert plain(message) in plain(report.inner_text())
