"""Sample submissions: what is written in each stub, and what a grade must be."""

import pytest

from autograder.authoring.examples import Example, load_examples
from autograder.course.notebook import grade_id, is_manual, is_solution, read_notebook
from autograder.course.released_cells import TEXT_STUB, release_cell
from autograder.errors import CourseError
from autograder.grading.restore import restore
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from tests.conftest import ASSIGNMENT


def example(**fields):
    """An example of which only some fields matter."""
    return Example(**{"name": "it", "student": "Ada", "about": "", "score": 75.0, **fields})


def cells(notebook):
    """Cells by nbgrader's name."""
    return {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}


def test_the_class_is_large_enough(assignment):
    """At least ten situations, each with a first name of its own."""
    examples = load_examples(assignment)
    assert len(examples) >= 10
    assert len({one.student for one in examples}) == len(examples)
    assert {"all_correct", "other_correct_way", "untouched", "hard_coded"} <= {
        one.name for one in examples
    }


def test_the_solution_as_a_student_hands_it_in(built):
    """Solutions stand in the stubs; tests are those of the release; questions are unanswered."""
    made = cells(example().notebook(built))
    source = cells(built.notebook)
    assert made["l2-cost"].source == source["l2-cost"].source
    for name, cell in made.items():
        assert "HIDDEN" not in cell.source
        if is_manual(cell):
            assert cell.source == TEXT_STUB, name


def test_the_release_as_a_base(built):
    """Nothing was written: the notebook is the release, cell by cell."""
    made = example(base="release").notebook(built)
    released = read_notebook(built.release).notebook
    assert [cell.source for cell in made.cells] == [cell.source for cell in released.cells]


def test_answers_stand_at_their_regions_indentation(built):
    """One answer a region, in order; what is given around them stays."""
    made = example(answers={"dropout-backward": ["first = 1", "second = 2"]}).notebook(built)
    text = cells(made)["dropout-backward"].source
    assert text.index("\n    first = 1\n") < text.index("\n    second = 2\n")
    assert "dA2 * D2" not in text
    assert "dW3 = dZ3 @ A2.T / m" in text


def test_whole_cells_and_deleted_ones(built):
    """A question gets its text; a deleted cell is gone, and grading puts it back."""
    made = example(cells={"conclusion": "It works."}, delete=("l2-cost-check",)).notebook(built)
    assert cells(made)["conclusion"].source == "It works."
    assert "l2-cost-check" not in cells(made)
    restored, notes = restore(made, built.notebook)
    assert "l2-cost-check" in cells(restored)
    assert len(notes) == 1


def test_the_source_is_left_alone(built):
    """Making an example does not write into the assignment's own notebook."""
    before = str(built.notebook)
    example(answers={"l2-cost": ["x = 1"]}).notebook(built)
    assert str(built.notebook) == before


def test_handing_in(built, tmp_path):
    """It lies where nbgrader looks, under its name or the one that a browser gave it."""
    path = example().write(built, tmp_path)
    assert path == tmp_path / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    renamed = example(student="Luca", rename="a (1).ipynb").write(built, tmp_path)
    assert renamed == tmp_path / "luca" / ASSIGNMENT / "a (1).ipynb"
    for one in (path, renamed):
        assert len(read_notebook(one).notebook.cells) == len(built.notebook.cells)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"answers": {"l3-cost": ["x"]}}, "names no such cell: l3-cost"),
        ({"delete": ("nothing",)}, "names no such cell: nothing"),
        ({"answers": {"l2-cost": ["x", "y"]}}, "2 answers for 1 regions"),
    ],
)
def test_an_example_that_does_not_fit(built, fields, words):
    """An example that names a cell or a region too many is told with its name."""
    with pytest.raises(CourseError, match=f"example 'it'.*{words}"):
        example(**fields).notebook(built)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("student = ", "not valid TOML"),
        ('student = "A"', "'about' is missing"),
        ('student = "A"\nabout = ""\nscore = 1.0\nscores = 2', "unknown key 'scores'"),
    ],
)
def test_a_faulty_file(assignment, text, words):
    """The sentence names the file and the field."""
    (assignment.folder / "examples" / "faulty.toml").write_text(text, "utf-8")
    with pytest.raises(CourseError, match=rf"faulty\.toml.*{words}"):
        load_examples(assignment)


def graded(points=7.0, message="too small", status=Status.GRADED):
    """A grade with one test cell."""
    check = CheckResult("a", Verdict.WRONG, message, points, 10.0)
    cell = CellResult("f-check", 10.0, points, Verdict.WRONG, (check,))
    return Grade("ada", ASSIGNMENT, status, 10.0, (cell,), "No kernel.")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"score": 7.0}, None),
        ({"score": 7.0, "points": {"f-check": 7.0}, "says": {"f-check": "small"}}, None),
        ({"score": 8.0}, "got 7 points instead of 8"),
        ({"score": 7.0, "points": {"f-check": 6.0}}, "f-check got 7.0 points instead of 6"),
        ({"score": 7.0, "says": {"f-check": "too large"}}, "does not say 'too large'"),
    ],
)
def test_faults_of_a_grade(fields, fault):
    """Each way in which a grade is not the one that the example must get is told once."""
    faults = list(example(**fields).faults(graded()))
    if fault is None:
        assert faults == []
    else:
        assert len(faults) == 1
        assert fault in faults[0]


@pytest.mark.parametrize("field", ["points", "says"])
def test_a_cell_that_the_grade_does_not_have(field):
    """A misspelt cell name in an example is a fault to be told, not a crash of `check`."""
    wanted = {"points": {"g-check": 6.0}, "says": {"g-check": "x"}}[field]
    (fault,) = example(score=7.0, **{field: wanted}).faults(graded())
    assert "g-check" in fault


def test_no_grade_is_a_fault():
    """What could not be graded did not get its score."""
    (fault,) = example(score=0.0).faults(graded(status=Status.NOT_GRADED))
    assert "not graded: No kernel." in fault


def test_examples_hold_answers_only(assignment):
    """None is a whole notebook: each file is short enough to be read at a glance."""
    for path in (assignment.folder / "examples").iterdir():
        assert path.suffix == ".toml"
        assert path.stat().st_size < 3000


def test_solution_cells_of_a_base_are_what_release_cell_makes(built):
    """The stub that an example leaves is the one that a student gets."""
    made = cells(example(base="release").notebook(built))
    for cell in built.notebook.cells:
        if is_solution(cell):
            assert made[grade_id(cell)].source == release_cell(cell).source
