"""Preprocessors that a course has configured before ``configure(c)``."""

import pytest
from traitlets.config import Config

from autograder.course.batch_settings import BatchSettings
from autograder.course.layout import CONFIG
from autograder.errors import CourseError
from autograder.nbgrader_ext.pipeline_steps import extended, replaced, step_name


class OwnStep:
    """A preprocessor of the course's."""


def _names(config):
    return [step_name(step) for step in config.S.steps]


def test_without_steps_of_the_course_s():
    """Ours are used as they are."""
    config = Config()
    extended(config.S, "steps", ["a.GradeCells", "n.SaveAutoGrades"], after="GradeCells")
    assert config.S.steps == ["a.GradeCells", "n.SaveAutoGrades"]


@pytest.mark.parametrize("own", [OwnStep, "course_steps.OwnStep"])
def test_a_step_of_the_course_s_stays(own):
    """Nbgrader's own ones are ours to do; the course's comes where the notebook is executed."""
    config = Config()
    config.S.steps = ["nbgrader.preprocessors.Execute", own, "nbgrader.preprocessors.IgnorePattern"]
    extended(config.S, "steps", ["a.GradeCells", "n.SaveAutoGrades"], after="GradeCells")
    assert _names(config) == ["GradeCells", "OwnStep", "SaveAutoGrades"]


def test_a_step_that_was_appended():
    """`c.Section.trait.append` leaves no list, but what is to be done with one."""
    config = Config()
    config.S.steps.append(OwnStep)
    extended(config.S, "steps", ["a.AddScores"])
    assert _names(config) == ["AddScores", "OwnStep"]


def test_the_course_s_order_of_a_release():
    """Only the step that makes stubs is replaced; one that the course left out stays out."""
    config = Config()
    config.S.steps = ["nbgrader.preprocessors.ClearSolutions", OwnStep, "n.ComputeChecksums"]
    replaced(config.S, "steps", ["unused"], {"ClearSolutions": "a.KeepMarkers"})
    assert _names(config) == ["KeepMarkers", "OwnStep", "ComputeChecksums"]


@pytest.mark.parametrize("trait", ["sanitize_preprocessors", "autograde_preprocessors"])
def test_only_nbgrader_runs_a_step_of_the_course_s(course, trait):
    """`autograder grade` says so, and does not pass over it in silence."""
    path = course.root / CONFIG
    line = f"c.Autograde.{trait} = ['course_steps.OwnStep']\nconfigure(c)"
    text = path.read_text("utf-8")
    assert "\nconfigure(c)" in text
    path.write_text(text.replace("configure(c)", line, 1), "utf-8")
    with pytest.raises(CourseError, match="adds OwnStep, so only nbgrader itself"):
        BatchSettings.load(course)
