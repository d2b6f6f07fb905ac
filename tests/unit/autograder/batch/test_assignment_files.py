"""What a worker is sent of an assignment."""

from autograder.batch.course_grading import CourseGrading, assignment_files
from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT


def files_of(course):
    """What is sent now."""
    with CourseGrading(course) as grading:
        return assignment_files(grading.settings, course.assignment(ASSIGNMENT))


def test_a_limit_of_the_course_reaches_workers(course, tmp_path):
    """It may change a grade, so with another limit the key of a grade is another one."""
    without = files_of(course)
    shared = course.assignments_dir / "course.toml"
    shared.write_text("[limits]\nmemory_mb = 512\n", "utf-8")
    sent = files_of(course)
    shared.write_text("[limits]\nmemory_mb = 513\n", "utf-8")
    assert len({without.digest, sent.digest, files_of(course).digest}) == 3
    for name, data in sent.files.items():
        path = tmp_path / "worker" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert Course(tmp_path / "worker").assignment(ASSIGNMENT).limits.memory_mb == 512
