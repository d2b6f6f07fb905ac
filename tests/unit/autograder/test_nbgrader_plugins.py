"""One line in a config puts our steps into nbgrader's pipelines."""

import logging
import os
import shutil
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder import nbgrader_plugins as rooms
from autograder.autograded import handed_in
from autograder.course import CONFIG, Course
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT, copy_course


def cell_of(source, make=new_code_cell, **role):
    """A cell with nbgrader's metadata."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    metadata = {"nbgrader": {"grade_id": "f", "schema_version": 3, **full}}
    return make(source, metadata=metadata)


def test_every_step_in_the_config_exists():
    """Nbgrader imports them by name, and a misspelt one would only be told at grading time."""
    from traitlets.utils.importstring import import_item

    c = Config()
    rooms.configure(c)
    names = [
        *c.GenerateAssignment.preprocessors,
        *c.Autograde.sanitize_preprocessors,
        *c.Autograde.autograde_preprocessors,
        *c.GenerateFeedback.preprocessors,
        c.Autograde.exporter_class,
    ]
    assert all(isinstance(import_item(name), type) for name in names)


def test_checksums_are_computed_after_hidden_tests_went():
    """Nbgrader's order, in which the gradebook keeps the full test and the release its own sum."""
    c = Config()
    rooms.configure(c)
    steps = [name.rsplit(".", 1)[1] for name in c.GenerateAssignment.preprocessors]
    assert steps.index("SaveCells") < steps.index("ClearHiddenTests")
    assert steps[-2:] == ["ComputeChecksums", "CheckCellMetadata"]


def test_the_courses_config_is_read(course):
    """The seed and the course's name come from nbgrader_config.py."""
    config = rooms.load_config(course)
    assert config.CourseDirectory.course_id == "deep-foundations"
    assert config.GradeCells.seed == "change me"


@pytest.mark.parametrize("text", ["raise ValueError('no')", "c = ", "import no_such_module_at_all"])
def test_a_config_that_cannot_be_loaded(course, text):
    """A sentence with the file's name."""
    (course.root / CONFIG).write_text(text, "utf-8")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py cannot be loaded"):
        rooms.load_config(course)


def test_stubs_keep_their_markers():
    """The classic form, by the step that plain `nbgrader generate_assignment` loads."""
    source = "x = 1\n### START CODE HERE ###\ny = 2\n### END CODE HERE ###"
    cell, _ = rooms.KeepMarkers().preprocess_cell(cell_of(source, solution=True), {}, 0)
    assert cell.source == source.replace("y = 2", "y = None")


def test_text_answers_are_cut():
    """A Markdown answer becomes the invitation to write one."""
    cell = cell_of("Because.", new_markdown_cell, solution=True, grade=True, points=1)
    cell, _ = rooms.KeepMarkers().preprocess_cell(cell, {}, 0)
    assert cell.source == "*Write your answer here.*"


def test_other_cells_are_left_alone():
    """Prose may speak of the markers."""
    text = "Write between `### START CODE HERE ###` and `### END CODE HERE ###`."
    cell, _ = rooms.KeepMarkers().preprocess_cell(new_markdown_cell(text), {}, 0)
    assert cell.source == text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (new_code_cell("### START CODE HERE ###"), "cell 3 has a 'START CODE HERE' marker"),
        (cell_of("### START CODE HERE ###\nx", solution=True), "'f' cannot be made a stub"),
        (cell_of("x = 1\n### END CODE HERE ###", solution=True), "'f' cannot be made a stub"),
    ],
)
def test_a_faulty_region_stops_the_release(cell, words):
    """A solution that cannot be cut is not released uncut."""
    config = Config()
    rooms.configure(config)
    with pytest.raises(RuntimeError, match=words):
        rooms.KeepMarkers(config=config).preprocess_cell(cell, {}, 2)


def test_nbgraders_commands_load_our_converter(course):
    """There is no setting for it; loading the config puts it where the commands look."""
    import nbgrader.apps.api
    import nbgrader.apps.autogradeapp

    rooms.load_config(course)
    assert nbgrader.apps.api.Autograde is rooms.CourseAutograde
    assert nbgrader.apps.autogradeapp.Autograde is rooms.CourseAutograde


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            "[ERROR] a\nautograder.errors.BadSubmissionError: x.ipynb is empty.\nb",
            "x.ipynb is empty.",
        ),
        (
            (
                "ValueError: first\n  RuntimeError: the cell 'f' cannot\n"
                "[ERROR] There was an error\n"
                "NbGraderException: Please see the the above traceback"
            ),
            "the cell 'f' cannot",
        ),
        ("KeyError: 'x'\n", "KeyError: 'x'"),
        (
            (
                "[ERROR] There was an error processing assignment: x\n[ERROR] No kernel.\n"
                "[WARNING] Removing failed assignment: x\n"
                "[ERROR] Please see the the above traceback"
            ),
            "No kernel.",
        ),
        ("[ERROR] No notebooks\n\n", "No notebooks"),
        ("", "no reason given"),
    ],
)
def test_what_a_failed_run_comes_to(log, sentence):
    """Of nbgrader's log, the one line that says why."""
    assert rooms.last_sentence({"log": log, "error": ""}) == sentence


def test_a_traceback_that_ends_in_a_sentence_is_that_sentence():
    """Others stay as they are: a bug must show where it is."""
    ours = "Traceback (most recent call last):\n  File …\nautograder.errors.RunnerError: No kernel."
    theirs = "Traceback (most recent call last):\n  File …\nKeyError: 1"
    for text, expected in ((ours, "No kernel."), (theirs, theirs), ("plain", "plain")):
        record = logging.LogRecord("x", logging.ERROR, "x", 1, text, None, None)
        assert rooms._sentence_for_traceback(record)
        assert record.msg == expected


def test_withdrawing_an_automatic_score(registered):
    """What a person gave stays; what an earlier run gave goes, and the cell waits again."""
    with Gradebook(f"sqlite:///{registered.root / 'gradebook.db'}", "deep-foundations") as book:
        book.add_student("ada")
        book.add_submission(ASSIGNMENT, "ada")
        grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada").grades
        for grade in grades:
            grade.auto_score, grade.needs_manual_grade = 5.0, False
        grades[0].manual_score = 4.0
        book.db.commit()
        rooms.withdraw(book, ASSIGNMENT, "ada")
        assert all(grade.auto_score is None for grade in grades)
        assert all(grade.needs_manual_grade for grade in grades)
        assert grades[0].manual_score == 4.0


def test_withdrawing_where_nothing_was_given(registered):
    """A student who was never graded is no error."""
    with Gradebook(f"sqlite:///{registered.root / 'gradebook.db'}", "deep-foundations") as book:
        rooms.withdraw(book, ASSIGNMENT, "nobody")


def test_a_course_directory_of_its_own_settings(tmp_path):
    """Each course is opened by its own config, wherever the person stands."""
    one = copy_course(tmp_path / "one")
    text = (one.root / CONFIG).read_text("utf-8")
    (one.root / CONFIG).write_text(text.replace("deep-foundations", "another"), "utf-8")
    directory = rooms.course_directory(one, assignment_id="x")
    assert directory.course_id == "another"
    assert directory.root == str(one.root)
    assert directory.assignment_id == "x"
    assert directory.db_url == f"sqlite:///{one.root / 'gradebook.db'}"
    assert Course(one.root).names() == [ASSIGNMENT]


def test_alembic_is_found_in_an_environment_that_is_not_activated(monkeypatch, tmp_path):
    """It is started by its name; an ``alembic`` that is on the path already is left alone."""
    monkeypatch.setenv("PATH", str(tmp_path))
    rooms.configure(Config())
    found = shutil.which("alembic")
    assert found is not None
    assert Path(found).parent == Path(sys.executable).parent
    before = os.environ["PATH"]
    rooms.configure(Config())
    assert os.environ["PATH"] == before


def test_hints_are_not_copied_for_every_student(course):
    """They came with the notebook; what else lies there, a student's own file too, is kept."""
    coursedir = rooms.course_directory(course, assignment_id=ASSIGNMENT)
    handed = course.submitted_dir / "ada" / ASSIGNMENT
    for folder in (handed, course.root / "autograded" / "ada" / ASSIGNMENT):
        (folder / "mine").mkdir(parents=True)
        for name in ("hints.json", "mine/hints.json", "data.csv", f"{ASSIGNMENT}.ipynb"):
            (folder / name).write_text("{}", "utf-8")
    converter = rooms.CourseFeedback(coursedir=coursedir, config=coursedir.config)
    converter.init_assignment(ASSIGNMENT, "ada")
    made = course.root / "feedback" / "ada" / ASSIGNMENT
    assert not (made / "hints.json").exists()
    assert (made / "mine" / "hints.json").exists()
    assert (made / "data.csv").exists()
    assert {name for name, _ in handed_in(coursedir, handed)} == {"mine/hints.json", "data.csv"}
    assert (handed / "hints.json").exists()


def test_nbgraders_own_command_leaves_hints_out():
    """Its converter of feedback is ours."""
    from nbgrader.apps import api, generatefeedbackapp

    rooms.configure(Config())
    assert api.GenerateFeedback is generatefeedbackapp.GenerateFeedback is rooms.CourseFeedback
