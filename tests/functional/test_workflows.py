"""The workflow files: valid for GitHub, and without the holes that a linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.notebooks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GRADE = ROOT / ".github" / "workflows" / "grade.yml"


def tool(name, *arguments):
    """Run a linter of this environment."""
    command = [Path(sys.executable).with_name(name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_it_is_a_workflow(path):
    """GitHub's own schema accepts it."""
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    assert done.returncode == 0, done.stdout


def test_the_linter_finds_no_hole():
    """No template injection, no token left behind, no action that can be swapped."""
    done = tool("zizmor", "--offline", "--no-progress", GRADE)
    assert done.returncode == 0, done.stdout


def test_the_linter_would_find_one(tmp_path):
    """An input pasted into a script, as a check of the check."""
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


def test_it_may_only_read():
    """No permission but to read the repository."""
    data = yaml.safe_load(GRADE.read_text("utf-8"))
    assert data["permissions"] == {}
    assert data["jobs"]["grade"]["permissions"] == {"contents": "read"}


def test_the_tests_stay_where_they_are():
    """Only the JUnit file is kept; nothing is cached; neither token stays on the disk."""
    uploads = [one for one in steps().values() if "upload-artifact" in one.get("uses", "")]
    assert [one["with"]["path"] for one in uploads] == ["${{ runner.temp }}/reports/junit.xml"]
    checkouts = [one for one in steps().values() if "checkout@" in one.get("uses", "")]
    assert len(checkouts) == 2
    assert all(one["with"]["persist-credentials"] is False for one in checkouts)
    assert not [one for one in steps().values() if "cache" in str(one).lower()]


def test_the_student_s_code_runs_in_the_jail_only():
    """Links go first; the machine is tried out; nothing but `autograder try` is given the work."""
    names = list(steps())
    links = names.index("Take links out of the student's work")
    assert links < names.index("See that hostile code is contained here") < names.index("Grade")
    touching = [
        line.strip()
        for step in steps().values()
        for line in str(step.get("run", "")).splitlines()
        if re.search(r"\bstudent\b", line)
    ]
    allowed = ("find student -type l", "if ! test -f", 'autograder try "student/$NOTEBOOK"')
    assert all(line.startswith(allowed) for line in touching)
    assert "--jail" not in GRADE.read_text("utf-8")
