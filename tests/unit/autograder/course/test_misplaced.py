"""Work that does not lie where nbgrader looks is told of, and nothing else is."""

import pytest

from autograder.course.misplaced import misplaced_work
from tests.conftest import ASSIGNMENT


@pytest.fixture
def base(assignment):
    """An empty folder of submissions."""
    assignment.course.submitted_dir.mkdir()
    return assignment.course.submitted_dir


@pytest.mark.parametrize(
    "name",
    [
        "Regularization",
        "regularization ",
        "regularization\u200b",
        "\ufeffregularization",
        "regularization (1)",
        "regularization-Copy1",
        "regularization_final",
        "Ｒegularization",  # noqa: RUF001  of full width, as Chinese keyboards type it
    ],
)
def test_a_folder_that_reads_the_same(assignment, base, name):
    """The sentence says what to rename, and to what."""
    (base / "ada" / name).mkdir(parents=True)
    (sentence,) = misplaced_work(assignment)
    assert str(base / "ada" / name) in sentence
    assert sentence.endswith(f"Rename it to {base / 'ada' / ASSIGNMENT}.")


def test_a_notebook_one_level_too_high(assignment, base):
    """A notebook that was put into the student's own folder."""
    (base / "ada").mkdir()
    (base / "ada" / f"{ASSIGNMENT} (2).ipynb").write_text("{}", "utf-8")
    (sentence,) = misplaced_work(assignment)
    assert sentence.endswith(f"Move it to {base / 'ada' / ASSIGNMENT / ASSIGNMENT}.ipynb.")


@pytest.mark.parametrize("name", ["optimization", "notes", ".ipynb_checkpoints", "regular"])
def test_other_folders_are_not_spoken_of(assignment, base, name):
    """Another assignment's work, and whatever else a student's folder holds."""
    (base / "ada" / name).mkdir(parents=True)
    assert list(misplaced_work(assignment)) == []


def test_nothing_is_missing_where_the_right_folder_is(assignment, base):
    """A second folder beside the right one is somebody's copy."""
    (base / "ada" / ASSIGNMENT).mkdir(parents=True)
    (base / "ada" / f"{ASSIGNMENT}-Copy1").mkdir()
    (base / "link").symlink_to(base / "ada")
    assert list(misplaced_work(assignment)) == []


def test_nothing_handed_in(assignment):
    """Without a folder of submissions there is nothing to say; others refuse that."""
    assert list(misplaced_work(assignment)) == []
