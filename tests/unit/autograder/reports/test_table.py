"""Grades on a terminal: everything that matters is there, and it fits."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports import table
from tests.support import strategies


def printed(renderable, width=80):
    """What is printed on a terminal of this width."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    return console.file.getvalue()


def graded_cell(name, points, max_points, *checks):
    """The result of a test cell; without checks, with one that gives all the points."""
    verdict = Verdict.RIGHT if points == max_points else Verdict.WRONG
    checks = checks or (CheckResult("all", verdict, "", points, max_points),)
    return CellResult(name, max_points, points, verdict, tuple(checks))


def grade(student, *cells, **fields):
    """A graded submission worth 30 points."""
    fields = {"status": Status.GRADED, "max_score": 30.0, **fields}
    return Grade(student, "regularization", cells=cells, **fields)


ADA = grade(
    "ada",
    graded_cell("l2-check", 12.0, 12.0),
    graded_cell("drop-check", 7.5, 10.0),
    CellResult("q", 8.0),
)
BO = grade(
    "bo",
    graded_cell("l2-check", 0.0, 12.0),
    graded_cell("drop-check", 10.0, 10.0),
    CellResult("q", 8.0, 0.0),
)


def test_a_class():
    """One row per student with points and score; a legend that names the exercises."""
    text = printed(table.class_table([ADA, BO]))
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert rows["ada"] == ["ada", "12", "7.5", "1", "to", "do", "19.5"]
    assert rows["bo"] == ["bo", "0", "10", "-", "10"]
    assert "1 l2 (12)" in text
    assert "2 drop (10)" in text
    assert "score: of 30" in text


def test_what_was_not_graded_has_no_score():
    """A dash instead of a score, and the sentence below the table."""
    text = printed(
        table.class_table([ADA, grade("cy", status=Status.NOT_GRADED, message="No kernel.")])
    )
    assert "cy: not graded. No kernel." in text
    (row,) = [line.split() for line in text.splitlines() if line.startswith("cy ")]
    assert set(row[1:]) == {"-"}


def test_notes_are_below_the_table():
    """What had to be repaired is listed by student."""
    text = printed(
        table.class_table([grade("ada", graded_cell("f", 1.0, 1.0), notes=("Renamed.",))])
    )
    assert "ada: Renamed." in text


def test_remarks_have_a_column():
    """In the demo's sample class, each student's remark says what the submission shows."""
    text = printed(table.class_table([ADA, BO], {"bo": "forgot the half"}))
    (row,) = [line for line in text.splitlines() if line.startswith("bo")]
    assert row.rstrip().endswith("forgot the half")


def test_an_empty_class():
    """A class without students is not an error."""
    assert printed(table.class_table([])) is not None


def test_a_submission():
    """Each check with its verdict and message; each exercise once; the total."""
    checks = (
        CheckResult("printed", Verdict.RIGHT, "", 3.0, 3.0),
        CheckResult("fresh", Verdict.WRONG, "The A3 is too small.", 0.0, 4.0),
        CheckResult("between", Verdict.RIGHT, "", 0.0, 0.0),
        CheckResult("other", Verdict.WRONG, "The A3 is too small.", 0.0, 3.0),
        CheckResult("last", Verdict.TIMED_OUT, "No end within 2 s.", 0.0, 2.0),
    )
    graded = grade(
        "ada",
        graded_cell("l2-check", 3.0, 12.0, *checks),
        CellResult("q", 8.0),
        notes=("Put back.",),
    )
    text = printed(table.submission_table(graded), width=110)
    assert text.count("l2") == 1
    assert "3 /12" in text
    assert text.count("The A3 is too small.") == 1
    assert "as above" in text
    assert "took too long" in text
    assert "graded by hand" in text
    assert "3 of 30 points; 8 are graded by hand" in text
    assert "Note: Put back." in text


def test_a_submission_without_a_grade():
    """All that is shown is one sentence."""
    text = printed(table.submission_table(grade("ada", status=Status.NOT_GRADED, message="Empty.")))
    assert text.strip() == "ada: not graded. Empty."


@settings(max_examples=20)
@given(st.lists(strategies.grades, max_size=2), st.sampled_from([80, 120]))
def test_any_grades_fit_a_terminal(grades, width):
    """Whatever the messages are, nothing raises and no line is too long."""
    for renderable in (table.class_table(grades), *map(table.submission_table, grades)):
        assert all(cell_len(line) <= width for line in printed(renderable, width).split("\n"))


def test_control_codes_do_not_reach_the_terminal():
    """A student's error text cannot move the cursor or write over the line above."""
    failed = grade("a\x1b[2J", status=Status.NOT_GRADED, message="\x1b]0;title\x07 \r\x08")
    for text in (printed(table.class_table([failed])), printed(table.submission_table(failed))):
        assert not set(text) & set("\x1b\x07\r\x08")
        assert "title" in text


def test_brackets_in_a_message_are_text():
    """A student's `[0]` or `[/]` is not taken for markup of the terminal."""
    check = CheckResult("at [/b]", Verdict.WRONG, "wrong at [bold] index [0, 1] [/]", 0.0, 1.0)
    text = printed(
        table.submission_table(grade("ada", graded_cell("f", 0.0, 1.0, check))), width=120
    )
    assert "wrong at [bold] index [0, 1] [/]" in text
    assert "at [/b]" in text
