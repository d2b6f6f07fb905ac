"""Answers as people write them: what right ones keep, and what wrong ones are told.

``tests/people/<assignment>/<exercise>.toml`` holds answers to one exercise, written from its text
alone by an author who had not seen the bank of mistakes. A right answer has only its ``code``; a
wrong one also has

- ``wrong``: what is wrong, in words, by which a reader has judged what it is told;
- ``mistake``: the known mistake that has to be named, or
- ``says``: if none is, what the first failed check says.

A mistake that is made by rule may be named where the file has ``says``; one of the bank may not,
before somebody has read whether its sentence is true of the answer.
"""

import copy
import tomllib
from pathlib import Path

import pytest

from autograder.course.layout import Course
from autograder.course.notebook import grade_id, is_solution, is_test
from autograder.course.settings import Settings
from autograder.diagnosis.mistakes import load_bank
from autograder.grading.grade import grade_restored
from autograder.models import Verdict
from autograder.runners.selection import shared_runner
from tests.support.solutions import ROOT

ANSWERS = Path(__file__).parents[1] / "people"


def load_answers(kind):
    """All answers of a kind, as ``(assignment, exercise, answer)`` under a name for each."""
    return {
        f"{path.parent.name}/{path.stem}/{name}": (path.parent.name, path.stem, answer)
        for path in sorted(ANSWERS.glob("*/*.toml"))
        for name, answer in tomllib.loads(path.read_text("utf-8")).get(kind, {}).items()
    }


RIGHT, WRONG = load_answers("right"), load_answers("wrong")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def settings():
    """How the course grades."""
    return Settings.load(Course(ROOT))


def grade_answer(settings, answer, *, later_checks):
    """The graded cells of the solved notebook with this answer in it.

    The test cells above stay in any case: a check may ask for a function as it was when it was
    itself checked.
    """
    name, exercise, data = answer
    assignment = Course(ROOT).assignment(name)
    notebook = copy.deepcopy(assignment.notebook)
    end = [grade_id(cell) for cell in notebook.cells].index(f"{exercise}-check") + 1
    notebook.cells[end:] = [
        cell for cell in notebook.cells[end:] if later_checks or not is_test(cell)
    ]
    cell = next(cell for cell in notebook.cells if grade_id(cell) == exercise)
    assert is_solution(cell)
    cell.source = data["code"]
    graded = grade_restored(
        notebook,
        assignment,
        shared_runner(settings.choice),
        settings.options,
        student="kim",
        files=None,
    )
    return {cell.grade_id: cell for cell in graded.grade.cells if cell.checks}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_keeps_all_points(settings, name):
    """However it is written, and whatever the exercises after it make of it."""
    for cell in grade_answer(settings, RIGHT[name], later_checks=True).values():
        assert cell.points == cell.worth, cell


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_told_what_is_wrong(settings, name):
    """It loses points, and the sentences that a reader has found true of it are said."""
    assignment, exercise, data = WRONG[name]
    cells = grade_answer(settings, WRONG[name], later_checks=False)
    cell = cells[f"{exercise}-check"]
    assert cell.points < cell.worth
    failed = [check for check in cell.checks if check.verdict != Verdict.RIGHT]
    named = {check.mistake for check in failed} - {None}
    if "mistake" in data:
        assert named == {data["mistake"]}
    elif not named:
        assert failed[0].message == data["says"]
    else:
        bank = load_bank(Course(ROOT).assignment(assignment)).mistakes
        assert not named & set(bank)


def test_most_are_named():
    """The second promise of this project, measured on people; slips are not even counted."""
    named = [name for name, (_, _, data) in WRONG.items() if "mistake" in data]
    assert len(WRONG) >= 280
    assert len(RIGHT) >= 60
    assert len(named) / len(WRONG) >= 0.65
