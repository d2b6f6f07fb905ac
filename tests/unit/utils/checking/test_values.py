"""The student's values beside the expected ones."""

import numpy as np
import pytest

from utils.checking.report import Line, Report
from utils.checking.values import Compared, compare_values


@pytest.mark.parametrize(
    ("got", "expected", "rows"),
    [
        (2.5, 2, [("J", "2.5", "2")]),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0]), [("J", "[1. 2.]", "[1. 3.]")]),
        ({"W1": 1}, {"W1": 1, "b1": 0}, [("W1", "1", "1"), ("b1", "–", "0")]),  # noqa: RUF001
        ((1, 2), (1, None), [("J[0]", "1", "1")]),
        (None, {"W1": 1}, [("W1", "None", "1")]),
        ("two", 2, [("J", "a str", "2")]),
        (1.0, (1.0, 2.0), [("J[0]", "1", "1"), ("J[1]", "1", "2")]),
    ],
)
def test_parts_side_by_side(got, expected, rows):
    """Whatever was returned: what is no number is named by its type."""
    assert compare_values("J", got, expected) == [Compared(*row) for row in rows]


def test_long_values_are_cut():
    """A large array is not printed in full, and of many parts only the first are shown."""
    big = np.arange(1e6).reshape(1000, 1000)
    (row,) = compare_values("X", big, big)
    assert len(row.yours) < 500
    many = {f"W{number}": number for number in range(100)}
    assert len(compare_values("the result", many, many)) < 20


def test_values_are_folded_below_the_message():
    """Also where the check is right; what a student's values hold is shown as text."""
    line = Line("printed", "right", "", 1, 1, compared=(Compared("J", "<b>", "2"),))
    html = Report("cost", 1, (line,)).to_html()
    folded = html.partition("<details")[2].partition("</details>")[0]
    assert "yours | expected" in folded
    assert "&lt;b&gt;" in folded
    assert "compared" not in Report("cost", 1, (line,)).to_json()["checks"][0]
