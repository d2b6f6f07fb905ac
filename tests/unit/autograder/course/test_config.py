"""A course's config is read as nbgrader reads it."""

import pytest

from autograder.course.config import course_directory, load_config
from autograder.course.layout import CONFIG, Course
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT, copy_course


def test_the_courses_config_is_read(course):
    """The seed and the course's name come from nbgrader_config.py."""
    config = load_config(course)
    assert config.CourseDirectory.course_id == "deep-foundations"
    assert config.GradeCells.seed == "change me"


@pytest.mark.parametrize("text", ["raise ValueError('no')", "c = ", "import no_such_module_at_all"])
def test_a_config_that_cannot_be_loaded(course, text):
    """A sentence with the file's name."""
    (course.root / CONFIG).write_text(text, "utf-8")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py cannot be loaded"):
        load_config(course)


def test_a_course_directory_of_its_own_settings(tmp_path):
    """Each course is opened by its own config, wherever the person stands."""
    one = copy_course(tmp_path / "one")
    text = (one.root / CONFIG).read_text("utf-8")
    (one.root / CONFIG).write_text(text.replace("deep-foundations", "another"), "utf-8")
    directory = course_directory(one, assignment_id="x")
    assert directory.course_id == "another"
    assert directory.root == str(one.root)
    assert directory.assignment_id == "x"
    assert directory.db_url == f"sqlite:///{one.root / 'gradebook.db'}"
    assert Course(one.root).names() == [ASSIGNMENT]
