"""A course's submissions, and the jobs that are made of them."""

from autograder.batch.course_grading import CourseGrading, assignment_files
from autograder.batch.shards import Shard
from autograder.course.layout import CONFIG
from tests.conftest import ASSIGNMENT
from tests.support.graded_class import submit


def test_submissions_to_grade(registered):
    """All or the named ones; never an excluded student; of a shard only its own."""
    config = registered.root / CONFIG
    text = f"{config.read_text('utf-8')}\nc.CourseDirectory.student_id_exclude = 'bo'\n"
    config.write_text(text, "utf-8")
    for student in ("ada", "bo", "cleo"):
        submit(registered, student)
    with CourseGrading(registered) as grading:
        assignment = registered.assignment(ASSIGNMENT)

        def students(*names, shard=None):
            chosen = grading.submissions(assignment, names, shard)
            return [submission.student for submission in chosen]

        assert students() == ["ada", "cleo"]
        assert students("cleo") == ["cleo"]
        shards = [students(shard=Shard(number, 2)) for number in (1, 2)]
        assert sorted(shards[0] + shards[1]) == ["ada", "cleo"]


def test_what_is_sent_of_an_assignment(registered):
    """Its source notebook and what lies beside it, its TOML files, and no examples."""
    assignment = registered.assignment(ASSIGNMENT)
    (assignment.source.parent / "data.csv").write_text("1,2", "utf-8")
    with CourseGrading(registered) as grading:
        files = assignment_files(grading.settings, assignment)
    assert set(files.files) == {
        f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
        f"assignments/{ASSIGNMENT}/assignment.toml",
        f"assignments/{ASSIGNMENT}/mistakes.toml",
        f"source/{ASSIGNMENT}/data.csv",
    }
    assert files.data_files == {"data.csv": b"1,2"}
    assert files.max_score == 100.0


def test_a_translation_counts_only_where_it_is_spoken(registered):
    """Otherwise a changed catalogue would grade every class anew."""
    name = f"assignments/{ASSIGNMENT}/zh_CN.po"
    for language, sent in (("en", False), ("zh_CN", True)):
        config = registered.root / "nbgrader_config.py"
        config.write_text(
            f"{config.read_text('utf-8')}\nc.Course.language = {language!r}\n", "utf-8"
        )
        with CourseGrading(registered) as grading:
            files = assignment_files(grading.settings, registered.assignment(ASSIGNMENT))
        assert (name in files.files) == sent
