"""An assignment's way from the instructor to a student and back, each in a JupyterLab of theirs.

What happens is in the fixtures, one a station on the way; what must have come of it is in the
tests. Each station leaves pictures, to be looked at.
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
    """What the student hands in: right but for one mistake; its author wrote what it gets."""
    (one,) = [
        one
        for one in load_examples(Course(ROOT).assignment(NAME))
        if one.names.get(f"{CELL}-check") == MISTAKE
    ]
    return one


@pytest.fixture(scope="module")
def message() -> str:
    """What the bank says of the mistake."""
    bank = load_bank(Course(ROOT).assignment(NAME))
    return plain(bank.mistakes[MISTAKE].message["en"])


def plain(text: str) -> str:
    """A message without its marks for code, and with single spaces."""
    return " ".join(text.replace("`", "").split())


@pytest.fixture(scope="module")
def room() -> Iterator[TwoHomes]:
    """The course, the exchange and two homes."""
    with two_homes(NAME) as made:
        yield made


@pytest.fixture(scope="module")
def instructor(room, browser, screenshots) -> Iterator[Instructor]:
    """The instructor before formgrader."""
    with room.lab(INSTRUCTOR) as lab:
        person = Instructor(lab, browser, screenshots)
        yield person
        person.close()


@pytest.fixture(scope="module")
def student(room, browser, screenshots) -> Iterator[Student]:
    """The student before JupyterLab."""
    with room.lab(STUDENT) as lab:
        person = Student(lab, browser, screenshots)
        yield person
        person.close()


@pytest.fixture(scope="module")
def released(instructor) -> tuple[str, str]:
    """The instructor generates the release and gives it out: the titles of both windows."""
    instructor.open_course(COURSE)
    row = instructor.row(NAME)
    generated, _ = instructor.press(row.locator(".assign a"), "02-generated")
    given, _ = instructor.press(row.locator(".release a"), "03-released")
    row.locator(".status", has_text="released").wait_for()
    return generated, given


@dataclass(frozen=True)
class HandedIn:
    """What the student saw up to handing in."""

    right: str
    wrong: str
    validated: str
    listed: str


@pytest.fixture(scope="module")
def handed_in(released, student, example) -> HandedIn:
    """The student fetches, fills, runs, validates and submits."""
    student.open_list()
    student.fetch(NAME)
    student.open_notebook(NAME)
    student.picture("05-opened")
    filled = example.notebook(Course(ROOT).assignment(NAME))
    student.fill(filled, {CELL: ("dtheta = None", WRONG)})
    student.write(0, ANSWER)
    student.lab.run_all(student.page)
    return HandedIn(
        right=student.report(RIGHT),
        wrong=student.report(FUNCTION),
        validated=student.validate(),
        listed=student.submit(NAME),
    )


@dataclass(frozen=True)
class Graded:
    """What came of collecting and autograding."""

    titles: tuple[str, str]
    score: str
    status: str
    pulse: ResponseTimer


@pytest.fixture(scope="module")
def graded(handed_in, room, instructor) -> Graded:
    """The instructor collects and presses Autograde, while somebody else uses the server."""
    collected, _ = instructor.press(instructor.row(NAME).locator(".collect a"), "09-collected")
    instructor.row(NAME).locator(".num-submissions a", has_text="1").click()
    row = instructor.row(room.student)
    with ResponseTimer(instructor.lab.url, instructor.lab.token) as pulse:
        autograded, _ = instructor.press(row.locator(".autograde a"), "10-autograded")
    row.locator(".status", has_text="needs manual grading").wait_for()
    instructor.picture("11-scores")
    score, status = row.locator(".score").inner_text(), row.locator(".status").inner_text()
    return Graded((collected, autograded), score, status, pulse)


@pytest.fixture(scope="module")
def by_hand(graded, instructor) -> str:
    """The instructor grades the first answer in words; the name of its cell."""
    cells = written(Course(ROOT).assignment(NAME).notebook)
    instructor.open_submission(NAME)
    instructor.grade(cells[0], POINTS, COMMENT)
    instructor.formgrader.locator(f"#{cells[0]}").scroll_into_view_if_needed()
    instructor.picture("12-by-hand")
    return cells[0]


@pytest.fixture(scope="module")
def feedback(by_hand, instructor, student) -> str:
    """Feedback is made, given out, fetched and opened: what the student reads."""
    instructor.leave_submission()
    row = instructor.row(NAME)
    instructor.press(row.locator(".generate-feedback a"), "13-feedback-generated")
    instructor.press(row.locator(".release-feedback a"), "14-feedback-released")
    student.fetch_feedback(NAME)
    return student.read_feedback(NAME, FUNCTION)


def test_each_works_under_an_account_of_their_own(room, handed_in):
    """The release is the instructor's, the submission the student's, as nbgrader sees it."""
    course = room.exchange / COURSE
    (handed,) = (course / "inbound").iterdir()
    assert handed.name.startswith(f"{room.student}+{NAME}+")
    owners = [(course / "outbound" / NAME).stat().st_uid, handed.stat().st_uid]
    if not TWO_ACCOUNTS:
        assert owners == [os.getuid()] * 2
        pytest.skip(f"both are {room.student}: only root can be two accounts")
    assert owners == [UIDS[INSTRUCTOR], UIDS[STUDENT]]


def test_the_instructor_generates_and_releases(released):
    """Both buttons end well."""
    assert released == ("Success", "Success")


def test_the_check_names_the_mistake(handed_in, message):
    """Under the wrong stub; the right one is told to be right."""
    assert "right" in handed_in.right
    assert message in plain(handed_in.wrong)


def test_validate_shows_which_check_is_not_passed(handed_in):
    """By nbgrader's own button."""
    assert FUNCTION in handed_in.validated


def test_the_server_answers_while_the_button_grades(graded):
    """Each answer within a second; plain nbgrader's server answers nobody meanwhile."""
    assert graded.titles == ("Success", "Success")
    assert len(graded.pulse.seconds) > 2
    assert graded.pulse.slowest < 1.0


def test_the_button_gives_the_points_that_the_example_must_get(graded, example):
    """Of the checks; the answers in words wait for a person."""
    assert graded.score == f"{example.score:g} / 100"


def test_points_and_comment_by_hand_are_in_the_gradebook(by_hand, room):
    """As nbgrader reads them."""
    with Gradebook(f"sqlite:///{room.course / 'gradebook.db'}", COURSE) as book:
        grade = book.find_grade(by_hand, NAME, NAME, room.student)
        comment = book.find_comment(by_hand, NAME, NAME, room.student)
        assert (grade.manual_score, comment.manual_comment) == (POINTS, COMMENT)


def test_the_student_reads_the_mistake_the_score_and_the_comment(feedback, example, message):
    """On the feedback page, in JupyterLab; no hidden test is on it."""
    text = plain(feedback)
    assert message in text
    assert COMMENT in text
    assert f"{example.score + POINTS:.1f}" in text
    assert "HIDDEN" not in text
