"""nbgrader's quickstart course, unchanged but for the two lines, from `adopt` to feedback."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring.config_lines import LINES, add_lines
from autograder.course.layout import CONFIG, Course
from tests.support.command_line import run

NBGRADER = (sys.executable, "-m", "nbgrader")


def nbgrader(*arguments, cwd):
    """Run one of nbgrader's commands."""
    subprocess.run([*NBGRADER, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The course that ``nbgrader quickstart`` makes."""
    folder = tmp_path_factory.mktemp("quickstart")
    nbgrader("quickstart", "course101", cwd=folder)
    return folder / "course101"


@pytest.fixture
def quickstart(original, tmp_path):
    """A copy of that course."""
    return Path(shutil.copytree(original, tmp_path / "course101"))


def scores(course):
    """What the gradebook has, by student."""
    rows = csv.DictReader(io.StringIO(run("export", "ps1", "--course", course).stdout))
    return {row["student"]: row["score"] for row in rows}


def contents(folder):
    """Every file of a folder, and what is in it."""
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.slow
def test_quickstart_is_adopted(quickstart):
    """All tests work from outside; only the config changes, and only when asked."""
    before = contents(quickstart)
    shown = run("adopt", quickstart, "--json")
    assert shown.exit_code == 0
    first, second = json.loads(shown.stdout)["notebooks"]
    assert [cell["tests"] for cell in first["cells"]] == ["outside"] * 4
    assert (first["graded_by_hand"], second["graded_by_hand"]) == (3, 2)
    assert contents(quickstart) == before
    written = run("adopt", quickstart, "--write")
    assert "4 of 4 test cells (100%)" in " ".join(written.stdout.split())
    assert LINES in written.stderr
    config = quickstart / CONFIG
    after = contents(quickstart)
    assert after.pop(config) == before.pop(config) + b"\n" + LINES.encode()
    assert after == before


@pytest.mark.slow
def test_quickstart_is_graded(quickstart):
    """By our commands and by nbgrader's, with the same scores and a page for each notebook."""
    assert add_lines(Course(quickstart))
    nbgrader("generate_assignment", "ps1", cwd=quickstart)
    release, submitted = quickstart / "release" / "ps1", quickstart / "submitted"
    released = (release / "problem1.ipynb").read_text("utf-8")
    assert "raise NotImplementedError()" in released
    assert "return [i ** 2" not in released
    for student in ("bitdiddle", "hacker"):
        shutil.copytree(release, submitted / student / "ps1")
    shutil.copy(quickstart / "source" / "ps1" / "problem1.ipynb", submitted / "hacker" / "ps1")
    graded = run("grade", "ps1", "--feedback", "--report", "--course", quickstart)
    assert graded.exit_code == 0, graded.output
    assert scores(quickstart) == {"bitdiddle": "0", "hacker": "3"}
    pages = sorted(path.name for path in (quickstart / "feedback/hacker/ps1").glob("*.html"))
    assert pages == ["problem1.html", "problem2.html"]
    assert (quickstart / "reports" / "ps1.html").is_file()
    nbgrader("autograde", "ps1", "--force", cwd=quickstart)
    nbgrader("generate_feedback", "ps1", "--force", cwd=quickstart)
    assert scores(quickstart) == {"bitdiddle": "0", "hacker": "3"}
