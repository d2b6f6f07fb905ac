"""Grades on a terminal: everything that counts is there, and it fits."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports import table
from tests.support import strategies


def shown(renderable, width=80):
    """What a terminal of that width shows."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    return console.file.getvalue()


def checked(name, points, most, *checks):
    """A test cell."""
    verdict = Verdict.RIGHT if points == most else Verdict.WRONG
    made = checks or (CheckResult("all", verdict, "", points, most),)
    return CellResult(name, most, points, verdict, tuple(made))


def grade(student, *cells, **fields):
    """A graded submission worth 30 points."""
    full = {"status": Status.GRADED, "max_score": 30.0, **fields}
    return Grade(student, "regularization", cells=cells, **full)


ADA = grade(
    "ada", checked("l2-check", 12.0, 12.0), checked("drop-check", 7.5, 10.0), CellResult("q", 8.0)
)
BO = grade(
    "bo",
    checked("l2-check", 0.0, 12.0),
    checked("drop-check", 10.0, 10.0),
    CellResult("q", 8.0, 0.0),
)


def test_a_class():
    """A row a student with points and score; a legend that names the exercises."""
    text = shown(table.class_table([ADA, BO]))
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert rows["ada"] == ["ada", "12", "7.5", "1", "to", "do", "19.5"]
    assert rows["bo"] == ["bo", "0", "10", "-", "10"]
    assert "1 l2 (12)" in text
    assert "2 drop (10)" in text
    assert "score: of 30" in text


def test_what_was_not_graded_has_no_score():
    """A dash, not a zero, and the sentence below."""
    text = shown(
        table.class_table([ADA, grade("cy", status=Status.NOT_GRADED, message="No kernel.")])
    )
    assert "cy: not graded. No kernel." in text
    (row,) = [line.split() for line in text.splitlines() if line.startswith("cy ")]
    assert set(row[1:]) == {"-"}


def test_notes_are_below_the_table():
    """What had to be put right is told by student."""
    text = shown(table.class_table([grade("ada", checked("f", 1.0, 1.0), notes=("Renamed.",))]))
    assert "ada: Renamed." in text


def test_remarks_have_a_column():
    """A sample class says of each student what it shows."""
    text = shown(table.class_table([ADA, BO], {"bo": "forgot the half"}))
    (row,) = [line for line in text.splitlines() if line.startswith("bo")]
    assert row.rstrip().endswith("forgot the half")


def test_an_empty_class():
    """Nobody is no error."""
    assert shown(table.class_table([])) is not None


def test_a_submission():
    """Each check with its verdict and message; an exercise is named once; the total."""
    checks = (
        CheckResult("printed", Verdict.RIGHT, "", 3.0, 3.0),
        CheckResult("fresh", Verdict.WRONG, "The A3 is too small.", 0.0, 4.0),
        CheckResult("between", Verdict.RIGHT, "", 0.0, 0.0),
        CheckResult("other", Verdict.WRONG, "The A3 is too small.", 0.0, 3.0),
        CheckResult("last", Verdict.TIMED_OUT, "No end within 2 s.", 0.0, 2.0),
    )
    one = grade(
        "ada", checked("l2-check", 3.0, 12.0, *checks), CellResult("q", 8.0), notes=("Put back.",)
    )
    text = shown(table.submission_table(one), width=110)
    assert text.count("l2") == 1
    assert "3 /12" in text
    assert text.count("The A3 is too small.") == 1
    assert "as above" in text
    assert "timed_out" in text
    assert "graded by hand" in text
    assert "3 of 30 points; 8 are graded by hand" in text
    assert "Note: Put back." in text


def test_a_submission_without_a_grade():
    """One sentence is all there is to show."""
    text = shown(table.submission_table(grade("ada", status=Status.NOT_GRADED, message="Empty.")))
    assert text.strip() == "ada: not graded. Empty."


@settings(max_examples=20)
@given(st.lists(strategies.grades, max_size=2), st.sampled_from([80, 120]))
def test_any_grades_fit_a_terminal(grades, width):
    """Whatever messages hold, nothing raises and no line is too long."""
    for one in (table.class_table(grades), *map(table.submission_table, grades)):
        assert all(cell_len(line) <= width for line in shown(one, width).split("\n"))


def test_control_codes_do_not_reach_the_terminal():
    """A student's error text cannot move the cursor or write over the line above."""
    one = grade("a\x1b[2J", status=Status.NOT_GRADED, message="\x1b]0;title\x07 \r\x08")
    for text in (shown(table.class_table([one])), shown(table.submission_table(one))):
        assert not set(text) & set("\x1b\x07\r\x08")
        assert "title" in text


def test_brackets_in_a_message_are_letters():
    """A student's `[0]` or `[/]` is not taken for the terminal's markup."""
    check = CheckResult("at [/b]", Verdict.WRONG, "wrong at [bold] index [0, 1] [/]", 0.0, 1.0)
    text = shown(table.submission_table(grade("ada", checked("f", 0.0, 1.0, check))), width=120)
    assert "wrong at [bold] index [0, 1] [/]" in text
    assert "at [/b]" in text
