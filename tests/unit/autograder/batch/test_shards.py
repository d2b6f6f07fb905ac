"""Shards: a class that several runs share, and that comes together in one gradebook."""

import pytest

from autograder.authoring.simulate import simulate
from autograder.batch.course_grading import CourseGrading
from autograder.batch.outcomes import SubmissionState
from autograder.batch.shards import Shard, shard_directory, shard_file
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows, in_this_process
from tests.unit.autograder.gradebook.test_scores import POINTS, by_us, copied, hand_in, use  # noqa: F401


@pytest.fixture
def class_(registered, use):  # noqa: F811
    """Nine students have handed in."""
    use(FakeRunner(POINTS))
    simulate(registered.assignment(ASSIGNMENT), 9)
    return registered


def graded_shard(course, shard):
    """Grade one part; what was done with whom."""
    with CourseGrading(course, executor=in_this_process) as grading:
        assignment = course.assignment(ASSIGNMENT)
        store = grading.store(assignment, shard)
        submissions = grading.submissions(assignment, (), shard)
        done = {one.student: one.state for one in grading.batch(assignment, store).run(submissions)}
        assert [one.student for one in store.grades(sorted(done))] == sorted(done)
        return done


def merged(course):
    """Bring the parts together; what was done with whom."""
    with CourseGrading(course) as grading:
        assignment = course.assignment(ASSIGNMENT)
        store = grading.gradebook_store(assignment)
        submissions = grading.submissions(assignment)
        done = {one.student: one.state for one in grading.merge(assignment, submissions, store)}
        store.close()
        return done


def test_merged_shards_are_one_run(class_, tmp_path):
    """The gradebook is that of a single run; nobody was graded twice; a second merge keeps all."""
    single = copied(class_, tmp_path / "single")
    by_us(single)
    parts = [graded_shard(class_, Shard(number, 3)) for number in (1, 2, 3)]
    assert sum(map(len, parts)) == 9
    assert len(set().union(*parts)) == 9
    assert set(merged(class_).values()) == {SubmissionState.GRADED}
    assert all_rows(class_) == all_rows(single)
    made = class_.root / "autograded"
    assert len(list(made.glob(f"*/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"))) == 9
    assert set(merged(class_).values()) == {SubmissionState.KEPT}


def test_a_shard_resumes(class_):
    """Its second run grades only what has changed, and touches no gradebook."""
    before = all_rows(class_)
    first = graded_shard(class_, Shard(1, 1))
    assert set(first.values()) == {SubmissionState.GRADED}
    hand_in(class_, "student-0003")
    again = graded_shard(class_, Shard(1, 1))
    assert again.pop("student-0003") == SubmissionState.GRADED
    assert set(again.values()) == {SubmissionState.KEPT}
    assert all_rows(class_) == before


def test_what_is_in_no_shard_is_left_as_it_was(class_):
    """Who handed in again after the shard has no new grade, and keeps the earlier one."""
    by_us(class_)
    before = all_rows(class_)
    graded_shard(class_, Shard(1, 1))
    hand_in(class_, "student-0003")
    done = merged(class_)
    assert done.pop("student-0003") == SubmissionState.NOT_GRADED
    assert set(done.values()) == {SubmissionState.KEPT}
    assert all_rows(class_) == before


def test_nothing_to_merge(class_):
    """A sentence with the command to run first."""
    with pytest.raises(CourseError, match=r"holds no shards.*--shard 1/2"):
        merged(class_)


def test_where_shards_lie(class_):
    """One file a part, below a folder that nbgrader does not look into."""
    assignment = class_.assignment(ASSIGNMENT)
    path = shard_file(assignment, Shard(3, 16))
    assert path == shard_directory(assignment) / "3-of-16.db"
    assert path.relative_to(class_.root).parts[0] == ".autograder"
