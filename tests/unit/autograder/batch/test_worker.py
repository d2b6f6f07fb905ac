"""One job, done in a worker process."""

from dataclasses import replace

from autograder.batch.intake import read_files
from autograder.batch.worker import NO_RESPONSE, run_job
from tests.conftest import ASSIGNMENT


def test_the_record_of_a_graded_submission(make_job, submit):
    """It holds the grade, and the scores and comments for the gradebook."""
    result = run_job(make_job("ada", "x", read_files(submit("ada").folder)))
    assert result.graded
    assert result.record["assignment"] == ASSIGNMENT
    gradebook = result.record["gradebook"]
    assert gradebook["scores"]["l2-cost-check"] == 12.0
    assert gradebook["scores"]["conclusion"] == 0.0
    assert gradebook["comments"]["conclusion"] == NO_RESPONSE
    assert {"student", "engine", "notebook"} <= result.seconds.keys()


def test_sentences_name_the_folder_of_the_submission(make_job):
    """Not the temporary folder of the machine that graded it."""
    location = f"/courses/dl/submitted/ada/{ASSIGNMENT}"
    result = run_job(make_job("ada", location, {}))
    message = result.record["grade"]["message"]
    assert message.startswith(f"{location}/{ASSIGNMENT}.ipynb is")
    assert result.record["gradebook"] == {}


def test_a_worker_with_different_code_does_not_grade(make_job, submit):
    """A worker of a cluster with another version says so, and gives no points."""
    job = make_job("ada", "x", read_files(submit("ada").folder))
    result = run_job(replace(job, code="old", strict=True))
    assert not result.graded
    assert "another version of the autograder" in result.record["grade"]["message"]
