"""A course's config is loaded the way nbgrader does."""

import pytest

from autograder.course.config import course_directory, load_config
from autograder.course.layout import CONFIG, Course
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT, SEED, copy_course


def test_the_config_is_loaded(course):
    """With the seed and the course's name."""
    config = load_config(course)
    assert config.CourseDirectory.course_id == "deep-foundations"
    assert config.GradeCells.seed == SEED


@pytest.mark.parametrize("text", ["raise ValueError('no')", "c = ", "import no_such_module_at_all"])
def test_a_config_that_cannot_be_loaded(course, text):
    """The error names the file."""
    (course.root / CONFIG).write_text(text, "utf-8")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py cannot be loaded"):
        load_config(course)


def test_a_course_directory_has_the_courses_own_settings(tmp_path):
    """Each course uses its own config, whatever the current folder."""
    course = copy_course(tmp_path / "course")
    text = (course.root / CONFIG).read_text("utf-8")
    (course.root / CONFIG).write_text(text.replace("deep-foundations", "another"), "utf-8")
    directory = course_directory(course, assignment_id="x")
    assert directory.course_id == "another"
    assert directory.root == str(course.root)
    assert directory.assignment_id == "x"
    assert directory.db_url == f"sqlite:///{course.root / 'gradebook.db'}"
    assert Course(course.root).names() == [ASSIGNMENT]
