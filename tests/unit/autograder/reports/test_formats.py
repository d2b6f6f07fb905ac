"""The list of formats: each works, and listing them loads nothing that is slow to import."""

import base64
import re
import subprocess
import sys

import pytest

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.formats import DEFAULT_FORMAT, FORMATS, RenderOptions, list_formats
from autograder.reports.grade_view import GradeView
from autograder.reports.words import PACKAGE
from utils.messages import catalogues, speaking


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


@pytest.mark.parametrize("name", ["table", "markdown", "gradescope", "classroom", "annotations"])
def test_a_chinese_course(name):
    """No English is left of ours: a student reads these reports."""
    told = CellResult(
        "甲-check",
        12.0,
        4.0,
        Verdict.WRONG,
        tuple(CheckResult("乙", verdict, "", 0.0, 1.0) for verdict in Verdict),
    )
    cells = (
        told,
        CellResult("丙", 8.0),
        CellResult("丁", 8.0, 0.0),
        CellResult("戊", 0.0, bonus=2.0),
    )
    done = Grade("己", "庚", Status.GRADED, 30.0, cells, notes=("辛",))
    failed = Grade("己", "庚", Status.NOT_GRADED, 30.0, message="壬")
    with speaking("zh_CN"):
        text = "".join(_rendered(name, grade) for grade in (done, failed))
    for sentence in catalogues.english_sentences(PACKAGE).values():
        parts = re.split(r"\{\w+\}", sentence) if " " in sentence else ()
        assert not [part for part in parts if len(part) > 4 and part in text]
    if name in ("table", "markdown"):
        assert re.findall("[A-Za-z]{2,}", re.sub(r"<[^>]*>", "", text)) == []


def _rendered(name, grade):
    text = FORMATS[name].render(GradeView(grade), RenderOptions(to_file=True))
    return base64.b64decode(text).decode() if name == "classroom" else text
