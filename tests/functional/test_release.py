"""What a release is held to: one version, a kept changelog, and files that others' tools read."""

import re
import subprocess
import sys
import tomllib
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

import autograder
from tests.support.solutions import ROOT

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def faults(changelog, stated, tags=(), tagged=()):
    """What is wrong with a changelog.

    Args:
        changelog: Its text.
        stated: The version that the code states.
        tags: All tags that name a release.
        tagged: Those of them on the commit at hand.
    """
    heads = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    if heads[:1] != ["[Unreleased]"]:
        return ["the first section is not [Unreleased]"]
    wrong, released = [], []
    for head in heads[1:]:
        form = re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", head)
        if form is None:
            wrong.append(f"'{head}' is not '[X.Y.Z] - YYYY-MM-DD'")
        else:
            released.append((Version(form[1]), date.fromisoformat(form[2])))
    if released != sorted(released, reverse=True):
        wrong.append("the newest release is not first")
    numbers = {str(number) for number, _ in released}
    wrong += [f"{tag} has no section" for tag in tags if tag.removeprefix("v") not in numbers]
    wrong += [f"{tag} is on version {stated}" for tag in tagged if tag != f"v{stated}"]
    if released and released[0][0] > Version(stated):
        wrong.append(f"{released[0][0]} is in the changelog and {stated} in the code")
    kinds = re.findall(r"^### (.*)$", changelog, re.MULTILINE)
    wrong += [f"'{kind}' is no kind of change" for kind in kinds if kind not in KINDS]
    return wrong


def tags(*options):
    """The releases that git knows; none where there is only a copy of the files."""
    command = ["git", "tag", "--list", "v[0-9]*", *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()


def test_nothing_is_released_without_its_section():
    """The changelog has its form, and each tag is its commit's version and has a section."""
    assert faults(CHANGELOG, autograder.__version__, tags(), tags("--points-at", "HEAD")) == []


@pytest.mark.parametrize(
    ("changelog", "stated", "releases", "fault"),
    [
        ("## [1.0.0] - 2026-01-01\n", "1.0.0", [], "the first section is not [Unreleased]"),
        ("## [Unreleased]\n## 1.0.0\n", "1.0.0", [], "'1.0.0' is not '[X.Y.Z] - YYYY-MM-DD'"),
        ("## [Unreleased]\n", "1.0.0", ["v1.0.0"], "v1.0.0 has no section"),
        (
            "## [Unreleased]\n## [1.0.0] - 2026-01-01\n",
            "1.1.0",
            ["v1.0.0"],
            "v1.0.0 is on version 1.1.0",
        ),
        (
            "## [Unreleased]\n## [1.0.0] - 2026-01-01\n## [1.1.0] - 2026-02-01\n",
            "1.1.0",
            [],
            "the newest release is not first",
        ),
        (
            "## [Unreleased]\n## [1.0.0] - 2026-01-01\n",
            "0.9.0",
            [],
            "1.0.0 is in the changelog and 0.9.0 in the code",
        ),
        ("## [Unreleased]\n### News\n", "1.0.0", [], "'News' is no kind of change"),
    ],
)
def test_faults_of_a_changelog(changelog, stated, releases, fault):
    """Each is seen, and nothing else is wrong with these."""
    assert faults(changelog, stated, releases, releases) == [fault]


def test_the_version_is_stated_once():
    """``autograder.__version__`` is the installed package's, and no other file repeats it."""
    assert version("deep-foundations") == autograder.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    assert "version" not in yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def test_the_citation_is_one():
    """CITATION.cff is what its schema asks for."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema",
            "vendor.citation-file-format",
            ROOT / "CITATION.cff",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ["autograder", "utils"])
def test_the_types_are_installed(package):
    """Type checkers of others read our annotations (PEP 561)."""
    assert (ROOT / package / "py.typed").read_bytes() == b""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    assert "py.typed" in setuptools["package-data"][package]


def test_a_commit_is_held_to_what_lint_asks():
    """Each hook is one of the targets that `make lint` makes, and each target has its hook."""
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert repository["repo"] == "local"  # nothing is fetched
    hooks = {hook["entry"].split()[-1] for hook in repository["hooks"]}
    targets = re.search(r"^lint:([^#\n]*)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert hooks == set(targets[1].split())
