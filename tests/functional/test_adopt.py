"""nbgrader's quickstart course, unchanged, is looked over and takes the two lines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring.config_lines import LINES
from autograder.course.layout import CONFIG
from tests.support.command_line import run

NBGRADER = (sys.executable, "-m", "nbgrader")


def nbgrader(*arguments, cwd):
    """Run one of nbgrader's commands."""
    subprocess.run([*NBGRADER, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def quickstart(tmp_path):
    """The course that ``nbgrader quickstart`` makes."""
    nbgrader("quickstart", "course101", cwd=tmp_path)
    return tmp_path / "course101"


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
    nbgrader("generate_assignment", "ps1", cwd=quickstart)
    released = (quickstart / "release" / "ps1" / "problem1.ipynb").read_text("utf-8")
    assert "raise NotImplementedError()" in released
    assert "return [i ** 2" not in released
