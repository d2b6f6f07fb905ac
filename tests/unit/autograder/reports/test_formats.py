"""The list of formats: each works, and listing them loads nothing that is slow to import."""

import subprocess
import sys

import pytest

from autograder.models import Grade, Status
from autograder.reports.formats import DEFAULT_FORMAT, FORMATS, RenderOptions, list_formats
from autograder.reports.grade_view import GradeView


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_renders_a_grade(name, monkeypatch):
    """For a file and for a terminal; the terminal's colours do not get into the file."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    view = GradeView(Grade("ada", "x", Status.GRADED, 3.0))
    assert FORMATS[name].render(view, RenderOptions())
    text = FORMATS[name].render(view, RenderOptions(to_file=True))
    assert text
    assert "\x1b" not in text


def test_the_help_names_each_format():
    """What `--help` says is made from the list."""
    assert all(f"{name} for " in list_formats() for name in FORMATS)
    assert DEFAULT_FORMAT in FORMATS


def test_formats_are_quick_to_import():
    """The command line offers them, so they load neither numpy nor what reads notebooks."""
    code = "import sys, autograder.reports.formats; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "nbformat", "nbgrader", "IPython"} & set(modules)
