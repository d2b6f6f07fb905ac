"""An assignment of several notebooks: each is graded, by our command and by nbgrader's."""

import json
import sqlite3
from contextlib import closing

import pytest

from autograder.course.settings import Settings
from autograder.gradebook.class_grades import read_class_grades
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.registration import ensure_registered
from autograder.models import Verdict
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows
from tests.support.graded_class import copy_of, grade, grade_with_nbgrader, use_runner
from tests.support.several_notebooks import NAME, hand_in, make_course


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A class of four: all of it, other names, one notebook only, and none that can be read."""
    use_runner(monkeypatch, FakeRunner({"f-test": 2.0}))
    course = make_course(tmp_path / "course")
    hand_in(course, "ada")
    hand_in(course, "bo", names=lambda name: f"{name} (1).ipynb")
    hand_in(course, "cleo", only=["lists, sets"])
    (course.submitted_dir / "dana" / NAME).mkdir(parents=True)
    (course.submitted_dir / "dana" / NAME / "notes.txt").write_text("later", "utf-8")
    with closing(open_gradebook(f"sqlite:///{course.root / 'gradebook.db'}")) as database:
        ensure_registered(database, course.assignment(NAME), Settings.load(course))
    return course


def _grades(course):
    grades = read_class_grades(Settings.load(course).coursedir, NAME)
    return {one.student: one for one in grades.grades}


def _notebooks(course, student):
    folder = course.root / "autograded" / student / NAME
    return sorted(path.name for path in folder.glob("*.ipynb"))


def test_each_notebook_is_graded(course):
    """Cells of one name stay two; what was not handed in has no points, and a note says so."""
    grade(course, name=NAME)
    grades = _grades(course)
    cells = [(cell.key, cell.points) for cell in grades["ada"].cells]
    assert cells == [
        ("basics/f-test", 2.0),
        ("basics/practice", 0.0),
        ("basics/why", None),
        ("lists, sets/f-test", 2.0),
        ("lists, sets/drawing", None),
    ]
    assert {name: one.score for name, one in grades.items() if name != "dana"} == {
        "ada": 4.0,
        "bo": 4.0,
        "cleo": 2.0,
    }
    assert {one.max_score for one in grades.values()} == {11.0}
    assert [cell.points for cell in grades["cleo"].cells][:3] == [0.0, 0.0, 0.0]
    assert grades["cleo"].cells[0].verdict == Verdict.NOT_DEFINED
    assert "`basics.ipynb` was not handed in" in grades["cleo"].cells[0].checks[0].message
    assert any("basics.ipynb was not handed in" in note for note in grades["cleo"].notes)
    assert "basics.ipynb is missing" in grades["dana"].message
    assert _notebooks(course, "bo") == ["basics.ipynb", "lists, sets.ipynb"]
    assert _notebooks(course, "cleo") == ["lists, sets.ipynb"]
    outcomes = grade(course, name=NAME, force=False)
    assert {outcome.state for name, outcome in outcomes.items() if name != "dana"} == {"kept"}


def test_a_notebook_that_cannot_be_read_is_nobodys_zero(course):
    """Whoever handed in one that is damaged is not graded, and the sentence names the file."""
    (course.submitted_dir / "ada" / NAME / "basics.ipynb").write_text("{", "utf-8")
    grade(course, name=NAME)
    assert "basics.ipynb" in _grades(course)["ada"].message
    assert _grades(course)["ada"].cells == ()


def test_every_row_is_like_nbgraders(course, tmp_path):
    """What nbgrader's command writes into the gradebook and into autograded/, ours does, too."""
    for name in ("bo", "dana"):  # whose files nbgrader itself does not find
        for path in (course.submitted_dir / name / NAME).iterdir():
            path.unlink()
        (course.submitted_dir / name / NAME).rmdir()
        (course.submitted_dir / name).rmdir()
    nbgraders = copy_of(course, tmp_path / "nbgrader")
    grade_with_nbgrader(nbgraders, NAME)
    grade(course, name=NAME)
    assert all_rows(course) == all_rows(nbgraders)
    for student in ("ada", "cleo"):
        assert _notebooks(course, student) == _notebooks(nbgraders, student)
        ours, theirs = _grades(course)[student], _grades(nbgraders)[student]
        assert ours.cells == theirs.cells
        assert sorted(ours.notes) == sorted(theirs.notes)


def test_a_gradebook_that_knows_one_of_the_notebooks(course):
    """The other, and its rows for submissions that are there already, are added."""
    grade(course, name=NAME)
    rows = all_rows(course)
    with closing(sqlite3.connect(course.root / "gradebook.db")) as connection:
        (second,) = connection.execute("SELECT id FROM notebook WHERE name = 'lists, sets'")
        of_second = "IN (SELECT id FROM base_cell WHERE notebook_id = ?)"
        for column in (
            *("grade WHERE cell_id", "comment WHERE cell_id", "grade_cells WHERE id"),
            *("solution_cells WHERE id", "task_cells WHERE id", "source_cell WHERE id"),
        ):
            connection.execute(f"DELETE FROM {column} {of_second}", second)  # noqa: S608
        connection.execute("DELETE FROM base_cell WHERE notebook_id = ?", second)
        connection.execute("DELETE FROM submitted_notebook WHERE notebook_id = ?", second)
        connection.execute("DELETE FROM notebook WHERE id = ?", second)
        connection.commit()
    assert all_rows(course) != rows
    grade(course, name=NAME)
    assert all_rows(course) == rows


def test_the_executed_notebook_holds_its_own_part(course):
    """Its metadata have the cells of this notebook and no other's."""
    grade(course, name=NAME)
    path = course.root / "autograded" / "ada" / NAME / "lists, sets.ipynb"
    written = json.loads(path.read_text("utf-8"))["metadata"]["autograder"]
    assert [one["name"] for one in written["notebooks"]] == ["lists, sets"]
