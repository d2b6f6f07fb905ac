"""What is installed is what is declared, from nowhere in particular."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.solutions import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# Packages that conda-forge calls otherwise than PyPI.
CONDA_NAMES = {"msgpack-python": "msgpack"}


def requirements(lines):
    """Names and bounds."""
    made = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one.specifier for one in made}


def constraints():
    """Name and version of each line of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = {}
    for line in lines:
        name, version = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9._+!-]+)", line).groups()
        found[canonicalize_name(name)] = Version(version)
    assert len(found) == len(lines), "a package stands twice"
    return found


def tracked_files():
    """Every text file that git knows, with its text."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_text("utf-8", errors="ignore")


def test_environment_yml_is_pyprojects():
    """A conda user gets the packages and the bounds that a pip user gets, and Python's too."""
    declared = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    names = [one for one in declared if isinstance(one, str)]
    conda = requirements(names)
    for one in declared:
        if isinstance(one, dict):
            conda |= requirements(line for line in one["pip"] if not line.startswith("-e"))
    conda.pop("pip", None)
    conda = {CONDA_NAMES.get(name, name): bounds for name, bounds in conda.items()}
    assert str(conda.pop("python")) == PROJECT["requires-python"]
    assert conda == requirements(PROJECT["dependencies"])


def test_constraints_are_bare_pins():
    """One `name==version` a line: no address, no hash, no option."""
    assert len(constraints()) > 50


def test_constraints_cover_and_fit_all_dependencies():
    """Each declared package is pinned, development's too, to a version that its bounds allow."""
    pins = constraints()
    declared = requirements(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        declared |= requirements(extra)
    for name, bounds in declared.items():
        assert name in pins, f"{name} is not pinned"
        assert bounds.contains(pins[name]), f"{name}=={pins[name]} is outside of {bounds}"


def test_each_dependency_has_its_reason():
    """CONTRIBUTING.md says why each package is there."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Why each dependency")[2]
    declared = requirements(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        declared |= requirements(extra)
    missing = [name for name in declared if name.removeprefix("types-") not in text.lower()]
    assert missing == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"--(extra-)?index-url",
        r"https?://[\w.:-]+/(simple|pypi)/",
        r"PIP_INDEX_URL",
        r"/root/(?!\.ssh/\*)",  # an attack looks for anybody's keys
        r"/home/\w+/",
        r"/wor[k]/(main|shared)",
        r"/tmp/(tc|pytest-of)",  # noqa: S108
    ],
)
def test_no_machine_is_named(pattern):
    """No registry's host and no path of the machine it was made on is in any tracked file."""
    found = [
        f"{name}: {match[0]}"
        for name, text in tracked_files()
        if name != Path(__file__).relative_to(ROOT).as_posix()
        for match in re.finditer(pattern, text)
    ]
    assert found == []


def test_every_package_is_installed():
    """Setuptools finds each folder of ours that holds code, and is told the data beside it."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    assert declared["packages"]["find"]["include"] == ["autograder*", "utils*"]
    folders = {
        path.parent for top in ("utils", "autograder") for path in (ROOT / top).rglob("*.py")
    }
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
    data = {
        path.relative_to(ROOT / "utils")
        for path in (ROOT / "utils").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    patterns = declared["package-data"]["utils"]
    assert [path for path in data if not any(map(path.match, patterns))] == []


@pytest.mark.parametrize(("uid", "allowed"), [(0, True), (1000, False), (100, False)])
def test_jupyterlab_starts_as_root_in_a_container(tmp_path, uid, allowed):
    """Jupyter refuses that unless it is told to; nobody else is told to."""
    (tmp_path / "id").write_text(f"#!/bin/sh\necho {uid}\n")
    (tmp_path / "id").chmod(0o755)
    command = ["make", "--dry-run", "--no-print-directory", "-C", str(ROOT), "lab"]
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert "jupyter lab" in done.stdout
    assert ("--allow-root" in done.stdout) == allowed
