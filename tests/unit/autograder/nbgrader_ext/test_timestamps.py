"""With our config nbgrader reads times as we do."""

# ruff: noqa: DTZ001  the gradebook's times are in UTC without a time zone

import logging
from datetime import UTC, datetime

import nbgrader.utils
import pytest
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from autograder.course.settings import Settings
from autograder.nbgrader_ext import timestamps
from tests.conftest import ASSIGNMENT
from tests.support.gradebooks import nbgrader_gradebook
from tests.support.graded_class import submit


@pytest.fixture
def config(monkeypatch):
    """A config for which our functions are installed; nbgrader's own are back afterwards."""
    for module in timestamps._MODULES:
        monkeypatch.setattr(module, "parse_utc", module.parse_utc)
    config = Config()
    timestamps.install(config)
    return config


def test_texts_and_times(config):
    """Offsets are no seconds, and the zone that is set after ``configure`` counts."""
    assert nbgrader.utils.parse_utc(None) is None
    assert nbgrader.utils.parse_utc("2027-07-02 05:00:00 +0200") == datetime(2027, 7, 2, 3)
    assert nbgrader.utils.parse_utc(datetime(2027, 7, 2, tzinfo=UTC)) == datetime(2027, 7, 2)
    with pytest.raises(ValueError, match=r"^The text for a date says IST, which has several"):
        nbgrader.utils.parse_utc("2027-07-02 10:30 IST")
    config.Exchange.timezone = "Asia/Kolkata"
    assert nbgrader.utils.parse_utc("2027-07-02 10:30 IST") == datetime(2027, 7, 2, 5)


@pytest.mark.usefixtures("config")
def test_due_dates(registered):
    """One that an instructor gives to nbgrader's own API or command."""
    with nbgrader_gradebook(registered) as gradebook:
        for text in ("2027-07-02 07:00 CEST", "2027-07-02T07:00:00 +0200"):
            assignment = gradebook.update_or_create_assignment(ASSIGNMENT, duedate=text)
            assert assignment.duedate == datetime(2027, 7, 2, 5)
        midnight = gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2027-07-02")
        assert midnight.duedate == datetime(2027, 7, 2)


@pytest.mark.usefixtures("config")
def test_an_extension_of_what_is_never_due(registered):
    """Nobody is late then, and ``nbgrader autograde`` must not fail over it."""
    with nbgrader_gradebook(registered) as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.update_or_create_submission(ASSIGNMENT, "ada", timestamp="2027-07-02 05:00")
        gradebook.grant_extension(ASSIGNMENT, "ada", days=1)
        submission = gradebook.find_submission(ASSIGNMENT, "ada")
        assert submission.total_seconds_late == 0
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2027-07-01 04:59")
        assert submission.total_seconds_late == 60


@pytest.mark.parametrize("text", ["", "at noon", "2027-07-02 05:00 CST"])
def test_formgraders_list_survives_a_bad_file(registered, caplog, text):
    """Its page shows the class; with nbgrader's own reader it shows an error."""
    submit(registered, "ada", timestamp=" " + text)
    submit(registered, "bo", timestamp="2027-07-02 07:00:00 CEST")
    coursedir = Settings.load(registered).coursedir
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    api.log = logging.getLogger("formgrader")
    shown = {one["student"]: one["timestamp"] for one in api.get_submissions(ASSIGNMENT)}
    assert shown == {"ada": None, "bo": "2027-07-02T05:00:00"}
    assert ("or remove the file." in caplog.text) == bool(text)
