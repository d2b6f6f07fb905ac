"""A simulated class: the same for a seed, and a realistic mixture of answers."""

import base64
import io
import itertools
import random
import re
import statistics

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from PIL import Image

from autograder.authoring.sample_answers import VAGUE, SampleAnswers
from autograder.authoring.simulate import into_course, simulate
from autograder.course.layout import Course
from autograder.course.notebook import (
    grade_id,
    is_experiment,
    is_manual,
    is_solution,
    read_notebook,
)
from autograder.course.released_cells import release_cell
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.solutions import ROOT


def handed_in(assignment):
    """By student, the text of the submitted notebook."""
    base = assignment.course.submitted_dir
    return {
        path.name: (path / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text("utf-8")
        for path in sorted(base.iterdir())
    }


def test_a_seed_determines_the_class(assignment, tmp_path):
    """The same seed makes the same class; a larger class begins with the same students."""
    assert simulate(assignment, 6, seed=1) == 6
    first = handed_in(assignment)
    assert len(first) == len(set(first.values())) == 6
    for folder, students, seed in (("same", 6, 1), ("other", 6, 2), ("larger", 8, 1)):
        another = into_course(assignment, tmp_path / folder)
        simulate(another, students, seed=seed)
        again = handed_in(another)
        assert (again == first) == (folder == "same")
        assert (first.items() <= again.items()) == (folder != "other")


def test_the_mixture(assignment):
    """Right answers, mistakes, gaps and prose all occur; the course's own cells are unchanged."""
    simulate(assignment, 60)
    source = {grade_id(cell): cell for cell in assignment.notebook.cells if grade_id(cell)}
    released = {name: release_cell(cell).source for name, cell in source.items()}
    kinds = {"right": 0, "gap": 0, "other": 0, "prose": 0, "silence": 0}
    for student in handed_in(assignment):
        path = assignment.course.submitted_dir / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        for cell in read_notebook(path).notebook.cells:
            name = grade_id(cell)
            if is_experiment(cell):
                draws = "plot_" in cell.source or "plots." in cell.source
                shown = [one.output_type for one in cell.outputs]
                printed = ["stream"] if "print(" in cell.source else []
                assert shown == (["display_data"] if draws else printed)
            if name is None:
                continue
            if not is_solution(cell):
                assert cell.source == released[name]
            elif is_manual(cell):
                kinds["silence" if cell.source == released[name] else "prose"] += 1
            elif cell.source.startswith(source[name].source):
                kinds["right"] += 1
            else:
                kinds["gap" if cell.source == released[name] else "other"] += 1
    assert min(kinds.values()) > 2, kinds
    assert kinds["right"] > kinds["other"] > kinds["gap"]


def test_pictures_are_pictures(assignment):
    """Each can be opened, is large enough to be looked at, and shows more than one colour."""
    simulate(assignment, 12)
    pictures = {
        output.data["image/png"]
        for student in handed_in(assignment).values()
        for cell in nbformat.reads(student, as_version=4).cells
        if is_experiment(cell)
        for output in cell.outputs
        if "data" in output
    }
    assert len(pictures) > 4
    for data in pictures:
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        picture.verify()
        assert picture.format == "PNG"
        picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
        assert min(picture.size) > 200
        assert len(picture.getcolors(2**24)) > 20


@pytest.mark.parametrize("name", ["regularization", "features"])
def test_answers_read_like_answers(name):
    """Short, varied, good and poor; in the lesson's words, and never the model answer's."""
    notebook = Course(ROOT).assignment(name).notebook
    samples, chance = SampleAnswers(notebook), random.Random(1)  # noqa: S311  no secret
    model = {
        sentence
        for cell in notebook.cells
        if is_manual(cell)
        for sentence in re.split(r"(?<=[.:;,]) ", cell.source)
        if len(sentence) > 20
    }
    questions = [
        above.source
        for above, cell in itertools.pairwise(notebook.cells)
        if is_manual(cell) and "Question" in above.source
    ]
    for question in questions:
        strong = [samples.answer(question, 0.95, chance) for _ in range(60)]
        weak = [samples.answer(question, 0.1, chance) for _ in range(60)]
        assert len(set(strong)) > 40
        assert statistics.mean(map(len, strong)) > 1.5 * statistics.mean(map(len, weak))
        for answer in strong + weak:
            assert len(answer) < 800
            assert answer[-1] in ".,y" or answer == "see above"
            assert not any(sentence in answer for sentence in model)


def test_a_notebook_without_prose_gets_answers_too():
    """They are then vague, all of them."""
    samples = SampleAnswers(new_notebook(cells=[new_markdown_cell("# Title\n\n- a list")]))
    chance = random.Random(1)  # noqa: S311  no secret
    assert {samples.answer("Why?", 1.0, chance) for _ in range(20)} <= set(VAGUE)


def test_a_folder_with_other_files_is_left_alone(assignment, tmp_path):
    """A folder that is no simulated course is refused with a sentence."""
    (tmp_path / "mine").mkdir()
    with pytest.raises(CourseError, match="is no simulated course"):
        into_course(assignment, tmp_path / "mine")


def test_a_scratch_course_is_filled_twice(assignment, tmp_path):
    """It can be used again, and shares no file with the first course."""
    for _ in range(2):
        copied = into_course(assignment, tmp_path / "scratch")
    assert copied.course == Course(tmp_path / "scratch")
    assert copied.notebook == assignment.notebook
    assert copied.source.is_relative_to(tmp_path / "scratch")
