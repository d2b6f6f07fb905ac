"""`autograder grade`: its arguments, its JSON, and submissions that cannot be graded."""

import json

import pytest

from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence


@pytest.fixture
def empty_submission(registered):
    """A course in which Ada submitted an empty file: nothing has to be run to grade her."""
    folder = registered.submitted_dir / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").touch()
    return registered


def test_nothing_was_collected_yet(registered):
    """The missing folder is named, and what to do."""
    result = run("grade", ASSIGNMENT, course=registered)
    assert result.exit_code == 2
    assert "submitted does not exist" in sentence(result)


def test_an_unknown_student(registered):
    """The nearest student is suggested."""
    (registered.submitted_dir / "fatima" / ASSIGNMENT).mkdir(parents=True)
    result = run("grade", ASSIGNMENT, "--student", "fatma", course=registered)
    assert result.exit_code == 2
    assert "Did you mean fatima?" in sentence(result)


def test_json_takes_one_assignment(registered):
    """Two assignments do not fit into one file of the documented form."""
    result = run("grade", ASSIGNMENT, ASSIGNMENT, "--json", "-", course=registered)
    assert result.exit_code == 2
    assert "--json takes the grades of one assignment" in sentence(result)


@pytest.mark.parametrize("shard", ["3", "0/2", "3/2", "a/b"])
def test_a_shard_that_does_not_exist(registered, shard):
    """The form of the option is shown."""
    result = run("grade", ASSIGNMENT, "--shard", shard, course=registered)
    assert result.exit_code == 2
    assert "give it as I/N, such as 3/16" in sentence(result)


def test_a_submission_that_cannot_be_graded(empty_submission):
    """The exit code is 3, and the table says why."""
    result = run("grade", ASSIGNMENT, course=empty_submission)
    assert result.exit_code == 3
    assert "ada: not graded." in result.stdout
    assert "is empty" in " ".join(result.stdout.split())


def test_json_on_stdout(empty_submission):
    """The documented form and nothing else, also if the exit code is 3."""
    result = run("grade", ASSIGNMENT, "--json", "-", course=empty_submission)
    assert result.exit_code == 3
    data = json.loads(result.stdout)
    assert (data["schema"], data["assignment"], data["jail"]) == (2, ASSIGNMENT, [])
    (entry,) = data["submissions"]
    assert entry["student"] == "ada"
    assert entry["status"] == "not_graded"
    assert "is empty" in entry["message"]


def test_json_in_a_file(empty_submission, tmp_path):
    """The file holds the JSON; the table is still printed."""
    file = tmp_path / "new" / "grades.json"
    result = run("grade", ASSIGNMENT, "--json", file, course=empty_submission)
    assert json.loads(file.read_text("utf-8"))["submissions"][0]["student"] == "ada"
    assert "ada" in result.stdout


def test_work_in_a_folder_of_nearly_the_right_name(empty_submission):
    """It is told of on stderr, whether or not others handed in."""
    (empty_submission.submitted_dir / "bo" / f"{ASSIGNMENT} (1)").mkdir(parents=True)
    result = run("grade", ASSIGNMENT, course=empty_submission)
    assert f"bo/{ASSIGNMENT} (1) is not graded" in " ".join(result.stderr.split())
    (empty_submission.submitted_dir / "ada" / ASSIGNMENT).rename(empty_submission.root / "away")
    result = run("grade", ASSIGNMENT, course=empty_submission)
    assert result.exit_code == 2
    assert f"bo/{ASSIGNMENT} (1) is not graded" in " ".join(result.stderr.split())
