"""The two lines are added to a course's config, or it stays as it is."""

import pytest

from autograder.authoring.config_lines import LINES, add_lines, has_lines
from autograder.course.config import load_config
from autograder.course.layout import CONFIG, Course
from autograder.errors import CourseError


@pytest.mark.parametrize(
    "old",
    [
        'c = get_config()\nc.CourseDirectory.course_id = "c"\n',
        "c = get_config()",
        "# nothing is set\n",
        "",
        None,
    ],
)
def test_the_lines_are_added_once(tmp_path, old):
    """What stood there stays, and the course's steps are set."""
    course, path = Course(tmp_path), tmp_path / CONFIG
    if old is not None:
        path.write_text(old, "utf-8")
    assert not has_lines(course)
    assert add_lines(course)
    assert has_lines(course)
    new = path.read_text("utf-8")
    assert new.startswith(old or "")
    assert new.endswith(f"\n{LINES}")
    assert "GradeCells" in str(load_config(course).Autograde.autograde_preprocessors)
    assert not add_lines(course)
    assert path.read_text("utf-8") == new


@pytest.mark.parametrize("old", ["c = get_config(\n", "c = None\n", "import no_such_module\n"])
def test_a_config_that_does_not_work_stays_as_it_is(tmp_path, old):
    """Be it broken before, or with the lines."""
    path = tmp_path / CONFIG
    path.write_text(old, "utf-8")
    with pytest.raises(CourseError, match=CONFIG):
        add_lines(Course(tmp_path))
    assert path.read_text("utf-8") == old
