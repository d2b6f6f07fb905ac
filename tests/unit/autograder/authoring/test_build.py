"""Building an assignment: the same bytes every time, and a sentence if the text is faulty."""

import shutil

import pytest

from autograder.authoring.build import build, from_text
from autograder.course.notebook import grade_id, is_graded, nbgrader_of, points_of, tags_of
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT


def edit(assignment, old, new, count=-1):
    """Change the text master."""
    text = assignment.text.read_text("utf-8")
    assert old in text
    assignment.text.write_text(text.replace(old, new, count), "utf-8")


def files(folder):
    """Every file below, with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_repository_is_built(built):
    """What is committed under source/ and release/ is what the text builds."""
    from tests.support.solutions import ROOT

    for folder in ("source", "release"):
        name = f"{folder}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
        assert (built.course.root / name).read_bytes() == (ROOT / name).read_bytes()


def test_a_rebuild_changes_no_byte(registered):
    """The result says that nothing changed."""
    before = {**files(registered.root / "source"), **files(registered.root / "release")}
    result = build(registered.assignment(ASSIGNMENT))
    assert not result.changed
    assert {**files(registered.root / "source"), **files(registered.root / "release")} == before


def test_a_new_course_gets_the_same_bytes(built, tmp_path):
    """A built notebook depends neither on the folder nor on the time."""
    from autograder.course.layout import Course

    # with a gradebook, since nbgrader takes seconds to create one
    for part in ("nbgrader_config.py", "assignments", "gradebook.db"):
        source = built.course.root / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    fresh = Course(tmp_path).assignment(ASSIGNMENT)
    result = build(fresh)
    assert result.source_changed
    assert result.release_changed
    assert fresh.source.read_bytes() == built.source.read_bytes()
    assert fresh.release.read_bytes() == built.release.read_bytes()


def test_a_change_of_words_keeps_the_other_cells_ids(assignment):
    """A corrected sentence changes the id of its own cell only."""
    before = {cell.id for cell in from_text(assignment).cells}
    edit(assignment, "# Regularization\n", "# Regularisation\n", 1)
    after = {cell.id for cell in from_text(assignment).cells}
    assert len(before - after) == len(after - before) == 1


def test_ids_of_nbgraders_cells_are_their_names(assignment):
    """These ids stay the same when the cell's text changes."""
    cells = [cell for cell in from_text(assignment).cells if grade_id(cell)]
    assert cells
    assert all(cell.id == grade_id(cell) for cell in cells)
    edit(assignment, "lambd / (2 * m)", "lambd / 2 / m")
    assert [c.id for c in from_text(assignment).cells if grade_id(c)] == [c.id for c in cells]


def test_equal_cells_get_ids_of_their_own(assignment):
    """A notebook may contain the same text twice."""
    with assignment.text.open("a", encoding="utf-8") as file:
        file.write("\n\n+++\n\nThe same.\n\n+++\n\nThe same.\n")
    ids = [cell.id for cell in from_text(assignment).cells]
    assert len(set(ids)) == len(ids)


def test_metadata_is_kept(assignment):
    """The roles, points and tags are those in the text's cell headers."""
    notebook = from_text(assignment)
    cells = {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}
    role = {"grade": True, "solution": False, "locked": True, "points": 12}
    assert {name: nbgrader_of(cells["l2-cost-check"])[name] for name in role} == role
    assert cells["conclusion"].cell_type == "markdown"
    assert sum(points_of(cell) for cell in notebook.cells if is_graded(cell)) == 100
    assert sum("experiment" in tags_of(cell) for cell in notebook.cells) >= 5
    assert notebook.metadata["kernelspec"]["name"] == "python3"


def test_a_missing_text(assignment):
    """The sentence names the file."""
    assignment.text.unlink()
    with pytest.raises(CourseError, match=r"regularization\.md is missing"):
        from_text(assignment)


def test_text_that_cannot_be_parsed(assignment):
    """The error about a faulty cell header names the file."""
    edit(assignment, "nbgrader:\n  grade: false", "nbgrader: [\n  grade: false", 1)
    with pytest.raises(CourseError, match=r"regularization\.md"):
        from_text(assignment)


def test_points_that_do_not_add_up(assignment):
    """The total must be what assignment.toml says."""
    edit(assignment, "points: 12", "points: 13")
    with pytest.raises(CourseError, match=r"gives 101 points in all; assignment\.toml says 100"):
        from_text(assignment)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "    ### END CODE HERE ###\n\n    return cross_entropy_cost",
            "    return cross_entropy_cost",
            r"the cell 'l2-cost' has a 'START CODE HERE' marker .*without an 'END CODE HERE'",
        ),
        (
            "def model(X, Y,",
            "### START CODE HERE ###\n### END CODE HERE ###\ndef model(X, Y,",
            r"is not a solution cell",
        ),
        (
            "grade_id: l2-backward\n",
            "grade_id: l2-cost\n",
            r"2 cells are called 'l2-cost'",
        ),
        (
            "  grade_id: l2-cost-check\n  locked: true\n  points: 12",
            "  grade_id: l2-cost-check\n  locked: true\n  points: 12.5x",
            r"the cell 'l2-cost-check' is graded, and its points are '12.5x'",
        ),
    ],
)
def test_a_source_that_cannot_be_released(registered, old, new, words):
    """One sentence names the cell and the reason; the earlier source and release are kept."""
    assignment = registered.assignment(ASSIGNMENT)
    before = assignment.source.read_bytes(), assignment.release.read_bytes()
    edit(assignment, old, new, 1)
    with pytest.raises(CourseError, match=words) as raised:
        build(assignment)
    assert "\n" not in str(raised.value)
    assert (assignment.source.read_bytes(), assignment.release.read_bytes()) == before


NEW_CELL = """
```{code-cell} ipython3
---
nbgrader:
  grade: true
  grade_id: another-check
  locked: true
  points: 0
  schema_version: 3
  solution: false
  task: false
---
assert model
```
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("## 5. Both", f"{NEW_CELL}\n## 5. Both"), ("question-lambd", "question-x")],
    ids=["new", "renamed"],
)
def test_graded_cells_stay_when_work_was_graded(registered, old, new):
    """Nbgrader refuses it; the sentence says what to do, and no file has changed."""
    from nbgrader.api import Gradebook

    assignment = registered.assignment(ASSIGNMENT)
    with Gradebook(f"sqlite:///{registered.root / 'gradebook.db'}", "deep-foundations") as book:
        book.add_student("ada")
        book.add_submission(ASSIGNMENT, "ada")
    before = files(registered.root / "source"), files(registered.root / "release")
    edit(assignment, old, new, 1)
    with pytest.raises(CourseError, match="cannot get or lose graded cells any more"):
        build(assignment)
    assert (files(registered.root / "source"), files(registered.root / "release")) == before


def test_the_gradebook_knows_what_was_built(built):
    """Cells and points are registered, so that submissions can be graded."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{built.course.root / 'gradebook.db'}", "deep-foundations") as book:
        notebook = book.find_notebook(ASSIGNMENT, ASSIGNMENT)
        assert notebook.max_score == 100
        assert {cell.name for cell in notebook.grade_cells} == {
            str(grade_id(cell)) for cell in built.notebook.cells if is_graded(cell)
        }


def test_code_that_is_not_the_students_is_folded(built):
    """Under nbgrader's own Validate the release is as it was: no checksum covers the fold."""
    from autograder.course.notebook import is_solution, is_test, read_notebook
    from autograder.course.released_cells import checksum

    cells = [one for one in read_notebook(built.release).notebook.cells if one.cell_type == "code"]
    folded = {one.id for one in cells if one.metadata.get("jupyter", {}).get("source_hidden")}
    assert folded >= {one.id for one in cells if is_test(one)} | {"model"}
    assert folded.isdisjoint(one.id for one in cells if is_solution(one))
    assert folded == {one.id for one in cells if "hide-input" in tags_of(one)}
    for cell in cells:
        if "checksum" in nbgrader_of(cell):
            assert cell.metadata.nbgrader.checksum == checksum(cell)


def test_an_author_decides_about_a_fold(assignment):
    """A cell that is to be read stays open."""
    from autograder.course.notebook import read_notebook

    header = "```{code-cell} ipython3\n---\n"
    edit(assignment, f"{header}nbgrader:\n  grade: false\n  grade_id: model\n",
         f"{header}jupyter:\n  source_hidden: false\nnbgrader:\n  grade: false\n"
         "  grade_id: model\n")  # fmt: skip
    build(assignment)
    released = read_notebook(assignment.release).notebook.cells
    (cell,) = [one for one in released if grade_id(one) == "model"]
    assert cell.metadata.jupyter.source_hidden is False


def test_run_all_passes_over_exercises_and_experiments(built):
    """Whatever they raise, Jupyter goes on; a cell that gives names to others may stop it."""
    from autograder.course.notebook import is_experiment, is_solution, read_notebook

    for cell in read_notebook(built.release).notebook.cells:
        if cell.cell_type == "code":
            passed_over = "raises-exception" in tags_of(cell)
            assert passed_over == (is_solution(cell) or is_experiment(cell))
