"""Configures nbgrader to use our code: a course's ``nbgrader_config.py`` calls ``configure(c)``.

After that, plain ``nbgrader generate_assignment``, ``autograde``, ``validate`` and
``generate_feedback``, and formgrader's buttons, do what ``autograder`` does: stubs keep their
markers, tests come from the source notebook, points are read from a report, and feedback shows no
hidden test.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from pathlib import Path

from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.nbgrader_ext import literal_paths, timestamps, validator
from autograder.nbgrader_ext.converters import (
    CourseAutograde,
    CourseFeedback,
    CourseGenerateAssignment,
)
from autograder.nbgrader_ext.pipeline_steps import extended, replaced
from autograder.nbgrader_ext.validator import CourseValidator
from utils.checking.validation import adapt_validation

_PACKAGE = "autograder.nbgrader_ext."
_VALIDATE_BUTTON = "nbgrader.server_extensions.validate_assignment.handlers"


def configure(c: Config) -> None:
    """Put our classes into nbgrader's pipelines; to be called from ``nbgrader_config.py``."""
    _add_alembic_to_path()
    _configure_pipelines(c)
    c.Autograde.exporter_class = _PACKAGE + "exporters.SubmissionExporter"
    c.GenerateFeedback.exporter_class = _PACKAGE + "page_exporter.PageExporter"
    c.PageExporter.template_file = "feedback_page.html.j2"
    c.ExportApp.plugin_class = _PACKAGE + "score_export.ScoreExport"
    c.ExchangeFactory.collect = _PACKAGE + "exchange.CollectOwnWork"
    c.ExchangeFactory.release_feedback = _PACKAGE + "exchange.ReleaseFeedback"
    timestamps.install(c)
    _install_converters()
    literal_paths.install()
    adapt_validation()


def _configure_pipelines(c: Config) -> None:
    """Put our steps into nbgrader's pipelines; those of the course's own stay."""
    release = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.InstantiateTests",
        "nbgrader.preprocessors.LockCells",
        _PACKAGE + "preprocessors.KeepMarkers",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    replaced(
        c.GenerateAssignment,
        "preprocessors",
        release,
        {"ClearSolutions": _PACKAGE + "preprocessors.KeepMarkers"},
    )
    # Without CheckCellMetadata: it takes longer than the grading, and nbgrader's metadata come from
    # the source notebook, which was checked when it was released.
    restoring = [_PACKAGE + "preprocessors.RestoreCells"]
    extended(c.Autograde, "sanitize_preprocessors", restoring)
    grading = [
        _PACKAGE + "preprocessors.GradeCells",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        _PACKAGE + "preprocessors.SaveResult",
    ]
    extended(c.Autograde, "autograde_preprocessors", grading, after="GradeCells")
    pages = [
        _PACKAGE + "feedback_scores.AddScores",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        _PACKAGE + "feedback_style.AddFeedbackStyle",
        _PACKAGE + "feedback_titles.AddTitles",
    ]
    extended(c.GenerateFeedback, "preprocessors", pages)


def _add_alembic_to_path() -> None:
    """Make ``alembic`` known, which nbgrader runs by name, if the environment is not activated."""
    scripts = str(Path(sys.executable).parent)
    if shutil.which("alembic") is None and shutil.which("alembic", path=scripts):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), scripts])


def _install_converters() -> None:
    """Replace nbgrader's classes where its commands look for them: there is no setting."""
    import nbgrader.apps.api  # noqa: PLC0415
    import nbgrader.apps.autogradeapp  # noqa: PLC0415
    import nbgrader.apps.generateassignmentapp  # noqa: PLC0415
    import nbgrader.apps.generatefeedbackapp  # noqa: PLC0415
    import nbgrader.apps.validateapp  # noqa: PLC0415

    # SQLAlchemy 2 gives three warnings about nbgrader's own queries; they are harmless.
    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.api")
    nbgrader.apps.api.GenerateAssignment = CourseGenerateAssignment
    nbgrader.apps.generateassignmentapp.GenerateAssignment = CourseGenerateAssignment
    nbgrader.apps.api.Autograde = CourseAutograde
    nbgrader.apps.autogradeapp.Autograde = CourseAutograde
    nbgrader.apps.api.GenerateFeedback = CourseFeedback
    nbgrader.apps.generatefeedbackapp.GenerateFeedback = CourseFeedback
    nbgrader.apps.validateapp.Validator = CourseValidator
    if (handlers := sys.modules.get(_VALIDATE_BUTTON)) is not None:  # in a Jupyter server
        handlers.Validator = CourseValidator  # type: ignore[attr-defined]
    validator.install()
    if "nbgrader.server_extensions.formgrader.apihandlers" in sys.modules:  # in a Jupyter server
        import autograder.nbgrader_ext.formgrader  # noqa: PLC0415

        autograder.nbgrader_ext.formgrader.install()
