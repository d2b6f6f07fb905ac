"""Scores read from nbgrader's gradebook."""

import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.student_scores import StudentScore, read_scores


def test_a_penalty_takes_no_more_than_there_is():
    """The lowest total is 0."""
    assert StudentScore("ada", score=3.0, penalty=5.0).total == 0.0


def test_without_a_gradebook(tmp_path):
    """The error is a sentence, and no gradebook is created."""
    with pytest.raises(CourseError, match="no gradebook yet"):
        read_scores(CourseDirectory(root=str(tmp_path)), "x")
    assert list(tmp_path.iterdir()) == []


def test_an_assignment_that_the_gradebook_does_not_know(built):
    """The error says what to do."""
    with pytest.raises(CourseError, match="autograder grade zzz"):
        read_scores(Settings.load(built.course).coursedir, "zzz")
