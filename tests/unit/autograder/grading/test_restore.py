"""Restoring a submission: nothing that a student can edit decides what is run as a test."""

import copy

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.course.notebook import grade_id
from autograder.course.notebook import test_cells as graded_by_test
from autograder.course.released_cells import release_cell
from autograder.grading.restore import is_untouched, restore


def nbgrader(name, **role):
    """Nbgrader's metadata of a cell."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    return {"nbgrader": {"grade_id": name, "schema_version": 3, **full}}


def test_of(name):
    """A test cell with a visible and a hidden line."""
    text = f"assert {name}(1)\n### BEGIN HIDDEN TESTS\nassert {name}(2)\n### END HIDDEN TESTS"
    role = nbgrader(f"{name}-check", grade=True, locked=True, points=5)
    return new_code_cell(text, metadata=role, id=f"{name}-check")


test_of.__test__ = False


def answer(name):
    """A solution cell."""
    text = f"def {name}(x):\n    ### START CODE HERE ###\n    return x\n    ### END CODE HERE ###"
    return new_code_cell(text, metadata=nbgrader(name, solution=True), id=name)


def make_source():
    """Two exercises, a locked cell, a question that a person grades, and some text."""
    question = new_markdown_cell(
        "### BEGIN SOLUTION\nBecause.\n### END SOLUTION",
        metadata=nbgrader("question", grade=True, solution=True, points=3),
        id="question",
    )
    cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell("import math", metadata=nbgrader("given", locked=True), id="given"),
        answer("f"),
        test_of("f"),
        answer("g"),
        test_of("g"),
        question,
    ]
    return new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )


@pytest.fixture
def source():
    """The source notebook."""
    return make_source()


@pytest.fixture
def submitted(source):
    """The release, submitted untouched."""
    return released(source)


def released(source):
    """The release of a source notebook."""
    notebook = copy.deepcopy(source)
    notebook.cells = [release_cell(cell) if grade_id(cell) else cell for cell in notebook.cells]
    return notebook


def tests_of(notebook):
    """Names and texts of all test cells, in order."""
    return [(grade_id(cell), cell.source) for cell in graded_by_test(notebook)]


tests_of.__test__ = False


def by_name(notebook, name):
    """The one cell of that name."""
    (cell,) = [cell for cell in notebook.cells if grade_id(cell) == name]
    return cell


def test_an_untouched_release(submitted, source):
    """It gets the source's tests, including hidden ones, and keeps its stubs, without a note."""
    restored, notes = restore(submitted, source)
    assert notes == ()
    assert [grade_id(c) for c in restored.cells] == [grade_id(c) for c in source.cells]
    assert tests_of(restored) == tests_of(source)
    assert "pass" in by_name(restored, "f").source
    nbformat.validate(restored)


def test_neither_argument_is_changed(submitted, source):
    """Both notebooks can be used again."""
    before = copy.deepcopy(submitted), copy.deepcopy(source)
    restored, _ = restore(submitted, source)
    for cell in restored.cells:
        cell.source, cell.metadata["x"] = "changed", 1
    assert (submitted, source) == before


def test_an_edited_test_is_restored(submitted, source):
    """A test cell's text, points and flags come from the source."""
    cell = by_name(submitted, "f-check")
    cell.source = "pass"
    cell.metadata.nbgrader.update(points=500, locked=False)
    restored, _ = restore(submitted, source)
    assert tests_of(restored) == tests_of(source)
    assert by_name(restored, "f-check").metadata.nbgrader.points == 5


def test_a_deleted_test_is_put_back_after_its_answer(submitted, source):
    """It is noted, and comes after the answer and before the next exercise's test."""
    submitted.cells = [c for c in submitted.cells if grade_id(c) != "f-check"]
    restored, notes = restore(submitted, source)
    assert tests_of(restored) == tests_of(source)
    order = [grade_id(c) for c in restored.cells]
    assert order.index("f") < order.index("f-check") < order.index("g-check")
    assert notes == ("The cell 'f-check' was missing and was put back.",)


def test_all_graded_cells_deleted(submitted, source):
    """Every test, locked cell and question comes back, once, in the source's order."""
    keep = ("f", "g")
    submitted.cells = [c for c in submitted.cells if grade_id(c) in keep]
    restored, notes = restore(submitted, source)
    names = ["given", "f", "f-check", "g", "g-check", "question"]
    assert [grade_id(c) for c in restored.cells] == names
    assert len(notes) == 4
    assert is_untouched(by_name(restored, "question"))


def test_an_answer_moved_into_a_cell_of_its_own(submitted, source):
    """A test that is put back comes after it."""
    submitted.cells = [c for c in submitted.cells if grade_id(c) not in ("f", "f-check")]
    submitted.cells.insert(2, new_code_cell("def f(x):\n    return x"))
    restored, _ = restore(submitted, source)
    answer_index = [c.source for c in restored.cells].index("def f(x):\n    return x")
    assert [grade_id(c) for c in restored.cells].index("f-check") > answer_index


def test_a_moved_test_is_restored(submitted, source):
    """A test cell is restored wherever it was dragged to."""
    submitted.cells.insert(0, submitted.cells.pop(3))
    restored, _ = restore(submitted, source)
    assert sorted(tests_of(restored)) == sorted(tests_of(source))


def test_of_two_copies_the_last_counts(submitted, source):
    """Of a cell copied with its metadata the last is graded; the other is the student's own."""
    first = by_name(submitted, "f")
    first.source = "first"
    second = copy.deepcopy(first)
    second.source, second["id"] = "second", "another"
    submitted.cells.insert(4, second)
    restored, notes = restore(submitted, source)
    assert by_name(restored, "f").source == "second"
    assert "first" in [cell.source for cell in restored.cells]
    assert "more than once" in notes[0]
    assert len({cell.id for cell in restored.cells}) == len(restored.cells)


@pytest.mark.parametrize("tag", ["skip-execution", "raises-exception", "remove-cell"])
@pytest.mark.parametrize("name", ["f-check", "f", "given", None])
def test_tags_that_change_execution_are_removed(submitted, source, tag, name):
    """In all cells: a skipped test would have no output, which nbgrader takes as full marks."""
    submitted.cells.append(new_code_cell("x = 1", metadata={}))
    for cell in submitted.cells:
        if grade_id(cell) == name:
            cell.metadata["tags"] = [tag, "mine"]
    restored, _ = restore(submitted, source)
    assert all(tag not in cell.metadata.get("tags", []) for cell in restored.cells)


def test_a_test_cannot_be_made_an_experiment(submitted, source):
    """Experiments are not run, so students cannot put the tag on a test or an answer."""
    for name in ("f-check", "f"):
        by_name(submitted, name).metadata["tags"] = ["experiment"]
    restored, _ = restore(submitted, source)
    assert "tags" not in by_name(restored, "f-check").metadata
    assert "tags" not in by_name(restored, "f").metadata


@pytest.mark.parametrize("kind", ["markdown", "raw"])
@pytest.mark.parametrize("name", ["f-check", "f", "given"])
def test_a_retyped_cell_is_code_again(submitted, source, kind, name):
    """A cell that was turned into text is turned back into code."""
    index = [grade_id(c) for c in submitted.cells].index(name)
    old = submitted.cells[index]
    new_cell = getattr(nbformat.v4, f"new_{kind}_cell")
    submitted.cells[index] = new_cell(old.source, metadata=old.metadata, id=old.id)
    restored, _ = restore(submitted, source)
    assert by_name(restored, name).cell_type == "code"
    nbformat.validate(restored)
    assert tests_of(restored) == tests_of(source)


@pytest.mark.parametrize(
    "change",
    [
        {"grade": False, "solution": True},
        {"grade": True, "solution": True},
        {"task": True},
        {"locked": False, "points": 0},
    ],
)
def test_edited_roles_are_restored(submitted, source, change):
    """A test cell that claims to be an answer is run as the source's test."""
    by_name(submitted, "f-check").metadata.nbgrader.update(change)
    restored, _ = restore(submitted, source)
    assert tests_of(restored) == tests_of(source)


@pytest.mark.parametrize("handed_in", [True, False])
def test_a_mark_scheme_is_not_given_to_the_student(submitted, source, handed_in):
    """Feedback is made of the restored notebook: the task is in it, its marks are not."""
    text = "Draw.\n\n=== BEGIN MARK SCHEME ===\n1: a line\n=== END MARK SCHEME ==="
    task = new_markdown_cell(text, metadata=nbgrader("draw", task=True, points=1), id="draw")
    source.cells.append(task)
    if handed_in:
        submitted.cells.append(release_cell(task))
    restored, _ = restore(submitted, source)
    assert by_name(restored, "draw").source.strip() == "Draw."
    assert by_name(source, "draw").source == text


def test_invented_graded_cells_earn_nothing(submitted, source):
    """A cell that claims points under an unknown name is an ordinary cell."""
    role = nbgrader("bonus", grade=True, points=1000)
    submitted.cells.append(new_code_cell("1000.0", metadata=role))
    restored, _ = restore(submitted, source)
    assert tests_of(restored) == tests_of(source)
    assert restored.cells[-1].source == "1000.0"


def test_an_answer_under_a_tests_name(submitted, source):
    """With swapped metadata the answer's text does not get into the test cell."""
    written, test = by_name(submitted, "f"), by_name(submitted, "f-check")
    written.metadata, test.metadata = test.metadata, written.metadata
    restored, _ = restore(submitted, source)
    assert tests_of(restored) == tests_of(source)


def test_saved_outputs_of_tests_are_not_kept(submitted, source):
    """A forged output in a test or answer cell is dropped; an experiment's picture is kept."""
    forged = new_output("execute_result", data={"text/plain": "5.0"})
    for name in ("f-check", "f"):
        by_name(submitted, name).outputs = [forged]
    own = new_code_cell("plot()", metadata={"tags": ["experiment"]}, outputs=[forged])
    submitted.cells.append(own)
    restored, _ = restore(submitted, source)
    assert by_name(restored, "f-check").outputs == []
    assert by_name(restored, "f").outputs == []
    assert restored.cells[-1].outputs == [forged]


def test_written_answers_and_untouched_ones(submitted, source):
    """Only a written answer waits for a person, whatever checksum the submission claims."""
    restored, _ = restore(submitted, source)
    assert is_untouched(by_name(restored, "question"))
    cell = by_name(submitted, "question")
    cell.source = "Because of the noise."
    cell.metadata.nbgrader["checksum"] = "forged"
    restored, _ = restore(submitted, source)
    assert by_name(restored, "question").source == "Because of the noise."
    assert not is_untouched(by_name(restored, "question"))


def test_pasted_pictures_are_kept(submitted, source):
    """A picture in a written answer is part of it."""
    picture = {"a.png": {"image/png": "aGk="}}
    by_name(submitted, "question")["attachments"] = picture
    restored, _ = restore(submitted, source)
    assert by_name(restored, "question").attachments == picture


def test_kernel_and_language_come_from_the_source(submitted, source):
    """A notebook saved with another kernel runs in the course's; widget states are kept."""
    submitted.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "bash"}, "language_info": {"name": "sh"}, "widgets": {"state": 1}}
    )
    restored, _ = restore(submitted, source)
    assert restored.metadata.kernelspec.name == "python3"
    assert "language_info" not in restored.metadata
    assert restored.metadata.widgets == {"state": 1}


def test_ids_stay_unique_when_cells_are_put_back(submitted, source):
    """A student's cell may have the id of the test that was deleted."""
    submitted.cells = [c for c in submitted.cells if grade_id(c) != "f-check"]
    submitted.cells.append(new_code_cell("x", id="f-check"))
    submitted.cells.insert(0, new_code_cell("x", id="f-check-7"))
    restored, _ = restore(submitted, source)
    assert len({cell.id for cell in restored.cells}) == len(restored.cells)


@given(st.data())
def test_no_shuffle_changes_the_tests(data):
    """After deleting, copying and reordering cells, each test is there once and unchanged."""
    source = make_source()
    submitted = released(source)
    indices = data.draw(st.lists(st.integers(0, len(submitted.cells) - 1), max_size=12))
    submitted.cells = [copy.deepcopy(submitted.cells[index]) for index in indices]
    restored, _ = restore(submitted, source)
    assert sorted(tests_of(restored)) == sorted(tests_of(source))
    assert len({cell.id for cell in restored.cells}) == len(restored.cells)
    again, notes = restore(restored, source)
    assert again.cells == restored.cells
    assert notes == ()
