"""One line in a config puts our steps into nbgrader's pipelines."""

import os
import shutil
import sys
from pathlib import Path

from traitlets.config import Config

from autograder.course.config import load_config
from autograder.nbgrader_ext import config
from autograder.nbgrader_ext.converters import CourseAutograde, CourseFeedback


def test_every_step_in_the_config_exists():
    """Nbgrader imports them by name, and a misspelt one would only be told at grading time."""
    from traitlets.utils.importstring import import_item

    c = Config()
    config.configure(c)
    names = [
        *c.GenerateAssignment.preprocessors,
        *c.Autograde.sanitize_preprocessors,
        *c.Autograde.autograde_preprocessors,
        *c.GenerateFeedback.preprocessors,
        c.Autograde.exporter_class,
    ]
    assert all(isinstance(import_item(name), type) for name in names)


def test_checksums_are_computed_after_hidden_tests_went():
    """Nbgrader's order, in which the gradebook keeps the full test and the release its own sum."""
    c = Config()
    config.configure(c)
    steps = [name.rsplit(".", 1)[1] for name in c.GenerateAssignment.preprocessors]
    assert steps.index("SaveCells") < steps.index("ClearHiddenTests")
    assert steps[-2:] == ["ComputeChecksums", "CheckCellMetadata"]


def test_nbgraders_commands_load_our_converter(course):
    """There is no setting for it; loading the config puts it where the commands look."""
    import nbgrader.apps.api
    import nbgrader.apps.autogradeapp

    load_config(course)
    assert nbgrader.apps.api.Autograde is CourseAutograde
    assert nbgrader.apps.autogradeapp.Autograde is CourseAutograde


def test_alembic_is_found_in_an_environment_that_is_not_activated(monkeypatch, tmp_path):
    """It is started by its name; an ``alembic`` that is on the path already is left alone."""
    monkeypatch.setenv("PATH", str(tmp_path))
    config.configure(Config())
    found = shutil.which("alembic")
    assert found is not None
    assert Path(found).parent == Path(sys.executable).parent
    before = os.environ["PATH"]
    config.configure(Config())
    assert os.environ["PATH"] == before


def test_nbgraders_own_command_leaves_hints_out():
    """Its converter of feedback is ours."""
    from nbgrader.apps import api, generatefeedbackapp

    config.configure(Config())
    assert api.GenerateFeedback is generatefeedbackapp.GenerateFeedback is CourseFeedback
