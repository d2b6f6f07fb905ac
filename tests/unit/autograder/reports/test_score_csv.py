"""Scores for other systems: the columns that they import, and no score that nobody gave."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradebook.student_scores import StudentScore
from autograder.reports.score_csv import LAYOUTS, Column, list_layouts, render_scores
from tests.support import hostile_grades as hostile

SCORES = [
    StudentScore("ada", "Ada", "Byron", "ada@example.org", "17", 87.5),
    StudentScore("bo", score=50.0, penalty=5.0, needs_manual_grade=True),
    StudentScore("cy", "Cy", "O, Neil"),
]


def rows(layout, scores=SCORES):
    """The table as a CSV reader reads it."""
    text = render_scores(layout, [Column("Regularization", 100.0, scores)])
    return list(csv.reader(io.StringIO(text, newline="")))


def test_canvas():
    """The columns that Canvas' importer looks for, the row of maximum scores, last name first."""
    head, possible, ada, bo, cy = rows("canvas")
    # gradebook_importer.rb: these words in these places, Section last before the assignments
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Regularization"]
    assert possible == ["    Points Possible", "", "", "", "", "100"]
    assert ada == ["Byron, Ada", "17", "", "ada", "", "87.5"]
    assert bo == ["bo", "", "", "bo", "", "45"]
    assert cy == ["O, Neil, Cy", "", "", "cy", "", ""]


def test_moodle():
    """A user's key and one grade item; no feedback column, which would overwrite feedback."""
    head, ada, bo, _ = rows("moodle")
    assert head == ["username", "email", "firstname", "lastname", "Regularization"]
    assert ada == ["ada", "ada@example.org", "Ada", "Byron", "87.5"]
    assert bo[-1] == "45"


def test_csv():
    """What the gradebook knows, and whether answers are yet to be graded by hand."""
    head, ada, bo, cy = (dict(zip(rows("csv")[0], row, strict=True)) for row in rows("csv"))
    assert head["student"] == "student"
    assert (ada["score"], ada["max_score"], ada["needs_manual_grade"]) == ("87.5", "100", "no")
    assert (bo["score"], bo["late_penalty"], bo["needs_manual_grade"]) == ("45", "5", "yes")
    assert cy["score"] == ""


@pytest.mark.parametrize("layout", ["canvas", "moodle"])
def test_several_assignments_side_by_side(layout):
    """One row per student, with an empty cell where the student has no score."""
    other = [StudentScore("dee", score=3.0), StudentScore("ada", "Ada", "Byron", "a@b", "17", 4.0)]
    columns = [Column("First", 100.0, SCORES), Column("Second", 5.0, other)]
    table = list(csv.reader(io.StringIO(render_scores(layout, columns), newline="")))
    assert table[0][-2:] == ["First", "Second"]
    scores = [row[-2:] for row in table[-4:]]
    assert scores == [["87.5", "4"], ["45", ""], ["", ""], ["", "3"]]
    if layout == "canvas":
        assert table[1][-2:] == ["100", "5"]


def test_several_assignments_one_below_the_other():
    """In the plain table, which names the assignment in each row, under one heading."""
    columns = [Column("First", 100.0, SCORES[:1]), Column("Second", 5.0, SCORES[:2])]
    table = list(csv.reader(io.StringIO(render_scores("csv", columns), newline="")))
    assert [row[4] for row in table] == ["assignment", "First", "Second", "Second"]


@given(st.sampled_from(sorted(LAYOUTS)), st.lists(hostile.texts, max_size=3, unique=True))
def test_no_name_breaks_a_table(layout, names):
    """Every row has the same number of columns, whatever a student is called."""
    table = rows(layout, [StudentScore(name, name, name, name, name, 1.0) for name in names])
    assert len({len(row) for row in table}) == 1
    assert len(table) == len(names) + (2 if layout == "canvas" else 1)


def test_the_help_names_each_layout():
    """What `--help` says is made from the list."""
    assert all(f"{name} for " in list_layouts() for name in LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_empty_class(layout):
    """A class without students is a table without rows."""
    assert len(rows(layout, [])) == (2 if layout == "canvas" else 1)
