"""What nbgrader loads from ``nbgrader_config.py``: our steps in its own pipelines.

One line in a course's config, ``configure(c)``, gives plain ``nbgrader generate_assignment``,
``autograde``, ``validate`` and ``generate_feedback``, and formgrader's buttons, the behaviour of
``autograder``: stubs that keep their markers, tests that come from the source notebook, points
that are read from a report, feedback without hidden tests.
"""

from __future__ import annotations

import glob
import logging
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import utils as nbgrader_utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from sqlalchemy.exc import SAWarning
from traitlets import Bool, Enum, List, Unicode
from traitlets.config import Config, PyFileConfigLoader

from autograder.course import CONFIG, Assignment, Course, Submission
from autograder.engines import ENGINES, JAILS, EngineChoice, shared_runner
from autograder.errors import CourseError
from autograder.files import is_plain
from autograder.grade import METADATA, Options, grade_restored, read_submission, record
from autograder.release import TEXT_STUB, release_source
from autograder.restore import restore
from autograder.stubs import BEGIN, END, StubError
from utils.hints import FILE as HINTS

_HERE = "autograder.nbgrader_plugins."

# What nbgrader logs beside the reason, and after it.
_EMPTY = (
    "Please see the the above traceback",
    "Notebook failed to validate",
    "There was an error processing",
)


def configure(c: Config) -> None:
    """Put our steps into nbgrader's pipelines; call it from ``nbgrader_config.py``."""
    _let_alembic_be_found()
    c.ClearSolutions.begin_solution_delimeter = BEGIN
    c.ClearSolutions.end_solution_delimeter = END
    c.ClearSolutions.text_stub = TEXT_STUB
    c.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.LockCells",
        _HERE + "KeepMarkers",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.exporter_class = _HERE + "SubmissionExporter"
    # No CheckCellMetadata: it takes longer than the grading, and nbgrader's metadata are those of
    # the source notebook, which was checked when it was released.
    c.Autograde.sanitize_preprocessors = [_HERE + "RestoreCells"]
    c.Autograde.autograde_preprocessors = [
        _HERE + "GradeCells",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
    c.GenerateFeedback.exporter_class = "autograder.formulas.PageExporter"
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        "autograder.pages.Readable",
    ]
    c.ExchangeFactory.collect = "autograder.exchange.OwnWork"
    c.ExchangeFactory.release_feedback = "autograder.exchange.ReleaseEach"
    _install()


def load_config(course: Course) -> Config:
    """The course's ``nbgrader_config.py`` as nbgrader reads it.

    Raises:
        CourseError: If the file cannot be executed.
    """
    try:
        return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except Exception as error:
        # the file is Python and may raise anything
        raise CourseError(f"{course.root / CONFIG} cannot be loaded: {error!r}.") from error


def course_directory(course: Course, **overrides: str) -> CourseDirectory:
    """Nbgrader's own view of the course, with the course's config."""
    config = load_config(course)
    config.CourseDirectory.root = str(course.root)
    for name, value in overrides.items():
        config.CourseDirectory[name] = value
    return CourseDirectory(config=config)


def generate_release(assignment: Assignment, scratch: Path, *, register: bool) -> None:
    """Run nbgrader's ``generate_assignment`` on a copy of the source in ``scratch``.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    course = assignment.course
    db_url = course_directory(course).db_url
    coursedir = course_directory(
        course, root=str(scratch), assignment_id=assignment.name, db_url=db_url
    )
    config = coursedir.config
    config.GenerateAssignment.no_database = not register
    config.SaveCells.enabled = register
    result = nbgrader_utils.capture_log(GenerateAssignment(coursedir=coursedir, config=config))
    if not result["success"]:
        reason = last_sentence(result)
        raise CourseError(f"nbgrader refused {assignment.source}: {reason.rstrip('.')}.")


def last_sentence(result: dict[str, Any]) -> str:
    """What a failed run of nbgrader comes to: the last error that its log names."""
    text = str(result.get("log") or result["error"])
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not any(empty in line for empty in _EMPTY)]
    own = [line.split(": ", 1)[1] for line in lines if line.startswith("autograder.errors.")]
    raised = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception): ", line)]
    logged = [line for line in lines if line.startswith("[ERROR] ")]
    reason = (own or raised or logged or lines or ["no reason given"])[-1]
    # of a KeyError, say, the name is half of what it says; of these it is not
    named = r"^(jsonschema\.exceptions\.Validation|Runtime|Value)Error: "
    return re.sub(named, "", reason.removeprefix("[ERROR] "))


def _let_alembic_be_found() -> None:
    """An environment that is not activated lacks it on the path; nbgrader starts it by name."""
    beside = str(Path(sys.executable).parent)
    if shutil.which("alembic") is None and shutil.which("alembic", path=beside):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), beside])


class KeepMarkers(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """``ClearSolutions`` that leaves the classic stub: markers stay, assigned names are None."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace a solution cell's answer by its stub.

        Raises:
            RuntimeError: If a marked region stands outside a solution cell or is no Python.
        """
        if nbgrader_utils.is_solution(cell):
            try:
                cell.source = release_source(cell)
            except StubError as error:
                name = cell.metadata.nbgrader["grade_id"]
                raise RuntimeError(f"the cell {name!r} cannot be made a stub: {error}") from error
        elif cell.cell_type == "code" and self.begin_solution_delimeter in cell.source:
            raise RuntimeError(
                f"cell {cell_index + 1} has a {BEGIN!r} marker but is not a solution cell"
            )
        return cell, resources


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Reads a submission as the rest of the house does: capped, repaired, found if renamed."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Read ``filename``, or the notebook that stands in its place, and convert it."""
        name = (resources or {}).get("nbgrader", {}).get("assignment", "")
        student = (resources or {}).get("nbgrader", {}).get("student", "")
        coursedir = self.parent.coursedir
        assignment = Course(Path(coursedir.root)).assignment(name)
        expected = Path(filename)
        submission = Submission(assignment, student, expected.parent, expected)
        path, notes = submission.find_notebook()
        read = read_submission(path, assignment)
        resources = resources or {}
        resources["autograder_notes"] = [*notes, *read.notes]
        resources.setdefault("metadata", {}).update(name=expected.stem, path=str(path.parent))
        converted: tuple[Any, dict[str, Any]] = self.from_notebook_node(
            read.notebook, resources, **kw
        )
        return converted


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Takes test cells and locked cells from the source notebook, answers from the student."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put a submission back in order (see ``autograder.restore``)."""
        restored, notes = restore(nb, _assignment(self, resources).notebook)
        notes = (*resources.get("autograder_notes", ()), *notes)
        for note in notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        restored.metadata[METADATA] = {"notes": list(notes)}
        return restored, resources


class GradeCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Runs the notebook and writes each test cell's points where nbgrader looks for them."""

    engine = Enum(ENGINES, "jailed", help="What executes notebooks.").tag(config=True)
    jail = Enum(
        JAILS, "auto", help="`auto`: every layer that holds here; `none`: for trusted work only."
    ).tag(config=True)
    jail_minimum = List(Unicode(), help="Jail layers without which nothing is graded.").tag(
        config=True
    )
    seed = Unicode("", help="The course's secret seed for fresh test inputs.").tag(config=True)
    rerun_experiments = Bool(
        False, help="Run cells tagged `experiment` too, instead of keeping their saved outputs."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade a restored notebook (see ``autograder.grade``)."""
        notes = tuple(nb.metadata.get(METADATA, {}).get("notes", ()))
        result = grade_restored(
            nb,
            _assignment(self, resources),
            shared_runner(self.choice()),
            self.options(),
            student=resources["nbgrader"]["student"],
            files=Path(resources["metadata"]["path"]),
        )
        for note in result.notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        record(nb, replace(result, notes=(*notes, *result.notes)))
        return nb, resources

    def options(self) -> Options:
        """What the course's config chooses."""
        return Options(seed=self.seed, rerun_experiments=self.rerun_experiments)

    def choice(self) -> EngineChoice:
        """What executes notebooks, as the course's config chooses."""
        return EngineChoice(self.engine, self.jail, frozenset(self.jail_minimum))


class CourseAutograde(Autograde):  # type: ignore[misc]
    """``Autograde`` that grades a renamed notebook and leaves no earlier grade standing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log.addFilter(_sentence_for_traceback)

    def init_notebooks(self) -> None:
        """Find what was handed in; an empty folder counts, for it must end in a sentence."""
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        folders = [Path(folder) for folder in glob.glob(pattern)]  # noqa: PTH207  it is absolute
        empty = [one for one in folders if one.is_dir() and not any(one.glob("*.ipynb"))]
        try:
            super().init_notebooks()
        except NbGraderException:
            if not empty:
                raise
        self.assignments.update({str(one): [str(one / f"{one.name}.ipynb")] for one in empty})

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook; nbgrader's mark in the environment goes, failure or not."""
        try:
            super().convert_single_notebook(notebook_filename)
        finally:
            os.environ.pop("NBGRADER_EXECUTION", None)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one submission; until it is graded, it has no automatic grade."""
        folder = Path(self._format_source(assignment_id, student_id))
        expected = folder / f"{assignment_id}.ipynb"
        if not is_plain(expected):  # the exporter finds what stands in its place, or says why not
            self.notebooks = [str(expected)]
        ignored = self.coursedir.ignore
        try:
            self.coursedir.ignore = [*ignored, *map(glob.escape, _not_plain(folder))]
            super().init_assignment(assignment_id, student_id)
        finally:
            self.coursedir.ignore = ignored
        leave_out_hints(self, assignment_id, student_id)
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            withdraw(gradebook, assignment_id, student_id)


class CourseFeedback(GenerateFeedback):  # type: ignore[misc]
    """``GenerateFeedback`` that leaves out what students have already."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one student's folder."""
        super().init_assignment(assignment_id, student_id)
        leave_out_hints(self, assignment_id, student_id)


def leave_out_hints(converter: BaseConverter, assignment: str, student: str) -> None:
    """Take the hints out of a folder that is made: nbgrader copies all that lies beside a notebook.

    They are as large as the notebook, a student has them, and whoever grades does not need them.
    """
    Path(converter._format_dest(assignment, student), HINTS).unlink(missing_ok=True)  # noqa: SLF001


def _not_plain(folder: Path) -> Iterator[str]:
    """Links and special files, which nbgrader would read with the grader's rights."""
    for base, _, names in os.walk(folder):
        paths = (Path(base, name) for name in names)
        yield from (str(path) for path in paths if not is_plain(path))


def withdraw(gradebook: Gradebook, assignment: str, student: str) -> None:
    """Take back the automatic scores of an earlier run; what a person gave stays."""
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return
    for notebook in submission.notebooks:
        for one in notebook.grades:
            one.auto_score = None
            one.needs_manual_grade = True
    gradebook.db.commit()


def _assignment(step: NbGraderPreprocessor, resources: dict[str, Any]) -> Assignment:
    """The assignment that a step works on: the exporter's parent is nbgrader's converter."""
    root = Path(step.parent.parent.coursedir.root)
    return Course(root).assignment(resources["nbgrader"]["assignment"])


def _sentence_for_traceback(record: logging.LogRecord) -> bool:
    """Nbgrader logs every failure as a traceback; ours carry a sentence, which is enough."""
    text = str(record.msg).strip()
    if text.startswith("Traceback") and "\nautograder.errors." in text:
        record.msg = text.rsplit("\nautograder.errors.", 1)[1].split(": ", 1)[1]
    return True


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
        import autograder.formgrader  # noqa: PLC0415

        autograder.formgrader.install()
