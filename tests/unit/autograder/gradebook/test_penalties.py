"""Penalties fit the due date, the extensions, the timestamps and the points as they are now."""

# ruff: noqa: DTZ001  the gradebook's times are in UTC without a time zone

from datetime import datetime, timedelta

import pytest
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from autograder.course.config import load_config
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.penalties import update_penalties
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows, nbgrader_gradebook
from tests.support.graded_class import POINTS, grade, grade_with_nbgrader, submit
from tests.support.zone_table import KOLKATA

TOTAL = sum(POINTS.values())
NOON, LATER = "2026-03-01 12:00:00 UTC", "2026-04-01 12:00:00 UTC"


def update(course):
    """What every command does first; the sentences by student."""
    settings = Settings.load(course)
    database = open_gradebook(settings.db_url)
    try:
        return update_penalties(database, settings.coursedir, ASSIGNMENT)
    finally:
        database.close()


def penalties(course):
    """By student."""
    with nbgrader_gradebook(course) as gradebook:
        return {
            one.student.id: one.late_submission_penalty
            for one in gradebook.assignment_submissions(ASSIGNMENT)
        }


def set_due_date(course, text):
    """As formgrader does."""
    with nbgrader_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=text)


def set_extension(course, student, **time):
    """As an instructor does with nbgrader's API; none to withdraw it."""
    with nbgrader_gradebook(course) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        submission.extension = timedelta(**time) if time else None
        gradebook.db.commit()


def give_points(course, student, points):
    """Points by hand."""
    with nbgrader_gradebook(course) as gradebook:
        one = gradebook.find_grade("conclusion", ASSIGNMENT, ASSIGNMENT, student)
        one.manual_score, one.needs_manual_grade = points, False
        gradebook.db.commit()


def change_timestamp(course, student, text):
    """What a person writes into a submission's folder; nothing to remove the file."""
    path = course.submitted_dir / student / ASSIGNMENT / "timestamp.txt"
    path.unlink()
    if text:
        path.write_text(text, "utf-8")


def again(runner):
    """``autograder grade`` once more: only a changed timestamp makes it run anything."""

    def run(course):
        runs = len(runner.runs)
        grade(course, force=False)
        return len(runner.runs) - runs

    return run


@pytest.fixture
def graded(collected, use):
    """The class after it was graded, and its runner; bo is late by 23 hours."""
    runner = use(FakeRunner(POINTS))
    grade(collected)
    assert penalties(collected) == {"ada": 0.0, "bo": TOTAL, "cleo": 0.0, "dana": 0.0}
    return collected, runner


FACTS = [
    (lambda course: set_due_date(course, LATER), {"bo": 0.0}),
    (lambda course: set_due_date(course, "2026-03-01 10:00:00 UTC"), {"ada": TOTAL}),
    (lambda course: set_due_date(course, None), {"bo": 0.0}),
    (lambda course: set_extension(course, "bo", days=1), {"bo": 0.0}),
    (lambda course: set_extension(course, "bo", hours=22), {}),
    (lambda course: set_extension(course, "cleo"), {"cleo": TOTAL}),
    (lambda course: give_points(course, "bo", 5.0), {"bo": TOTAL + 5}),
    (lambda course: change_timestamp(course, "bo", "2026-03-01 13:00:00 CET"), {"bo": 0.0}),
    (lambda course: change_timestamp(course, "ada", "2026-03-01 13:00 -0500"), {"ada": TOTAL}),
    (lambda course: change_timestamp(course, "bo", ""), {"bo": 0.0}),
]


@pytest.mark.parametrize(("change", "expected"), FACTS)
def test_a_fact_that_changed_after_grading(graded, change, expected):
    """The next command of any kind writes the penalty that fits, and runs nothing for it."""
    course, runner = graded
    before, runs = penalties(course), len(runner.runs)
    change(course)
    assert update(course) == {}
    assert penalties(course) == {**before, **expected}
    assert len(runner.runs) == runs
    rows = all_rows(course)
    update(course)
    assert all_rows(course) == rows


@pytest.mark.parametrize(("change", "expected"), [FACTS[0], FACTS[5], FACTS[6]])
def test_grading_again_keeps_the_grade_and_changes_the_penalty(graded, change, expected):
    """``autograder grade`` without ``--force``."""
    course, runner = graded
    before = penalties(course)
    change(course)
    assert again(runner)(course) == 0
    assert penalties(course) == {**before, **expected}


def test_another_method(graded, configure):
    """The course's plugin changed: what it says now counts."""
    course, _ = graded
    configure("c.LateSubmissionPlugin.penalty_method = 'none'")
    update(course)
    assert set(penalties(course).values()) == {0.0}


PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin
class Daily(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        {}
c.AssignLatePenalties.plugin_class = Daily
"""


def test_a_plugin_of_the_courses_own(graded, configure):
    """It gets the seconds; one that fails is named in a sentence."""
    course, _ = graded
    configure(PLUGIN.format("return total_seconds_late / 3600"))
    update(course)
    assert penalties(course)["bo"] == TOTAL  # never more than there is
    set_due_date(course, "2026-03-02 09:00:00 UTC")
    update(course)
    assert penalties(course)["bo"] == 2.0
    configure(PLUGIN.format("return 1 / 0"))
    with pytest.raises(CourseError, match=r"Daily .* submission of bo: ZeroDivisionError"):
        update(course)


def test_penalties_that_are_switched_off_stay(graded, configure):
    """As with nbgrader: without its step nobody touches them."""
    course, _ = graded
    configure("c.AssignLatePenalties.enabled = False")
    set_due_date(course, LATER)
    update(course)
    assert penalties(course)["bo"] == TOTAL


def test_a_timestamp_without_a_file_was_entered_by_a_person(graded):
    """It counts until there is a file."""
    course, _ = graded
    with nbgrader_gradebook(course) as gradebook:
        gradebook.update_or_create_submission(ASSIGNMENT, "dana", timestamp=LATER)
    update(course)
    assert penalties(course)["dana"] == TOTAL


def test_a_timestamp_that_nobody_understands(graded, configure):
    """Its student loses the grade until a person says what it means; the others do not."""
    course, runner = graded
    change_timestamp(course, "ada", "2026-03-01 05:00:00 CST")
    assert "ada" in update(course)
    assert grade(course, force=False)["ada"].message.endswith("or remove the file.")
    assert penalties(course)["bo"] == TOTAL
    configure("c.Exchange.timezone = 'America/Chicago'")
    assert update(course) == {}
    assert grade(course, force=False)["ada"].state == "graded"
    configure("c.Exchange.timezone = 'UTC'")
    runs = len(runner.runs)
    assert grade(course, force=False)["ada"].state == "not graded"
    assert grade(course, force=False)["bo"].state == "kept"
    assert len(runner.runs) > runs


def test_many_files_do_not_hide_the_timestamp(collected, use):
    """It counts even if there are more files than are graded."""
    use(FakeRunner(POINTS))
    submit(collected, "bo", files=[f"a{number:04}" for number in range(900)])
    grade(collected)
    assert penalties(collected)["bo"] == TOTAL


def timestamps(course):
    """By student: when the work was handed in."""
    with nbgrader_gradebook(course) as gradebook:
        return {
            one.student.id: one.timestamp for one in gradebook.assignment_submissions(ASSIGNMENT)
        }


@pytest.mark.parametrize("door", ["autograder grade", "nbgrader autograde", "any report"])
def test_a_time_in_any_zone(registered, use, configure, door):
    """The course's clock is asked, summer and winter, however the class is graded or read.

    What the clock knows of the world is tested by ``test_timestamps``; the commands themselves get
    the whole table from ``tests/functional/test_zone_table.py``.
    """
    use(FakeRunner(POINTS))
    configure("c.Exchange.timezone = 'Asia/Kolkata'")
    table = [time for time in KOLKATA if time.name in {"CEST", "CET", "+0545", "IST"}]
    written = {f"s{number:02}": time for number, time in enumerate(table)}
    assert len(written) == 6
    for student, time in written.items():
        submit(registered, student, timestamp="" if door == "any report" else time.text)
    if door == "nbgrader autograde":
        grade_with_nbgrader(registered)
    else:
        grade(registered)
    if door == "any report":
        assert set(timestamps(registered).values()) == {None}
        for student, time in written.items():
            folder = registered.submitted_dir / student / ASSIGNMENT
            (folder / "timestamp.txt").write_text(time.text, "utf-8")
        assert update(registered) == {}
    assert timestamps(registered) == {student: time.instant for student, time in written.items()}


def test_a_course_that_the_gradebook_does_not_know(registered):
    """There is nothing to do."""
    settings = Settings.load(registered)
    database = open_gradebook(settings.db_url)
    try:
        assert update_penalties(database, settings.coursedir, "never-built") == {}
    finally:
        database.close()


def test_nbgraders_commands_know_the_whole_config(graded, configure):
    """Their course directory is made before the config is loaded: it lacks plugin and zone."""
    course, _ = graded
    configure("c.Exchange.timezone = 'America/Chicago'")
    change_timestamp(course, "ada", "2026-03-01 10:00:00 CST")
    app = NbGrader()
    app.coursedir = CourseDirectory(parent=app, root=str(course.root))
    app.update_config(load_config(course))
    assert not app.coursedir.config.Exchange
    database = open_gradebook(app.coursedir.db_url)
    try:
        assert update_penalties(database, app.coursedir, ASSIGNMENT) == {}
    finally:
        database.close()
    assert penalties(course)["ada"] == penalties(course)["bo"] == TOTAL
    folder = course.submitted_dir / "ada" / ASSIGNMENT
    assert app.coursedir.get_existing_timestamp(str(folder)) == datetime(2026, 3, 1, 16)


def test_submissions_that_were_removed_keep_their_time(graded):
    """Without their folder there is nothing that could be read."""
    course, _ = graded
    folder = course.submitted_dir / "bo"
    folder.rename(course.root / "elsewhere")
    update(course)
    assert penalties(course)["bo"] == TOTAL
    assert timestamps(course)["bo"] == datetime(2026, 3, 2, 11)
