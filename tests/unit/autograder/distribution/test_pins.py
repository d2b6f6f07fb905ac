"""Pins of what is installed here."""

from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from autograder.distribution import pins
from autograder.errors import CourseError


def pinned(*requirements):
    """Versions by name."""
    lines = pins.pins(map(Requirement, requirements))
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))
    return dict(line.split("==") for line in lines)


def test_a_package_and_what_it_requires():
    """By their normalised names, at the versions that are installed here."""
    versions = pinned("SQLAlchemy")
    assert versions["sqlalchemy"] == version("sqlalchemy")
    assert "typing-extensions" in versions


def test_an_extra_adds_what_it_requires():
    """Of the package that is asked for, and of those that it asks for."""
    assert "webcolors" not in pinned("jsonschema")
    assert "webcolors" in pinned("jsonschema[format-nongpl]")


def test_what_does_not_apply_here():
    """Requirements of other systems, packages that are not installed, and installers."""
    assert pinned("numpy; sys_platform == 'win32'", "no-such-package-of-ours", "pip") == {}
    assert set(pinned("numpy; python_version >= '3'", "numpy; extra == 'x'")) == {"numpy"}


def test_our_own_package_must_be_installed(monkeypatch):
    """Without its metadata nobody knows what to pin."""
    assert "numpy" in {one.name for one in pins.our_requirements()}
    monkeypatch.setattr(pins, "PROJECT", "no-such-package-of-ours")
    with pytest.raises(CourseError, match="is not installed"):
        pins.our_requirements()
