"""Right answers get full points in the cells that other courses have, and no others do."""

import pytest
from nbformat.v4 import new_code_cell

from autograder.grading.score import score_cell
from autograder.runners.interface import CourseCode
from tests.support.cells import LIMITS, notebook, test_cell
from tests.support.course_cells import CASES, DATA, SETUP


def points(runner, folder, solution, test, answer):
    """The points of an answer by the test cell of a source notebook."""
    role = {"grade": False, "solution": True, "grade_id": "s", "locked": False}

    def cells(text):
        metadata = {"nbgrader": role}
        return notebook(SETUP, new_code_cell(text, metadata=metadata), test_cell(test))

    submitted = cells(answer)
    runner.run(
        submitted,
        limits=LIMITS,
        seed="",
        files=folder,
        rerun_experiments=False,
        course=CourseCode(cells(solution), folder),
    )
    return score_cell(submitted.cells[2]).points


@pytest.mark.parametrize(
    ("solution", "test", "wrong"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_cell_of_another_course(runner, tmp_path, solution, test, wrong):
    """The solution gets full points; a wrong answer and a stub get none."""
    (tmp_path / "data.csv").write_text(DATA)
    assert points(runner, tmp_path, solution, test, solution) == 1
    assert points(runner, tmp_path, solution, test, wrong) == 0
    assert points(runner, tmp_path, solution, test, "f = None") == 0
