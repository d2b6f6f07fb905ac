"""Names of folders that nbgrader would take for patterns."""

import logging
import shutil
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateAssignment

from autograder.course.settings import Settings
from autograder.nbgrader_ext.converters import CourseAutograde, CourseFeedback
from autograder.nbgrader_ext.literal_paths import find_paths, is_ignored
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.graded_class import POINTS, copy_of, submit, use_runner

# A course's folder, a folder beside it that the name as a pattern matches, a student's name.
FOLDERS = {
    "brackets": ("Kurs [2026]", "Kurs 2", "ada [1]"),
    "star": ("a*b", "aXb", "a*a"),
    "star at the end": ("Kurs*", "Kurs 2", "ada*x"),
    "question mark": ("c?d", "cXd", "ad?"),
    "negation": ("x[!a]", "xb", "[!a]da"),
}


@pytest.mark.parametrize(("name", "beside", "student"), FOLDERS.values(), ids=FOLDERS)
def test_nbgrader_stays_in_a_course_of_any_name(
    registered, tmp_path, monkeypatch, name, beside, student
):
    """The source notebook reaches no student, and nothing of the course beside it is read."""
    use_runner(monkeypatch, FakeRunner(POINTS))
    course = copy_of(registered, tmp_path / name)
    submit(course, student, files=["mine.csv"])
    other = copy_of(registered, tmp_path / beside)
    submit(other, "stranger")
    release = course.assignment(ASSIGNMENT).release
    released = release.read_bytes()
    shutil.rmtree(release.parent)
    coursedir = Settings.load(course).course_directory(assignment_id=ASSIGNMENT)
    (course.root / "source" / ASSIGNMENT / "table.csv").write_text("1,2", "utf-8")
    for converter in (GenerateAssignment, CourseAutograde, CourseFeedback):
        converter(coursedir=coursedir, config=coursedir.config).start()
    assert release.read_bytes() == released
    assert {path.name for path in release.parent.iterdir()} == {
        "hints.json",
        "table.csv",
        f"{ASSIGNMENT}.ipynb",
    }
    autograded = course.root / "autograded"
    assert [path.name for path in autograded.iterdir()] == [student]
    assert {path.name for path in (autograded / student / ASSIGNMENT).iterdir()} == {
        "mine.csv",
        "table.csv",
        f"{ASSIGNMENT}.ipynb",
    }
    solution = "regularization_cost = lambd / (2 * m)"
    assert solution in course.assignment(ASSIGNMENT).source.read_text("utf-8")
    assert solution not in (autograded / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
    assert (course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").is_file()
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    assert api.get_source_assignments() == {ASSIGNMENT}
    assert api.get_submitted_students(ASSIGNMENT) == {student}


@pytest.mark.parametrize("name", ["ps [1]", "a*b", "ps (late)", "what?"])
def test_an_assignment_may_have_any_name(registered, name):
    """Formgrader finds its submissions, and `collect` and `autograde` those of no other."""
    for folder in ("source", "release", "submitted/ada", "submitted/[b]ob", "submitted/c"):
        (registered.root / folder / name).mkdir(parents=True)
    (registered.root / "submitted" / "eve" / "aXb").mkdir(parents=True)
    coursedir = Settings.load(registered).course_directory(assignment_id=name)
    api = NbGraderAPI(coursedir=coursedir, config=coursedir.config)
    assert api.get_submitted_students(name) == {"ada", "[b]ob", "c"}
    assert api.get_source_assignments() == {ASSIGNMENT, name}
    converter = CourseAutograde(coursedir=coursedir, config=coursedir.config)
    converter.log = logging.getLogger("nowhere")
    converter.init_notebooks()
    assert len(converter.assignments) == 3


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*+ps+*", ["*+ps+*", "ada+ps+1"]),  # a student handed in a folder of this name
        ("in/[ab]*", ["ada+ps+1"]),  # nbgrader's patterns are still patterns
        ("in/ada+p?+1", ["ada+ps+1"]),
        ("[x]/*.ipynb", ["*.ipynb", "one.ipynb"]),
        ("x/*.ipynb", []),
        ("nowhere/*", []),
    ],
)
def test_patterns(tmp_path, monkeypatch, pattern, expected):
    """A name that exists means itself, except for the ``*`` at the end of nbgrader's patterns."""
    for path in ("in/*+ps+*", "in/ada+ps+1", "[x]/one.ipynb", "[x]/*.ipynb"):
        (tmp_path / path).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for root in ("", f"{tmp_path}/"):
        assert sorted(Path(path).name for path in find_paths(root + pattern)) == expected


def test_a_name_is_ignored_wherever_it_is():
    """By its name, whatever the folders are called; or by its whole path."""
    for folder in ("/a/b", "/a/[b]", "/a/b*"):
        assert is_ignored(f"{folder}/x.ipynb", ["*.pyc", "*.ipynb"])
        assert not is_ignored(f"{folder}/x.csv", ["*.pyc", "*.ipynb"])
        assert is_ignored(f"{folder}/[x].csv", [f"{folder}/[x].csv"])
        assert not is_ignored(f"{folder}/x.csv", [f"{folder}/[x].csv"])
    assert not is_ignored("/a/x.ipynb")
