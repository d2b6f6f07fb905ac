"""What an assignment says twice: each disagreement is a sentence."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.agreement import disagreements
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import write_notebook
from tests.support.mistake_bank import role
from tests.support.solutions import ROOT

HEAD = """Before.

| Part | Exercise | Points |
|---|---|---|
| 1 | First, second | 4 + 13 |
| 2 | Third | 8 |
| 2 | Two questions | 16 |

After.
"""
NAMES = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.toml"))


def checked(name, points):
    """A test cell."""
    source = f"exercise = checks.Exercise('f', points={points})"
    metadata = role(name, grade=True, solution=False, points=points)
    return new_code_cell(source, metadata=metadata)


def question(name, points):
    """A cell for an answer in words."""
    return new_markdown_cell("…", metadata=role(name, grade=True, solution=True, points=points))


def found(folder, head=HEAD, first=None, asked="Why? (9 points)"):
    """The findings on a small notebook."""
    cells = [
        new_markdown_cell(head),
        new_markdown_cell("## 1. One"),
        checked("a", 4) if first is None else first,
        checked("b", 13),
        new_markdown_cell("## 2. Two"),
        checked("c", 8),
        new_markdown_cell(asked),
        question("d", 9),
        question("e", 7),
    ]
    assignment = Assignment(Course(folder), "x")
    write_notebook(new_notebook(cells=cells), assignment.source)
    return list(disagreements(assignment))


def test_all_agree(tmp_path):
    """A number of the table may be the points of several cells, one after another."""
    assert found(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_our_assignments_agree(name):
    """With what is committed."""
    assert list(disagreements(Course(ROOT).assignment(name))) == []


def test_a_notebook_without_a_table(tmp_path):
    """It need not have one, nor parts."""
    assert found(tmp_path, head="## A heading") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "4 + 13",
            "5 + 13",
            "row '1 | First, second | 5 + 13': the graded cells of part 1 have 4 + 13.",
        ),
        ("4 + 13", "17", None),
        ("| 8 |", "| 9 |", "row '2 | Third | 9': the graded cells of part 2 have 8 + 9 + 7."),
        (
            "| 16 |",
            "| 15 |",
            "row '2 | Two questions | 15': the graded cells of part 2 have 8 + 9 + 7.",
        ),
        ("| 16 |", "| many |", "row '2 | Two questions | many': its points are not numbers."),
        ("| 2 | Third", "| 3 | Third", "row '3 | Third | 8': there is no part 3."),
    ],
)
def test_a_wrong_row(tmp_path, old, new, problem):
    """It is named, with what the cells have."""
    first, *_ = [*found(tmp_path, head=HEAD.replace(old, new)), None]
    assert first == (problem and f"x.md, table of points, {problem}")


def test_a_cell_that_no_row_counts(tmp_path):
    """The table has to be complete."""
    head = HEAD.replace("| 2 | Two questions | 16 |\n", "")
    assert found(tmp_path, head=head) == ["x.md, table of points: no row counts d, e."]


@pytest.mark.parametrize("source", ["Exercise('f', 5)", "checks.Exercise('f', points=5, uses=())"])
def test_an_exercise_with_other_points_than_its_cell(tmp_path, source):
    """A student would read one number in the notebook, and another in the feedback."""
    cell = checked("a", 4)
    cell.source = source
    assert found(tmp_path, first=cell) == [
        "a has Exercise(points=5), and the cell 4: make them agree."
    ]


@pytest.mark.parametrize("source", ["exercise = (", "Exercise('f', points=number())"])
def test_points_that_cannot_be_read(tmp_path, source):
    """A syntax error is another finding; what is computed, only running it can tell."""
    cell = checked("a", 4)
    cell.source = source
    assert found(tmp_path, first=cell) == []


def test_a_question_with_other_points_than_its_cell(tmp_path):
    """The text above it says them in brackets."""
    assert found(tmp_path, asked="Why? (8 points)") == [
        "The text above d says 8 points, and the cell has 9: make them agree."
    ]


@pytest.mark.parametrize(
    ("said", "finding"),
    [
        ("Hidden checks carry 3 of the 25\ncode points.", None),
        ("The hidden checks carry 4 of the 25 code points.", "they carry 3 of 25."),
        ("Hidden checks carry 3 of the 41 code points.", "they carry 3 of 25."),
    ],
)
def test_the_head_says_how_many_points_are_hidden(tmp_path, said, finding):
    """Of the points that checks give; a question has none, and a bonus is not counted."""
    cell = checked("a", 4)
    cell.source += "\n@exercise.check('seen', 1)\ndef _(check): ...\n"
    cell.source += "@exercise.check('more', points=3, hidden=True)\ndef _(check): ...\n"
    findings = found(tmp_path, head=HEAD + said, first=cell)
    assert [one.split(", and ")[-1] for one in findings] == ([finding] if finding else [])


@pytest.mark.parametrize(("points", "agree"), [("4 extra + 13", True), ("5 extra + 13", False)])
def test_a_bonus_in_the_table(tmp_path, points, agree):
    """Its row says what it is worth; nbgrader's own points of the cell are 0."""
    cell = checked("a", 4)
    cell.metadata.nbgrader.points = 0
    cell.metadata.bonus = 4
    head = HEAD.replace("4 + 13", points)
    assert (found(tmp_path, head=head, first=cell) == []) == agree


def test_places_that_a_check_names(tmp_path):
    """A part by its number, a phrase of the text: both have to be there."""
    cell = checked("a", 4)
    cell.source += "\nok = 'As in part 2: see \"Two questions\".'"
    assert found(tmp_path, first=cell) == []
    cell.source += "\nmissing = 'Fix Exercise 7 first. Read \"Mind the shapes\".'"
    assert found(tmp_path, first=cell) == [
        "a says 'Exercise 7', which the notebook does not have.",
        "a says 'Mind the shapes', which the notebook does not have.",
    ]
