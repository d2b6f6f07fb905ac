"""Creating an assignment from the template."""

import re
import shutil

import pytest

from autograder.authoring import new as new_module
from autograder.authoring.new import TEMPLATE, create_assignment, suggest_name
from autograder.course.layout import Course
from autograder.errors import CourseError
from tests.support.solutions import ROOT


@pytest.fixture
def empty_course(tmp_path):
    """A course without any assignment."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return Course(tmp_path)


@pytest.fixture
def _not_built(monkeypatch):
    """Building takes seconds, and is tested with ``check`` in the functional tests."""
    monkeypatch.setattr(new_module, "build", lambda _: None)


def files(course):
    """All files and folders of a course."""
    return {path.relative_to(course.root).as_posix() for path in course.root.rglob("*")}


@pytest.mark.usefixtures("_not_built")
def test_the_template_is_filled_in(empty_course):
    """Every file of the template is there, with the name and the title in it."""
    assignment = create_assignment(empty_course, "demo_lesson")
    written = [path for path in assignment.folder.rglob("*") if path.is_file()]
    assert len(written) == sum(path.is_file() for path in TEMPLATE.rglob("*"))
    assert empty_course.names() == ["demo_lesson"]
    assert assignment.spec.title == "Demo lesson"
    assert "\n# Demo lesson\n" in assignment.text.read_text("utf-8")
    assert not [path for path in written if re.search(r"\{\{|\}\}", path.read_text("utf-8"))]
    assert not [name for name in files(empty_course) if name.startswith(".")]


@pytest.mark.usefixtures("_not_built")
@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("My Lesson!", "my_lesson"),
        ("Leaky-ReLU", "leaky_relu"),
        ("Übung 1", "ubung_1"),
        ("2nd", "lesson_2nd"),
        ("class", "lesson_class"),
        ("../up", "up"),
        ("_private", "private"),
        ("x" * 61, "x" * 60),
        ("日本", "lesson"),
        ("", "lesson"),
    ],
)
def test_a_name_that_is_not_allowed(empty_course, name, suggestion):
    """The sentence gives the rule and an allowed name; nothing is written."""
    before = files(empty_course)
    with pytest.raises(CourseError, match="consists of the letters a to z") as raised:
        create_assignment(empty_course, name)
    assert str(raised.value).endswith(f"Try {suggestion!r}.")
    assert files(empty_course) == before
    assert suggest_name(suggestion) == suggestion
    create_assignment(empty_course, suggestion)


@pytest.mark.usefixtures("_not_built")
@pytest.mark.parametrize("folder", ["assignments", "source", "release"])
def test_a_name_in_use(empty_course, folder):
    """Nothing that exists is overwritten, even without its other parts."""
    existing = empty_course.root / folder / "demo_lesson"
    existing.mkdir(parents=True)
    before = files(empty_course)
    with pytest.raises(CourseError, match=f"{re.escape(str(existing))} already exists"):
        create_assignment(empty_course, "demo_lesson")
    assert files(empty_course) == before


@pytest.mark.parametrize("error", [CourseError("no gradebook"), KeyboardInterrupt()])
def test_a_failed_build_leaves_nothing_behind(empty_course, monkeypatch, error):
    """The new folders are removed, so that the same name can be used again."""

    def fail(assignment):
        assignment.source.parent.mkdir(parents=True)
        assignment.source.touch()
        raise error

    monkeypatch.setattr(new_module, "build", fail)
    with pytest.raises(type(error)):
        create_assignment(empty_course, "demo_lesson")
    assert empty_course.names() == []
    assert not [name for name in files(empty_course) if "demo_lesson" in name]


def test_a_template_that_cannot_be_written(empty_course, monkeypatch):
    """Until the whole folder is written it has a temporary name, which is removed."""

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new_module, "write_text", fail)
    before = files(empty_course)
    with pytest.raises(OSError, match="No space left"):
        create_assignment(empty_course, "demo_lesson")
    assert files(empty_course) == before
