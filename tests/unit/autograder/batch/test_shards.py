"""Shards: a class that several runs share, merged into one gradebook."""

import pytest

from autograder.authoring.simulate import simulate
from autograder.batch.course_grading import CourseGrading
from autograder.batch.outcomes import SubmissionState
from autograder.batch.shards import Shard, shard_directory, shard_file
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows
from tests.support.graded_class import POINTS, copy_of, grade, in_this_process, submit, use_runner

STUDENTS = 9


@pytest.fixture
def course(registered, monkeypatch):
    """A course with a class that has submitted."""
    use_runner(monkeypatch, FakeRunner(POINTS))
    simulate(registered.assignment(ASSIGNMENT), STUDENTS)
    return registered


def grade_shard(course, shard):
    """Grade one shard; the states by student."""
    with CourseGrading(course, executor=in_this_process) as grading:
        assignment = course.assignment(ASSIGNMENT)
        store = grading.store(assignment, shard)
        submissions = grading.submissions(assignment, (), shard)
        outcomes = grading.batch(assignment, store).run(submissions)
        states = {outcome.student: outcome.state for outcome in outcomes}
        store.close()
        assert [grade.student for grade in store.grades(sorted(states))] == sorted(states)
        return states


def merge(course):
    """Merge all shards; the states by student."""
    with CourseGrading(course) as grading:
        assignment = course.assignment(ASSIGNMENT)
        store = grading.gradebook_store(assignment)
        submissions = grading.submissions(assignment)
        outcomes = grading.merge(assignment, submissions, store)
        states = {outcome.student: outcome.state for outcome in outcomes}
        store.close()
        return states


def test_merged_shards_are_like_one_run(course, tmp_path):
    """The gradebook is that of a single run; a second merge keeps everything."""
    single = copy_of(course, tmp_path / "single")
    grade(single)
    shards = [grade_shard(course, Shard(number, 3)) for number in (1, 2, 3)]
    assert sum(map(len, shards)) == STUDENTS
    assert len(set().union(*shards)) == STUDENTS
    assert set(merge(course).values()) == {SubmissionState.GRADED}
    assert all_rows(course) == all_rows(single)
    notebooks = (course.root / "autograded").glob(f"*/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    assert len(list(notebooks)) == STUDENTS
    assert set(merge(course).values()) == {SubmissionState.KEPT}


def test_a_repeated_shard(course):
    """It grades only what has changed, and does not touch the gradebook."""
    before = all_rows(course)
    states = grade_shard(course, Shard(1, 1))
    assert set(states.values()) == {SubmissionState.GRADED}
    submit(course, "student-0003")
    states = grade_shard(course, Shard(1, 1))
    assert states.pop("student-0003") == SubmissionState.GRADED
    assert set(states.values()) == {SubmissionState.KEPT}
    assert all_rows(course) == before


def test_a_submission_that_is_in_no_shard(course):
    """A student who handed in again after the shard was graded keeps the earlier grade."""
    grade(course)
    before = all_rows(course)
    grade_shard(course, Shard(1, 1))
    submit(course, "student-0003")
    states = merge(course)
    assert states.pop("student-0003") == SubmissionState.NOT_GRADED
    assert set(states.values()) == {SubmissionState.KEPT}
    assert all_rows(course) == before


def test_a_submission_that_cannot_be_read(course, monkeypatch):
    """It has no grade after the merge; all others are merged, however many there are."""
    monkeypatch.setattr("autograder.batch.shards._MERGE_SIZE", 2)
    grade_shard(course, Shard(1, 1))
    path = course.submitted_dir / "student-0003" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    with path.open("ab") as file:
        file.truncate(200 * 2**20)
    states = merge(course)
    assert states.pop("student-0003") == SubmissionState.NOT_GRADED
    assert set(states.values()) == {SubmissionState.GRADED}
    assert len(states) == STUDENTS - 1


def test_there_is_nothing_to_merge(course):
    """The sentence has the command to run first."""
    with pytest.raises(CourseError, match=r"holds no shards.*--shard 1/2"):
        merge(course)


def test_shards_divide_a_class():
    """Each student is in one shard, the same whoever else is in the class; none is empty."""
    students = [f"s{number}" for number in range(300)]
    shards = [
        {student for student in students if Shard(number, 7).includes(student)}
        for number in range(1, 8)
    ]
    assert set().union(*shards) == set(students)
    assert sum(map(len, shards)) == len(students)
    assert all(20 < len(shard) < 70 for shard in shards)


def test_the_file_of_a_shard(course):
    """It is below a folder that nbgrader does not look into."""
    assignment = course.assignment(ASSIGNMENT)
    path = shard_file(assignment, Shard(3, 16))
    assert path == shard_directory(assignment) / "3-of-16.db"
    assert path.relative_to(course.root).parts[0] == ".autograder"
