"""The zip for Gradescope: what is in it, and what is not."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import distribution

import pytest

from autograder.distribution.gradescope_zip import build_zip
from tests.conftest import ASSIGNMENT


@pytest.fixture(scope="module")
def built_zip(built, tmp_path_factory):
    """The zip of one assignment."""
    path = tmp_path_factory.mktemp("zip") / "gradescope.zip"
    build_zip(built, path, "after_due_date")
    return path


def test_what_is_in_it(built_zip):
    """Both scripts at the top level, executable; our code; one assignment of the course."""
    with zipfile.ZipFile(built_zip) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        for script in ("setup.sh", "run_autograder"):
            assert archive.getinfo(script).external_attr >> 16 == 0o100755
            assert archive.read(script).startswith(b"#!/usr/bin/env bash\n")
    assert f"course/source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb" in names
    assert f"course/assignments/{ASSIGNMENT}/mistakes.toml" in names
    assert {"course/nbgrader_config.py", "code/autograder/cli.py", "code/utils/checks.py"} <= names
    course = [name for name in names if name.startswith("course/")]
    assert not [name for name in course if "examples" in name or name.endswith((".md", ".db"))]


def test_versions_are_those_of_this_machine(built_zip):
    """Each package that we require, as it is installed here, and none of our development tools."""
    with zipfile.ZipFile(built_zip) as archive:
        lines = archive.read("requirements.txt").decode().splitlines()
    for name in ("numpy", "nbgrader", "msgpack"):
        assert f"{name}=={distribution(name).version}" in lines
    assert not [line for line in lines if line.startswith(("pytest", "ruff", "deep-foundations"))]


def test_the_same_course_makes_the_same_zip(built, built_zip, tmp_path):
    """Nothing in it depends on the time."""
    build_zip(built, tmp_path / "again.zip", "after_due_date")
    assert (tmp_path / "again.zip").read_bytes() == built_zip.read_bytes()


def test_only_the_owner_can_read_it(built_zip):
    """It holds the hidden tests."""
    assert built_zip.stat().st_mode & 0o077 == 0


def test_the_scripts_are_bash(built_zip, tmp_path):
    """Both are syntactically correct."""
    with zipfile.ZipFile(built_zip) as archive:
        for script in ("setup.sh", "run_autograder"):
            archive.extract(script, tmp_path)
            subprocess.run(["bash", "-n", tmp_path / script], check=True)


@pytest.mark.parametrize(("doctor", "code", "written"), [(0, 0, True), (1, 3, False)])
def test_links_are_not_followed_and_an_unsafe_machine_grades_nothing(
    built_zip, tmp_path, doctor, code, written
):
    """Links are removed before grading; where hostile code is not contained, there is no result."""
    with zipfile.ZipFile(built_zip) as archive:
        archive.extractall(tmp_path / "source")
    work = tmp_path / "submission" / "folder"
    work.mkdir(parents=True)
    (work / "data.csv").write_text("1")
    (work / "solution.ipynb").symlink_to(tmp_path / "source" / "setup.sh")
    fake_python = tmp_path / "python"
    fake_python.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        f"if 'doctor' in sys.argv: sys.exit({doctor})\n"
        "work, args = sys.argv[4], sys.argv\n"
        "files = sorted(name for _, _, names in os.walk(work) for name in names)\n"
        "out = args[args.index('--output') + 1]\n"
        "json.dump({'files': files, 'args': args}, open(out, 'w'))\n"
    )
    fake_python.chmod(0o755)
    environment = {"AUTOGRADER_ROOT": str(tmp_path), "AUTOGRADER_PYTHON": str(fake_python)}
    done = subprocess.run(
        ["bash", tmp_path / "source" / "run_autograder"],
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == code
    results = tmp_path / "results" / "results.json"
    assert results.exists() == written
    if written:
        data = json.loads(results.read_text("utf-8"))
        assert data["files"] == ["data.csv"]
        assert data["args"][-1] == "after_due_date"
