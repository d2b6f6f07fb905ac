"""Scores for other systems: the columns that they import, and no score that nobody gave."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import CourseError
from autograder.reports.score_csv import Scored, dumps, read_scores
from tests.support import hostile_grades as hostile

CLASS = [
    Scored("ada", "Ada", "Byron", "ada@example.org", "17", 87.5),
    Scored("bo", score=50.0, penalty=5.0, waits=True),
    Scored("cy", "Cy", "O, Neil"),
]


def rows(form, scored=CLASS, name="Regularization"):
    """The table as a CSV reader has it."""
    return list(csv.reader(io.StringIO(dumps(form, name, 100.0, scored), newline="")))


def test_canvas():
    """The head that Canvas' importer looks for, the row of maxima, last name first."""
    head, possible, ada, bo, cy = rows("canvas")
    # gradebook_importer.rb: these words in these places, Section last before the assignments
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Regularization"]
    assert possible == ["    Points Possible", "", "", "", "", "100"]
    assert ada == ["Byron, Ada", "17", "", "ada", "", "87.5"]
    assert bo == ["bo", "", "", "bo", "", "45"]
    assert cy == ["O, Neil, Cy", "", "", "cy", "", ""]


def test_moodle():
    """A head, a user's key, one grade item; no feedback, which would overwrite."""
    head, ada, bo, _ = rows("moodle")
    assert head == ["username", "email", "firstname", "lastname", "Regularization"]
    assert ada == ["ada", "ada@example.org", "Ada", "Byron", "87.5"]
    assert bo[-1] == "45"


def test_plain():
    """What the gradebook knows, and who waits for a person."""
    head, ada, bo, cy = (dict(zip(rows("csv")[0], row, strict=True)) for row in rows("csv"))
    assert head["student"] == "student"
    assert (ada["score"], ada["max_score"], ada["needs_manual_grade"]) == ("87.5", "100", "no")
    assert (bo["score"], bo["late_penalty"], bo["needs_manual_grade"]) == ("45", "5", "yes")
    assert cy["score"] == ""


def test_a_penalty_takes_no_more_than_there_is():
    """The least is 0."""
    assert Scored("ada", score=3.0, penalty=5.0).total == 0.0


@given(st.sampled_from(["canvas", "moodle", "csv"]), st.lists(hostile.texts, max_size=3))
def test_no_name_breaks_a_table(form, names):
    """As many columns in each row, whatever somebody is called."""
    table = rows(form, [Scored(name, name, name, name, name, 1.0) for name in names])
    assert len({len(row) for row in table}) == 1
    assert len(table) == len(names) + (2 if form == "canvas" else 1)


def test_without_a_gradebook(tmp_path):
    """A sentence, and none is made."""
    with pytest.raises(CourseError, match="no gradebook yet"):
        read_scores(f"sqlite:///{tmp_path}/gradebook.db", "x")
    assert list(tmp_path.iterdir()) == []


def test_an_assignment_that_the_gradebook_does_not_know(built):
    """A sentence that says what to do."""
    with pytest.raises(CourseError, match="autograder grade zzz"):
        read_scores(f"sqlite:///{built.course.root}/gradebook.db", "zzz")
