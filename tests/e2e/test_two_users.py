"""An assignment goes from the instructor to a student and back, each in their own JupyterLab.

Each step is a fixture that also takes screenshots; the tests check the results of the steps.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.examples import Example, load_examples
from autograder.course.layout import Course
from autograder.diagnosis.mistakes import load_bank
from tests.support.exchange import (
    COURSE,
    INSTRUCTOR,
    STUDENT,
    TWO_ACCOUNTS,
    UIDS,
    TwoHomes,
    two_homes,
)
from tests.support.people import Instructor, Student, written
from tests.support.response_times import ResponseTimer
from tests.support.solutions import ROOT

pytestmark = pytest.mark.browser

NAME = "gradient_checking"
FUNCTION, CELL, MISTAKE = "backward_propagation", "gc-backward", "gc-derivative-by-x"
RIGHT, WRONG = "forward_propagation", "dtheta = theta"
ANSWER = "A tiny epsilon drowns in rounding, a large one measures a chord."
POINTS, COMMENT = 7, "Well seen. Which of the two errors grows faster?"


@pytest.fixture(scope="module")
def example() -> Example:
    """What the student submits: right except for one mistake; it states the score that it gets."""
    (example,) = [
        example
        for example in load_examples(Course(ROOT).assignment(NAME))
        if example.names.get(f"{CELL}-check") == MISTAKE
    ]
    return example


@pytest.fixture(scope="module")
def message() -> str:
    """The message of the mistake bank."""
    bank = load_bank(Course(ROOT).assignment(NAME))
    return plain(bank.mistakes[MISTAKE].message["en"])


def plain(text: str) -> str:
    """Text without code marks, and with single spaces."""
    return " ".join(text.replace("`", "").split())


@pytest.fixture(scope="module")
def homes() -> Iterator[TwoHomes]:
    """The course, the exchange and two homes."""
    with two_homes(NAME) as homes:
        yield homes


@pytest.fixture(scope="module")
def instructor(homes, browser, screenshots) -> Iterator[Instructor]:
    """The instructor, who uses formgrader."""
    with homes.lab(INSTRUCTOR) as lab:
        person = Instructor(lab, browser, screenshots)
        yield person
        person.close()


@pytest.fixture(scope="module")
def student(homes, browser, screenshots) -> Iterator[Student]:
    """The student, who uses JupyterLab."""
    with homes.lab(STUDENT) as lab:
        person = Student(lab, browser, screenshots)
        yield person
        person.close()


@pytest.fixture(scope="module")
def released(instructor) -> tuple[str, str]:
    """The instructor generates and releases the assignment: the titles of both dialogs."""
    instructor.open_course(COURSE)
    row = instructor.row(NAME)
    generated, _ = instructor.press(row.locator(".assign a"), "02-generated")
    released, _ = instructor.press(row.locator(".release a"), "03-released")
    row.locator(".status", has_text="released").wait_for()
    return generated, released


@dataclass(frozen=True)
class Submitted:
    """What the student saw until the submission.

    Attributes:
        right: The report on the right function.
        wrong: The report on the wrong function.
        validated: The text of the Validate dialog.
        listed: The entry in the list of submissions.
    """

    right: str
    wrong: str
    validated: str
    listed: str


@pytest.fixture(scope="module")
def submitted(released, student, example) -> Submitted:
    """The student fetches the assignment, fills it in, runs, validates and submits it."""
    student.open_list()
    student.fetch(NAME)
    student.open_notebook(NAME)
    student.picture("05-opened")
    filled = example.notebook(Course(ROOT).assignment(NAME))
    student.fill(filled, {CELL: ("dtheta = None", WRONG)})
    student.write(0, ANSWER)
    student.lab.run_all(student.page)
    return Submitted(
        right=student.report(RIGHT),
        wrong=student.report(FUNCTION),
        validated=student.validate(),
        listed=student.submit(NAME),
    )


@dataclass(frozen=True)
class Graded:
    """What the instructor saw after collecting and autograding."""

    titles: tuple[str, str]
    score: str
    status: str
    timer: ResponseTimer


@pytest.fixture(scope="module")
def graded(submitted, homes, instructor) -> Graded:
    """The instructor collects and presses Autograde, while the server is asked for its status."""
    collected, _ = instructor.press(instructor.row(NAME).locator(".collect a"), "09-collected")
    instructor.row(NAME).locator(".num-submissions a", has_text="1").click()
    row = instructor.row(homes.student)
    with ResponseTimer(instructor.lab.url, instructor.lab.token) as timer:
        autograded, _ = instructor.press(row.locator(".autograde a"), "10-autograded")
    row.locator(".status", has_text="needs manual grading").wait_for()
    instructor.picture("11-scores")
    score, status = row.locator(".score").inner_text(), row.locator(".status").inner_text()
    return Graded((collected, autograded), score, status, timer)


@pytest.fixture(scope="module")
def manually_graded(graded, instructor) -> str:
    """The instructor grades the first written answer; the name of its cell."""
    cells = written(Course(ROOT).assignment(NAME).notebook)
    instructor.open_submission(NAME)
    instructor.grade(cells[0], POINTS, COMMENT)
    instructor.formgrader.locator(f"#{cells[0]}").scroll_into_view_if_needed()
    instructor.picture("12-manually-graded")
    return cells[0]


@pytest.fixture(scope="module")
def feedback(manually_graded, instructor, student) -> str:
    """Feedback is generated, released, fetched and opened: the text that the student reads."""
    instructor.leave_submission()
    row = instructor.row(NAME)
    instructor.press(row.locator(".generate-feedback a"), "13-feedback-generated")
    instructor.press(row.locator(".release-feedback a"), "14-feedback-released")
    student.fetch_feedback(NAME)
    return student.read_feedback(NAME, FUNCTION)


def test_both_have_their_own_accounts(homes, submitted):
    """The release belongs to the instructor, and the submission to the student."""
    course = homes.exchange / COURSE
    (submission,) = (course / "inbound").iterdir()
    assert submission.name.startswith(f"{homes.student}+{NAME}+")
    owners = [(course / "outbound" / NAME).stat().st_uid, submission.stat().st_uid]
    if not TWO_ACCOUNTS:
        assert owners == [os.getuid()] * 2
        pytest.skip(f"both are {homes.student}: only root can use two accounts")
    assert owners == [UIDS[INSTRUCTOR], UIDS[STUDENT]]


def test_the_instructor_generates_and_releases(released):
    """Both buttons succeed."""
    assert released == ("Success", "Success")


def test_the_check_names_the_mistake(submitted, message):
    """Its report is below the wrong function; the right function's says that it is right."""
    assert "right" in submitted.right
    assert message in plain(submitted.wrong)


def test_validate_names_the_failed_check(submitted):
    """In the dialog of nbgrader's button."""
    assert FUNCTION in submitted.validated


def test_the_server_responds_while_the_button_grades(graded):
    """It responds within a second; plain nbgrader's server does not respond at all."""
    assert graded.titles == ("Success", "Success")
    assert len(graded.timer.seconds) > 2
    assert graded.timer.slowest < 1.0


def test_the_button_gives_the_points_that_the_example_states(graded, example):
    """Those of the checks; written answers are still to be graded by hand."""
    assert graded.score == f"{example.score:g} / 100"


def test_manual_points_and_the_comment_are_in_the_gradebook(manually_graded, homes):
    """They are there for nbgrader to read."""
    with Gradebook(f"sqlite:///{homes.course / 'gradebook.db'}", COURSE) as gradebook:
        grade = gradebook.find_grade(manually_graded, NAME, NAME, homes.student)
        comment = gradebook.find_comment(manually_graded, NAME, NAME, homes.student)
        assert (grade.manual_score, comment.manual_comment) == (POINTS, COMMENT)


def test_the_student_reads_the_message_the_score_and_the_comment(feedback, example, message):
    """On the feedback page in JupyterLab, which shows no hidden test."""
    text = plain(feedback)
    assert message in text
    assert COMMENT in text
    assert f"{example.score + POINTS:.1f}" in text
    assert "HIDDEN" not in text
