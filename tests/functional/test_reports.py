"""Reports of a class that was really graded, and of notebooks that were really run."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner
from junitparser import JUnitXml

from autograder import cli
from autograder.authoring.examples import Example, load_examples
from autograder.batch.course_grading import CourseGrading
from autograder.batch.outcomes import SubmissionState
from autograder.course.layout import Course
from autograder.reports.formats import FORMATS
from tests.conftest import ASSIGNMENT
from tests.support import made_up_class as made_up
from tests.support.solutions import ROOT

pytestmark = pytest.mark.slow
DAMAGED = '{"cells": ['


def run(*arguments, course):
    """Call the command line in this process."""
    given = [*map(str, arguments), "--course", str(course.root)]
    return CliRunner().invoke(cli.main, given)


@pytest.fixture(scope="module")
def class_run(built, tmp_path_factory):
    """A course with three submissions, graded: right, a known mistake, a damaged file."""
    import shutil

    folder = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, folder)
    course = Course(folder)
    assignment = course.assignment(ASSIGNMENT)
    examples = {one.name: one for one in load_examples(Course(ROOT).assignment(ASSIGNMENT))}
    for name in ("all_correct", "no_keep_prob_scaling"):
        examples[name].write(assignment, course.submitted_dir)
    damaged = course.submitted_dir / "zoe" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    damaged.parent.mkdir(parents=True)
    damaged.write_text(DAMAGED)
    with CourseGrading(course) as grading:
        store = grading.gradebook_store(assignment)
        outcomes = list(grading.batch(assignment, store).run(grading.submissions(assignment)))
    states = [outcome.state for outcome in outcomes]
    assert states.count(SubmissionState.GRADED) == 2
    return course


def test_report(class_run):
    """A page with each student, the mistake by its title, and who has no grade; figures as JSON."""
    late = class_run.submitted_dir / "late" / ASSIGNMENT
    late.mkdir(parents=True, exist_ok=True)
    figures = class_run.root / "figures.json"
    result = run("report", ASSIGNMENT, "--json", figures, course=class_run)
    assert result.exit_code == 0, result.output
    page = (class_run.root / "reports" / f"{ASSIGNMENT}.html").read_text("utf-8")
    data = json.loads(figures.read_text("utf-8"))
    assert (data["submissions"], data["graded"]) == (4, 2)
    assert {one["student"] for one in data["looks"]} >= {"zoe", "late"}
    (mistake,) = [one for one in data["mistakes"] if one["id"] == "no-keep-prob-scaling"]
    assert mistake["title"] != mistake["id"]
    assert mistake["students"] == 1
    for row in data["rows"]:
        assert row["student"] in page
    assert "is damaged" in page


def test_points_that_a_person_gave(class_run):
    """They count in the report as they do in formgrader."""
    from nbgrader.api import Gradebook

    from autograder.course.config import course_directory
    from autograder.gradebook.class_grades import read_class_grades

    coursedir = course_directory(class_run)

    def score():
        class_grades = read_class_grades(coursedir, ASSIGNMENT)
        return {grade.student: grade.score for grade in class_grades.grades}["ada"]

    def give(points):
        with Gradebook(f"sqlite:///{class_run.root}/gradebook.db") as gradebook:
            cell = gradebook.find_grade("conclusion", ASSIGNMENT, ASSIGNMENT, "ada")
            cell.manual_score = points
            gradebook.db.commit()

    before = score()
    give(9.0)
    assert score() == before + 9.0
    give(None)
    assert score() == before


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "light"), (1440, "dark")])
def test_the_page_in_a_browser(built, tmp_path, width, scheme):
    """A class of 300 fits a wide and a narrow screen; nothing is fetched, nothing complains."""
    from playwright.sync_api import sync_playwright

    from tests.support.jupyterlab import CHROMIUM, FLAGS

    page = tmp_path / "page.html"
    page.write_text(made_up.page(built, 300), "utf-8")
    seen = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": width, "height": 900}
        tab = browser.new_context(viewport=size, color_scheme=scheme).new_page()
        tab.on("console", lambda message: seen.append(message.text))
        tab.on("request", lambda request: seen.append(request.url))
        tab.goto(page.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.locator(".heat tbody tr").count() == made_up.graded_count(built, 300)
        browser.close()
    assert seen == [page.as_uri()]


@pytest.mark.parametrize("form", ["canvas", "moodle", "csv"])
def test_export(class_run, form):
    """Both grades; none for the file that could not be read."""
    result = run("export", ASSIGNMENT, "--format", form, course=class_run)
    assert result.exit_code == 0, result.output
    table = list(csv.reader(io.StringIO(result.stdout)))
    key = {"canvas": 3, "moodle": 0, "csv": 0}[form]
    place = {"canvas": 5, "moodle": 4, "csv": 5}[form]
    scores = {row[key]: row[place] for row in table[2 if form == "canvas" else 1 :]}
    assert scores["ada"] == "75"
    assert scores["goran"] == "67"
    assert scores.get("zoe", "") == ""


def test_nothing_graded_yet(built):
    """A sentence for each, and no file."""
    for command in ("report", "export"):
        result = run(command, ASSIGNMENT, course=built.course)
        assert result.exit_code == (2 if command == "report" else 0), result.output
    assert not (built.course.root / "reports").exists()


def hand_in(assignment, folder, **fields):
    """A notebook in a folder of its own."""
    example = Example(**{"name": "x", "student": "x", "about": "", "score": 75.0, **fields})
    return example.write(assignment, folder)


def test_all_formats_of_one_run(built, tmp_path):
    """A notebook is run once; each report says the same of it."""
    examples = {one.name: one for one in load_examples(Course(ROOT).assignment(ASSIGNMENT))}
    notebook = examples["no_keep_prob_scaling"].write(built, tmp_path)
    wanted = []
    for form in FORMATS:
        wanted += ["--format", form, "--output", tmp_path / form]
    result = run("try", notebook, *wanted, course=built.course)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert json.loads((tmp_path / "json").read_text("utf-8"))["submissions"][0]["score"] == 67.0
    assert json.loads((tmp_path / "gradescope").read_text("utf-8"))["score"] == 67.0
    classroom = json.loads(base64.b64decode((tmp_path / "classroom").read_text()))
    assert sum(one["score"] for one in classroom["tests"]) == 67
    assert classroom["max_score"] == 75
    assert sum(suite.failures for suite in JUnitXml.fromfile(str(tmp_path / "junit"))) == 2
    assert "67 of 100 points" in (tmp_path / "markdown").read_text("utf-8")
    assert "67 of 100 points" in (tmp_path / "annotations").read_text("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_what_could_not_be_graded(built, tmp_path, form):
    """An error in each format, exit code 3, and the reason on stderr."""
    notebook = tmp_path / "hw.ipynb"
    notebook.write_text(DAMAGED)
    named = ("--assignment", ASSIGNMENT, "--format", form)
    result = run("try", notebook, *named, course=built.course)
    assert result.exit_code == 3
    text = result.stdout
    if form == "classroom":
        text = base64.b64decode(text).decode()
    assert "damaged" in text
    assert form == "table" or "damaged" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "json", "--format", "junit"),
        ("--format", "json", "--output", "a", "--output", "b"),
    ],
)
def test_reports_that_have_no_place(built, arguments):
    """Two on stdout, or an output without a format: usage."""
    result = run("try", built.release, *arguments, course=built.course)
    assert result.exit_code == 2


@pytest.mark.long
def test_gradescope_end_to_end(built, tmp_path):
    """The zip, unpacked as Gradescope does, grades a submission with the code that is in it."""
    zipped = tmp_path / "g.zip"
    assert run("gradescope", ASSIGNMENT, "--output", zipped, course=built.course).exit_code == 0
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "source")
    hand_in(built, tmp_path / "work").parent.rename(tmp_path / "submission")
    environment = {"AUTOGRADER_ROOT": str(tmp_path), "AUTOGRADER_PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", tmp_path / "source" / "run_autograder"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    assert data["score"] == 75.0
    hidden = [one for one in data["tests"] if one["visibility"] == "after_published"]
    assert hidden
    assert len(hidden) < len(data["tests"])
