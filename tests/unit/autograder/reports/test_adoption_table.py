"""What was found in a course, as a table and in sentences."""

import pytest
from rich.console import Console

from autograder.authoring.adoption import CellFinding, NotebookFinding
from autograder.reports.adoption_table import adoption_table, summary

GOOD = CellFinding("good", 2, works=True)
CROSSING = CellFinding("crossing", 1, works=False, reason="no [b]file[/b]", works_in_kernel=True)
BROKEN = CellFinding("broken", 1, works=False, reason="no data.csv", works_in_kernel=False)


def text_of(findings):
    """The table as it is printed."""
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(adoption_table(findings))
    return captured.get()


def test_a_small_course_is_listed_cell_by_cell():
    """Reasons are text, not markup."""
    text = text_of([NotebookFinding("ps1", "problem1", (GOOD, CROSSING, BROKEN), by_hand=1)])
    assert "ps1/problem1" in text
    assert [line.split()[1] for line in text.split("\n")[2:5]] == ["good", "crossing", "broken"]
    assert "ps1/problem1: crossing" in text
    assert "no [b]file[/b]" in text
    assert "In a plain kernel, too: no data.csv" in text


def test_a_large_course_is_grouped():
    """By notebook, and the reasons by how often they occur."""
    rare = CellFinding("rare", 1, works=False, reason="a socket", works_in_kernel=True)
    notebook = NotebookFinding("ps1", "ps1", (*[GOOD] * 40, rare, *[CROSSING] * 5), seconds=0.5)
    other = NotebookFinding("ps2", "ps2", problem="It is in R.")
    text = text_of([notebook, other])
    assert text.count("good") == 0
    assert text.index("no [b]file[/b]") < text.index("a socket")
    assert "ps1: crossing, ps1: crossing, ps1: crossing, and 2 more" in " ".join(text.split())
    assert "It is in R." in text


@pytest.mark.parametrize(
    ("findings", "parts"),
    [
        (
            [NotebookFinding("a", "a", (GOOD, CROSSING), by_hand=3, seconds=0.5)],
            ["1 of 2 test cells (50%)", "3 cells are graded by hand", "1 cell needs", "about 50 s"],
        ),
        (
            [NotebookFinding("a", "a", (BROKEN, BROKEN), seconds=2, kernel_seconds=4)],
            [
                "2 cells fail",
                "about 3 min",
                "for each, as in plain nbgrader: 7 min",
            ],
        ),
        ([NotebookFinding("a", "a", by_hand=1)], ["0 of 0 test cells give"]),
    ],
)
def test_the_summary(findings, parts):
    """How many work, what needs a look, and how long a class takes."""
    text = " ".join(summary(findings))
    assert [part for part in parts if part not in text] == []
