"""The workflow files are valid for GitHub, and a linter finds no security hole in them."""

import base64
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from autograder.course.released_cells import hidden_lines
from tests.functional.conftest import run
from tests.support.solutions import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GRADE = ROOT / ".github" / "workflows" / "grade.yml"


def tool(name, *arguments):
    """Run a linter of this environment."""
    return run(Path(sys.executable).with_name(name), *arguments, cwd=ROOT)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_it_is_a_valid_workflow(path):
    """GitHub's own schema accepts it."""
    process = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    assert process.returncode == 0, process.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_linter_finds_no_hole(path):
    """No template injection, no token left on the disk, no action that can be replaced."""
    process = tool("zizmor", "--offline", "--no-progress", path)
    assert process.returncode == 0, process.stdout


def test_the_linter_would_find_one(tmp_path):
    """So that the test before this one can fail: an input is pasted into a script."""
    broken = tmp_path / "grade.yml"
    text = GRADE.read_text("utf-8").replace(
        '"student/$NOTEBOOK"', '"student/${{ inputs.notebook }}"'
    )
    assert text != GRADE.read_text("utf-8")
    broken.write_text(text, "utf-8")
    assert tool("zizmor", "--offline", "--no-progress", broken).returncode != 0


def steps():
    """The grading job's steps, by name."""
    job = yaml.safe_load(GRADE.read_text("utf-8"))["jobs"]["grade"]
    return {str(step.get("name", step.get("uses"))): step for step in job["steps"]}


def test_it_can_only_read():
    """Its only permission is to read the repository."""
    data = yaml.safe_load(GRADE.read_text("utf-8"))
    assert data["permissions"] == {}
    assert data["jobs"]["grade"]["permissions"] == {"contents": "read"}


def test_the_hidden_tests_are_not_published():
    """Only the JUnit file is uploaded; nothing is cached; no token is left on the disk."""
    uploads = [step for step in steps().values() if "upload-artifact" in step.get("uses", "")]
    assert [step["with"]["path"] for step in uploads] == ["${{ runner.temp }}/reports/junit.xml"]
    checkouts = [step for step in steps().values() if "checkout@" in step.get("uses", "")]
    assert len(checkouts) == 2
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert not [step for step in steps().values() if "cache" in str(step).lower()]


def test_student_code_runs_only_in_the_jail():
    """Links are removed and the machine is tested; only `autograder try` gets the notebook."""
    names = list(steps())
    links = names.index("Take links out of the student's work")
    assert links < names.index("See that hostile code is contained here") < names.index("Grade")
    lines = [
        line.strip()
        for step in steps().values()
        for line in str(step.get("run", "")).splitlines()
        if re.search(r"\bstudent\b", line)
    ]
    allowed = ("find student -type l", "if ! test -f", 'autograder try "student/$NOTEBOOK"')
    assert all(line.startswith(allowed) for line in lines)
    assert "--jail" not in GRADE.read_text("utf-8")


def grade_step(built, folder):
    """Run the scripts of the job in a student's folder."""
    if not (folder / "course").exists():
        (folder / "course").symlink_to(built.course.root)
    environment = {
        **os.environ,
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "ASSIGNMENT": built.name,
        "NOTEBOOK": "hw.ipynb",
        "MIN_SCORE": "0",
    }
    script = "\n".join(
        steps()[name]["run"] for name in ("Take links out of the student's work", "Grade")
    )
    # as GitHub runs a step
    shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
    return run(*shell, script, cwd=folder, env=environment)


@pytest.mark.slow
def test_the_job_grades_a_notebook(built, tmp_path):
    """It makes a summary, annotations and a result, without any line of a hidden test."""
    (tmp_path / "student").mkdir()
    shutil.copy(built.release, tmp_path / "student" / "hw.ipynb")
    process = grade_step(built, tmp_path)
    assert process.returncode == 0, process.stderr
    assert "0 of 100 points" in (tmp_path / "summary").read_text("utf-8")
    name, _, value = (tmp_path / "output").read_text("utf-8").strip().partition("=")
    assert name == "result"
    assert json.loads(base64.b64decode(value))["version"] == 1
    assert all(line.startswith("::") for line in process.stdout.splitlines())
    output = process.stdout + process.stderr
    output += "".join(
        path.read_text("utf-8") for path in (tmp_path / "temp").rglob("*") if path.is_file()
    )
    hidden = [
        line.strip()
        for cell in built.notebook.cells
        for number, line in enumerate(cell.source.split("\n"), 1)
        if number in hidden_lines(cell.source) and len(line.strip()) > 20
    ]
    assert hidden
    assert not [line for line in hidden if line in output]


@pytest.mark.slow
def test_a_link_to_the_solution_is_not_graded(built, tmp_path):
    """A pull request could otherwise submit the course's own notebook."""
    (tmp_path / "student").mkdir()
    (tmp_path / "student" / "hw.ipynb").symlink_to(built.source)
    process = grade_step(built, tmp_path)
    assert process.returncode == 3
    assert "Not graded" in process.stdout
    assert not (tmp_path / "output").exists()
