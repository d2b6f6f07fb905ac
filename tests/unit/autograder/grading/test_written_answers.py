"""A written answer that stands somewhere else reaches a person and is nobody's silent zero."""

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import determine_grade

from autograder.course.notebook import grade_id
from autograder.course.released_cells import TEXT_STUB, release_cell
from autograder.grading.restore import is_untouched, restore


def role(name, **parts):
    """Nbgrader's metadata of a cell."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **parts}
    return {"nbgrader": {"grade_id": name, "schema_version": 3, **full}}


def question(name):
    """A question that a person grades."""
    text = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    return new_markdown_cell(
        text, metadata=role(name, grade=True, solution=True, points=3), id=name
    )


PROMPT = "**Question 1.** Why does the network overfit?\n\nOne sentence is enough."


@pytest.fixture
def source():
    """An exercise, and two questions after it."""
    cells = [
        new_markdown_cell("# Title\n\nWhat this is about.", id="title"),
        new_code_cell("def f():\n    return 1", metadata=role("f", solution=True), id="f"),
        new_code_cell("assert f()", metadata=role("t", grade=True, points=1), id="t"),
        new_code_cell("# try it on a few more inputs\nf()", id="try"),
        new_markdown_cell(PROMPT, id="prompt"),
        question("q1"),
        new_markdown_cell("**Question 2.** And now?", id="prompt2"),
        question("q2"),
    ]
    return new_notebook(cells=cells)


def place_of(notebook, name):
    """The place of a cell, by its id."""
    return [cell.id for cell in notebook.cells].index(name)


def cell_of(notebook, name):
    """The one cell that nbgrader knows by this name."""
    (cell,) = [cell for cell in notebook.cells if grade_id(cell) == name]
    return cell


def waits_for_a_person(cell):
    """Whether neither we nor plain nbgrader take the answer for an empty one."""
    assert (determine_grade(cell)[0] is None) is not is_untouched(cell)
    return not is_untouched(cell)


def test_nothing_written_is_no_response(submitted, source):
    """The control: an untouched release waits for nobody, and nothing is noted."""
    restored, notes = restore(submitted, source)
    assert not waits_for_a_person(cell_of(restored, "q1"))
    assert not waits_for_a_person(cell_of(restored, "q2"))
    assert notes == ()


MINE = "The noise, which it learns by heart."


@pytest.mark.parametrize(
    "cell",
    [
        new_markdown_cell(MINE),
        new_raw_cell(MINE),
        new_code_cell(f"# {MINE}"),
        new_code_cell(f'"""{MINE}"""'),
        new_code_cell(f"answer = '{MINE}'\nprint(answer)"),
        new_code_cell(MINE),
        new_markdown_cell("噪声"),
        new_markdown_cell("", attachments={"a.png": {"image/png": "aGk="}}),
        new_markdown_cell("![](attachment:a.png)"),
    ],
)
@pytest.mark.parametrize("offset", [0, 1])
def test_an_answer_above_or_below(submitted, source, cell, offset):
    """In whatever cell it was written, beside an untouched copy of the stub."""
    submitted.cells.insert(place_of(submitted, "q1") + offset, copy.deepcopy(cell))
    restored, notes = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))
    assert cell_of(restored, "q1").source == TEXT_STUB
    assert any("'q1'" in note and "near it, in cell " in note for note in notes)
    assert "student" not in " ".join(notes)  # who reads it on Gradescope or in `try` is one


def test_a_cell_that_was_retyped(submitted, source):
    """Deleted and written anew, without nbgrader's metadata."""
    submitted.cells[place_of(submitted, "q1")] = new_markdown_cell(MINE)
    restored, notes = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))
    assert MINE[:20] in " ".join(notes)


def test_an_answer_in_the_questions_own_cell(submitted, source):
    """Written below the question, in the same cell."""
    submitted.cells[place_of(submitted, "prompt")].source += f"\n\n{MINE}"
    restored, notes = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))
    assert f"“{MINE}”" in " ".join(notes)


def test_all_answers_in_one_cell_at_the_end(submitted, source):
    """Each unanswered question waits for a person."""
    submitted.cells.append(new_markdown_cell("1. The noise\n2. Fewer weights"))
    restored, _ = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))
    assert waits_for_a_person(cell_of(restored, "q2"))


def test_a_copy_with_the_answer_before_an_untouched_one(submitted, source):
    """The last copy counts for code; of a written answer it is the last that was written."""
    index = place_of(submitted, "q1")
    submitted.cells.insert(0, copy.deepcopy(submitted.cells[index]))
    submitted.cells[0].update(id="copy", source=MINE)
    restored, notes = restore(submitted, source)
    assert cell_of(restored, "q1").source == MINE
    assert "with an answer counts" in notes[0]


def test_an_answer_split_over_two_cells(submitted, source):
    """It waits anyway; the note says where the rest stands."""
    index = place_of(submitted, "q1")
    submitted.cells[index].source = "First,"
    submitted.cells.insert(index + 1, new_markdown_cell("second."))
    restored, notes = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))
    assert f"cell {index + 2} (“second.”)" in notes[0]


def test_a_picture_alone_is_an_answer(submitted, source):
    """Pasted into the answer cell, whose text is the stub's."""
    submitted.cells[place_of(submitted, "q1")]["attachments"] = {"a.png": {"image/png": "aGk="}}
    restored, _ = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))


@pytest.mark.parametrize("kind", [new_code_cell, new_raw_cell])
def test_an_answer_cell_that_became_code_or_raw(submitted, source, kind):
    """Its text is the answer."""
    old = submitted.cells[place_of(submitted, "q1")]
    submitted.cells[place_of(submitted, "q1")] = kind(MINE, metadata=old.metadata, id=old.id)
    restored, _ = restore(submitted, source)
    assert cell_of(restored, "q1").source == MINE
    assert waits_for_a_person(cell_of(restored, "q1"))


@pytest.mark.parametrize(
    "cell",
    [
        new_code_cell("x = 1\nf()  # again"),
        new_markdown_cell("  \n"),
        new_markdown_cell("---"),
        new_markdown_cell(TEXT_STUB),
        new_raw_cell("# try it on a few more inputs\nf()"),
    ],
)
def test_what_is_no_answer(submitted, source, cell):
    """Code, an empty cell, a rule, a copy of a released cell: nothing was written."""
    submitted.cells.insert(place_of(submitted, "q1") + 1, copy.deepcopy(cell))
    restored, _ = restore(submitted, source)
    assert not waits_for_a_person(cell_of(restored, "q1"))


def test_text_before_an_exercise_is_about_that(submitted, source):
    """What stands on the other side of a test cell answers no question behind it."""
    submitted.cells.insert(0, new_markdown_cell("Ada Lovelace, group 3"))
    restored, _ = restore(submitted, source)
    assert not waits_for_a_person(cell_of(restored, "q1"))


def test_a_translated_notebook_is_no_answer(submitted, source):
    """Its text is not the source's, and is the course's all the same."""
    for name, text in {
        "title": "# 标题",
        "prompt": "**问题一** 为什么?",
        "prompt2": "然后?",
    }.items():
        submitted.cells[place_of(submitted, name)].source = text
    restored, notes = restore(submitted, source)
    assert not waits_for_a_person(cell_of(restored, "q1"))
    assert notes == ()


def test_a_corrected_typo_is_no_answer(submitted, source):
    """A line of the question that is nearly as it was."""
    cell = submitted.cells[place_of(submitted, "prompt")]
    cell.source = cell.source.replace("enough", "enough!")
    restored, _ = restore(submitted, source)
    assert not waits_for_a_person(cell_of(restored, "q1"))


def test_code_that_a_person_grades(submitted, source):
    """There, code in a cell of the student's own may be the answer."""
    manual = role("q1", grade=True, solution=True, points=3)
    source.cells[place_of(source, "q1")] = new_code_cell("# your plot", metadata=manual, id="q1")
    submitted.cells[place_of(submitted, "q1")] = release_cell(cell_of(source, "q1"))
    assert not waits_for_a_person(cell_of(restore(submitted, source)[0], "q1"))
    submitted.cells.insert(place_of(submitted, "q1") + 1, new_code_cell("plot(f)"))
    restored, _ = restore(submitted, source)
    assert waits_for_a_person(cell_of(restored, "q1"))
