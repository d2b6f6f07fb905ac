"""`autograder export`: which assignments, and what is said of them."""

import shutil

import pytest

from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence


@pytest.fixture
def two_assignments(registered):
    """A course with another assignment, of which nothing is graded yet."""
    folder = registered.root / "source" / "other"
    shutil.copytree(registered.root / "source" / ASSIGNMENT, folder)
    (folder / f"{ASSIGNMENT}.ipynb").rename(folder / "other.ipynb")
    return registered


@pytest.mark.parametrize("form", ["canvas", "moodle", "csv"])
def test_without_a_name_it_exports_all(two_assignments, form):
    """All that the gradebook knows; the other is passed over, unless it is named."""
    named = run("export", ASSIGNMENT, "--format", form, course=two_assignments)
    unnamed = run("export", "--format", form, course=two_assignments)
    assert (named.exit_code, unnamed.exit_code) == (0, 0)
    assert unnamed.stdout == named.stdout
    result = run("export", "other", "--format", form, course=two_assignments)
    assert result.exit_code == 2
    assert "The gradebook does not know other" in sentence(result)


def test_nothing_graded_at_all(course):
    """A sentence, without a name as well."""
    result = run("export", course=course)
    assert result.exit_code == 2
    assert "There is no gradebook yet" in sentence(result)


def test_a_title_is_of_one_assignment(two_assignments):
    """Two columns cannot have the same title."""
    result = run("export", "--column", "Week 1", course=two_assignments)
    assert result.exit_code == 2
    assert "name just one" in sentence(result)
