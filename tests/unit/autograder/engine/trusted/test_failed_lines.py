"""Which lines of a student's cells failed, read from what their process says."""

from __future__ import annotations

import time

import pytest

from autograder.engine.trusted.failed_lines import find_failed_lines

SOURCE = "a = 1\nb = 1 / 0\n%nothing"


def error(*traceback: str) -> dict:
    """An output that shows an exception."""
    return {"output_type": "error", "ename": "E", "evalue": "v", "traceback": list(traceback)}


def test_the_line_of_an_exception():
    """As IPython writes it, with colours."""
    assert find_failed_lines(SOURCE, [error("\x1b[31mCell In[1], line 2\x1b[0m")]) == ["b = 1 / 0"]


@pytest.mark.parametrize(
    "output",
    [
        error("Cell In[1]" * 200_000),
        error(*["In [1] File <ipython " * 40] * 3000),
        {
            "output_type": "stream",
            "name": "stderr",
            "text": "UsageError: Line magic function `%nothing` not found.\n" * 30_000,
        },
    ],
    ids=["one line", "many lines", "magics"],
)
def test_output_of_megabytes(output):
    """It is looked through in a time that grows with its length, not with the square of that."""
    start = time.process_time()
    find_failed_lines(SOURCE + "\nx" * 20_000, [output])
    assert time.process_time() - start < 3
