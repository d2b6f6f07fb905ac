"""One line in a course's ``nbgrader_config.py``, ``configure(c)``, and nbgrader runs our steps.

Plain ``nbgrader generate_assignment``, ``autograde``, ``validate`` and ``generate_feedback``, and
formgrader's buttons, then behave as ``autograder`` does: stubs keep their markers, tests come from
the source notebook, points are read from a report, and feedback shows no hidden test.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from pathlib import Path

from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.course.released_cells import TEXT_STUB
from autograder.course.stubs import BEGIN, END
from autograder.nbgrader_ext.converters import CourseAutograde, CourseFeedback

_PACKAGE = "autograder.nbgrader_ext."


def configure(c: Config) -> None:
    """Put our steps into nbgrader's pipelines; call it from ``nbgrader_config.py``."""
    _let_alembic_be_found()
    c.ClearSolutions.begin_solution_delimeter = BEGIN
    c.ClearSolutions.end_solution_delimeter = END
    c.ClearSolutions.text_stub = TEXT_STUB
    c.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
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
    c.Autograde.exporter_class = _PACKAGE + "exporters.SubmissionExporter"
    # No CheckCellMetadata: it takes longer than the grading, and nbgrader's metadata are those of
    # the source notebook, which was checked when it was released.
    c.Autograde.sanitize_preprocessors = [_PACKAGE + "preprocessors.RestoreCells"]
    c.Autograde.autograde_preprocessors = [
        _PACKAGE + "preprocessors.GradeCells",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
    c.GenerateFeedback.exporter_class = "autograder.nbgrader_ext.mathml.PageExporter"
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        "autograder.nbgrader_ext.feedback_style.ReadablePage",
    ]
    c.ExchangeFactory.collect = "autograder.nbgrader_ext.exchange.CollectOwnWork"
    c.ExchangeFactory.release_feedback = "autograder.nbgrader_ext.exchange.ReleaseEach"
    _install()


def _let_alembic_be_found() -> None:
    """An environment that is not activated lacks it on the path; nbgrader starts it by name."""
    beside = str(Path(sys.executable).parent)
    if shutil.which("alembic") is None and shutil.which("alembic", path=beside):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), beside])


def _install() -> None:
    """Nbgrader has no setting for the converter itself: put ours where its commands look."""
    import nbgrader.apps.api  # noqa: PLC0415
    import nbgrader.apps.autogradeapp  # noqa: PLC0415
    import nbgrader.apps.generatefeedbackapp  # noqa: PLC0415

    # three warnings of SQLAlchemy 2 about nbgrader's own queries, harmless and not ours to mend
    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.api")
    nbgrader.apps.api.Autograde = CourseAutograde
    nbgrader.apps.autogradeapp.Autograde = CourseAutograde
    nbgrader.apps.api.GenerateFeedback = CourseFeedback
    nbgrader.apps.generatefeedbackapp.GenerateFeedback = CourseFeedback
    if "nbgrader.server_extensions.formgrader.apihandlers" in sys.modules:  # in a Jupyter server
        import autograder.nbgrader_ext.formgrader  # noqa: PLC0415

        autograder.nbgrader_ext.formgrader.install()
