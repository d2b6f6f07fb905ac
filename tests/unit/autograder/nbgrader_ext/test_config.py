"""What ``configure`` changes in nbgrader."""

import os
import shutil
import sys
from pathlib import Path

from traitlets.config import Config

from autograder.course.config import load_config
from autograder.nbgrader_ext import config
from autograder.nbgrader_ext.converters import (
    CourseAutograde,
    CourseFeedback,
    CourseGenerateAssignment,
)
from autograder.nbgrader_ext.validator import CourseValidator


def test_every_class_in_the_config_exists():
    """Nbgrader imports them by name, so a misspelt one would fail only when it is used."""
    from traitlets.utils.importstring import import_item

    c = Config()
    config.configure(c)
    names = [
        *c.GenerateAssignment.preprocessors,
        *c.Autograde.sanitize_preprocessors,
        *c.Autograde.autograde_preprocessors,
        *c.GenerateFeedback.preprocessors,
        c.Autograde.exporter_class,
        c.GenerateFeedback.exporter_class,
        c.ExchangeFactory.collect,
        c.ExportApp.plugin_class,
        c.ExchangeFactory.release_feedback,
    ]
    assert all(isinstance(import_item(name), type) for name in names)


def test_checksums_are_computed_after_hidden_tests_were_removed():
    """In nbgrader's order: the gradebook keeps the full test, the release its own checksum."""
    c = Config()
    config.configure(c)
    steps = [name.rsplit(".", 1)[1] for name in c.GenerateAssignment.preprocessors]
    assert steps.index("SaveCells") < steps.index("ClearHiddenTests")
    assert steps[-2:] == ["ComputeChecksums", "CheckCellMetadata"]


def test_nbgraders_commands_use_our_converters(course):
    """There is no setting for that; loading the config puts them where the commands look."""
    import nbgrader.apps.api
    import nbgrader.apps.autogradeapp
    import nbgrader.apps.generateassignmentapp
    import nbgrader.apps.generatefeedbackapp
    import nbgrader.apps.validateapp
    from nbgrader.server_extensions.validate_assignment import handlers

    load_config(course)
    assert nbgrader.apps.api.GenerateAssignment is CourseGenerateAssignment
    assert nbgrader.apps.generateassignmentapp.GenerateAssignment is CourseGenerateAssignment
    assert nbgrader.apps.api.Autograde is CourseAutograde
    assert nbgrader.apps.autogradeapp.Autograde is CourseAutograde
    assert nbgrader.apps.api.GenerateFeedback is CourseFeedback
    assert nbgrader.apps.generatefeedbackapp.GenerateFeedback is CourseFeedback
    assert nbgrader.apps.validateapp.Validator is handlers.Validator is CourseValidator


def test_alembic_is_found_in_an_environment_that_is_not_activated(monkeypatch, tmp_path):
    """It is run by its name; an ``alembic`` that is on the path already comes first."""
    monkeypatch.setenv("PATH", str(tmp_path))
    config.configure(Config())
    script = shutil.which("alembic")
    assert script is not None
    assert Path(script).parent == Path(sys.executable).parent
    before = os.environ["PATH"]
    config.configure(Config())
    assert os.environ["PATH"] == before
