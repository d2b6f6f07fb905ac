"""Where things are in a course, and the errors if they are not there."""

import shutil

import pytest

from autograder.course.assignment_toml import Limits
from autograder.course.layout import Course, Submission
from autograder.course.notebook import grade_id, read_notebook, write_notebook
from autograder.errors import BadSubmissionError, CourseError
from autograder.grading.grade import read_submission
from tests.conftest import ASSIGNMENT


def hand_in(assignment, student, name=None, notebook=None):
    """Put a notebook (default: the release) into ``submitted/``."""
    folder = assignment.course.submitted_dir / student / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{assignment.name}.ipynb")
    if notebook is None:
        shutil.copy(assignment.release, path)
    else:
        write_notebook(notebook, path)
    return Submission(assignment, student, folder)


def answered(assignment, name, text):
    """The release with an answer in one cell."""
    notebook = read_notebook(assignment.release).notebook
    next(cell for cell in notebook.cells if grade_id(cell) == name).source = text
    return notebook


def test_the_nearest_course_upward_is_found(course):
    """A command works in any folder of the course."""
    below = course.root / "assignments" / ASSIGNMENT
    assert Course.find(below).root == course.root


def test_the_current_folder_is_the_default(course, monkeypatch):
    """Without an argument, the search starts in the current folder."""
    monkeypatch.chdir(course.root)
    assert Course.find().root == course.root


def test_no_course(tmp_path):
    """Outside of a course, the error says what was searched for and what to do."""
    with pytest.raises(CourseError, match=r"no course at .*nbgrader_config\.py.*--course"):
        Course.find(tmp_path)


def test_names_come_from_texts_and_sources(course):
    """An assignment may have only a text or, in somebody else's course, only a source notebook."""
    (course.root / "assignments" / "only_text").mkdir()
    (course.root / "assignments" / "only_text" / "assignment.toml").touch()
    (course.root / "source" / "only_source").mkdir()
    shutil.copy(
        course.assignment(ASSIGNMENT).source,
        course.root / "source" / "only_source" / "only_source.ipynb",
    )
    assert course.names() == ["only_source", "only_text", ASSIGNMENT]


def test_the_error_for_an_unknown_name_suggests_a_similar_one(course):
    """Names are easily mistyped."""
    with pytest.raises(CourseError, match=rf"'regularisation'.*Did you mean {ASSIGNMENT}\?"):
        course.assignment("regularisation")


def test_the_error_for_an_unknown_name_lists_all_if_none_is_similar(course):
    """There is nothing to suggest."""
    with pytest.raises(CourseError, match=f"It has: {ASSIGNMENT}"):
        course.assignment("zzz")


def test_limits_are_the_assignments_over_the_courses_over_ours(assignment):
    """Each file replaces single limits and leaves the others."""
    assert assignment.course.limits == Limits()
    shared = assignment.course.assignments_dir / "course.toml"
    shared.write_text("[limits]\ncell_seconds = 5\nmemory_mb = 512\n", "utf-8")
    own = assignment.folder / "assignment.toml"
    own.write_text("[limits]\ncell_seconds = 3\n", "utf-8")
    assert assignment.limits == Limits(cell_seconds=3, memory_mb=512)


def test_what_an_assignment_toml_says(assignment):
    """Where there is none, as in a course of source notebooks only, nothing is said."""
    spec = assignment.spec
    assert (spec.title, spec.points, spec.prerequisites) == (
        "Regularization",
        100,
        ("initialization",),
    )
    (assignment.folder / "assignment.toml").unlink()
    bare = assignment.course.assignment(ASSIGNMENT).spec
    assert (bare.title, bare.points, bare.learned) == ("", None, ())


def test_files_that_a_grade_may_depend_on(assignment):
    """They go to workers and into the key of a grade; the course's file only if there is one."""
    names = [path.name for path in assignment.config_files]
    assert names == ["assignment.toml", "mistakes.toml", "zh_CN.po"]
    (assignment.course.assignments_dir / "course.toml").touch()
    assert [path.name for path in assignment.config_files] == ["course.toml", *names]


def test_a_source_notebook_that_is_missing(assignment):
    """The error says how to build it."""
    assignment.source.unlink()
    with pytest.raises(CourseError, match=rf"missing.*autograder build {ASSIGNMENT}"):
        _ = assignment.notebook


def test_a_source_notebook_that_is_damaged(assignment):
    """A damaged source is the course's fault, never a student's."""
    assignment.source.write_text("{", "utf-8")
    with pytest.raises(CourseError, match=r"damaged.*autograder build"):
        _ = assignment.notebook


def test_no_submitted_folder(assignment):
    """Before anything was collected, the error says where notebooks are expected."""
    with pytest.raises(CourseError, match=r"submitted does not exist.*nbgrader collect"):
        list(assignment.submissions())


def test_no_submission_of_this_assignment(assignment):
    """Students who handed in other assignments do not count."""
    (assignment.course.submitted_dir / "ada" / "other").mkdir(parents=True)
    with pytest.raises(CourseError, match=f"No submission of {ASSIGNMENT}"):
        list(assignment.submissions())


def test_submissions_are_sorted_by_student(assignment):
    """Stray files are ignored."""
    for student in ("bo", "ada"):
        hand_in(assignment, student)
    (assignment.course.submitted_dir / "list.csv").touch()
    assert [submission.student for submission in assignment.submissions()] == ["ada", "bo"]
    assert [submission.student for submission in assignment.submissions(["bo"])] == ["bo"]


def test_the_error_for_an_unknown_student_suggests_a_similar_one(assignment):
    """Names are easily mistyped."""
    hand_in(assignment, "fatima")
    with pytest.raises(CourseError, match=r"no folder .*fatma.*Did you mean fatima\?"):
        list(assignment.submissions(["fatma"]))


def test_the_expected_notebook_is_taken(assignment):
    """Whatever else is in the folder."""
    submission = hand_in(assignment, "ada")
    hand_in(assignment, "ada", "old.ipynb")
    path, notes = submission.find_notebook()
    assert path.name == f"{ASSIGNMENT}.ipynb"
    assert notes == ()


def test_a_renamed_notebook_is_taken_with_a_note(assignment):
    """The only notebook with the exercises is graded instead of the missing one."""
    submission = hand_in(assignment, "ada", "regularization (1).ipynb")
    (submission.folder / "scratch.ipynb").write_text("{", "utf-8")
    path, notes = submission.find_notebook()
    assert path.name == "regularization (1).ipynb"
    assert "regularization (1).ipynb was graded in place of" in notes[0]


def test_two_renamed_notebooks_are_refused(assignment):
    """A person has to decide which one is meant."""
    submission = hand_in(assignment, "ada", "a.ipynb", answered(assignment, "l2-cost", "1"))
    hand_in(assignment, "ada", "b.ipynb", answered(assignment, "l2-cost", "2"))
    with pytest.raises(
        BadSubmissionError, match=r"several notebooks with different answers.*a\.ipynb, b\.ipynb"
    ):
        submission.find_notebook()


def test_a_notebook_of_something_else(assignment):
    """It is not graded as this assignment."""
    submission = hand_in(assignment, "ada", "essay.ipynb")
    (submission.folder / "essay.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "utf-8"
    )
    with pytest.raises(BadSubmissionError, match=r"essay\.ipynb is not a notebook of this course"):
        read_submission(submission.find_notebook()[0], assignment)


@pytest.mark.parametrize("name", [f"{ASSIGNMENT}.ipynb", "renamed.ipynb"])
def test_a_link_is_no_notebook(assignment, name):
    """It would be read with the grader's rights; it could lead to the source notebook."""
    folder = assignment.course.submitted_dir / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / name).symlink_to(assignment.source)
    with pytest.raises(BadSubmissionError, match="the folder holds no notebook"):
        Submission(assignment, "ada", folder).find_notebook()


def test_no_notebook_at_all(assignment):
    """The error for an empty folder."""
    folder = assignment.course.submitted_dir / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    with pytest.raises(BadSubmissionError, match="the folder holds no notebook"):
        Submission(assignment, "ada", folder).find_notebook()
