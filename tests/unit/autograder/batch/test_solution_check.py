"""The solution is graded before the class, once for each state of the assignment."""

from concurrent.futures import BrokenExecutor

import pytest

from autograder.batch.course_grading import CourseGrading
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, read_notebook, write_notebook
from autograder.course.notebook import test_cells as graded_by_test
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import in_this_process
from tests.support.graded_class import submit, use_runner


def full_marks(course, **other):
    """The points of all test cells, with other ones for some."""
    cells = graded_by_test(course.assignment(ASSIGNMENT).notebook)
    return {grade_id(cell): cell.metadata.nbgrader.points for cell in cells} | other


def change_source(course, old, new):
    """Edit the source notebook, and not the text."""
    path = course.assignment(ASSIGNMENT).source
    notebook = read_notebook(path).notebook
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    write_notebook(notebook, path)


def require(course):
    """What `autograder grade` does before it grades."""
    with CourseGrading(Course(course.root), executor=in_this_process) as grading:
        grading.require_full_marks(Course(course.root).assignment(ASSIGNMENT))


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ({"l2-cost-check": 11.5}, "l2-cost-check gets 11.5 of 12"),
        ({"l2-cost-check": 0, "l2-backward-check": 1}, "gets 0 of 12; l2-backward-check gets 1 of"),
    ],
)
def test_a_solution_that_loses_points_stops_the_run(registered, monkeypatch, lost, words):
    """Each time, until it is corrected; the sentence names the cells."""
    use_runner(monkeypatch, FakeRunner(full_marks(registered, **lost)))
    for _ in range(2):
        with pytest.raises(CourseError, match=f"Nobody was graded.*{words}"):
            require(registered)
    use_runner(monkeypatch, FakeRunner(full_marks(registered)))
    require(registered)


def test_it_is_graded_once_for_each_state(registered, monkeypatch):
    """Not again until the source notebook, a file beside it or a setting changes."""
    runner = use_runner(monkeypatch, FakeRunner(full_marks(registered)))

    def graded():
        runner.runs.clear()
        require(registered)
        return len(runner.runs)

    assert [graded(), graded()] == [1, 0]
    change_source(registered, "# Regularization", "# Regularisation")
    assert [graded(), graded()] == [1, 0]
    (registered.assignment(ASSIGNMENT).source.parent / "data.csv").write_text("1", "utf-8")
    assert [graded(), graded()] == [1, 0]


@pytest.mark.parametrize("error", [MemoryError("gone"), BrokenExecutor("died")])
def test_a_worker_that_fails_stops_nobody(registered, monkeypatch, error):
    """It says nothing about the solution, and nothing is kept: the next run looks again."""
    broken = FakeRunner(error=error)
    use_runner(monkeypatch, broken)
    require(registered)
    runner = use_runner(monkeypatch, FakeRunner(full_marks(registered)))
    require(registered)
    assert (len(broken.runs), len(runner.runs)) == (1, 1)


@pytest.mark.slow
def test_grade_writes_nothing_then(registered):
    """In the jail: the command ends with 2 and the cell's name, and the next run grades."""
    submit(registered, "ada")
    change_source(registered, "check.close(", "check.close('one', 1.0, 2.0); check.close(")
    result = run("grade", ASSIGNMENT, course=registered)
    assert result.exit_code == 2
    assert "l2-cost-check gets" in sentence(result)
    assert not (registered.root / "autograded").exists()
    change_source(registered, "check.close('one', 1.0, 2.0); ", "")
    assert run("grade", ASSIGNMENT, course=registered).exit_code == 0
    assert (registered.root / "autograded" / "ada").is_dir()
