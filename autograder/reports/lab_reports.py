"""The lab reports of a class, made from its graded notebooks, in several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

from autograder.batch.process_pool import core_count, spawn_pool
from autograder.files import atomic_replacement
from utils.labreport.content import NotebookError, read_file
from utils.labreport.cover import FOLDER, CoverError, Form, Particulars, load_form
from utils.labreport.document import Options, build_document
from utils.labreport.pandoc import ConversionError
from utils.labreport.render import render


@dataclass(frozen=True)
class LabReportJob:
    """One report that is to be made.

    Attributes:
        student: Whose.
        notebook: The graded notebook.
        output: The report's file; its ending decides on HTML or PDF.
        particulars: What is on the cover.
        options: What the report looks like.
    """

    student: str
    notebook: Path
    output: Path
    particulars: Particulars
    options: Options


@dataclass(frozen=True)
class LabReportOutcome:
    """What became of a report.

    Attributes:
        student: Whose.
        notes: What the instructor should know, a sentence each.
        error: Why there is no report; empty if there is one.
    """

    student: str
    notes: tuple[str, ...] = ()
    error: str = ""


def make_lab_reports(
    jobs: Sequence[LabReportJob], course_root: Path, workers: int | None = None
) -> Iterator[LabReportOutcome]:
    """Make reports; what became of each, as soon as it is known.

    Args:
        jobs: The reports.
        course_root: The course's folder. A form and templates in its folder ``labreport`` replace
            ours.
        workers: How many processes; as many as there are cores if None.

    Raises:
        CoverError: If the course's form cannot be used.
    """
    folder = course_root / FOLDER
    form = load_form(folder)
    workers = min(workers or core_count(), len(jobs))
    if workers <= 1:
        for job in jobs:
            yield _make(job, form, folder)
        return
    with spawn_pool(workers) as pool:
        for future in as_completed([pool.submit(_make, job, form, folder) for job in jobs]):
            yield future.result()


def _make(job: LabReportJob, form: Form, folder: Path) -> LabReportOutcome:
    try:
        content = read_file(job.notebook)
        document = build_document([content], form, job.particulars, job.options)
        report = render(document, job.output.suffix.removeprefix("."), folder)
        with atomic_replacement(job.output, private=True) as path:
            path.write_bytes(report.data)
    except (NotebookError, CoverError, ConversionError) as error:
        return LabReportOutcome(job.student, error=str(error))
    except OSError as error:
        return LabReportOutcome(job.student, error=f"{job.output}: {error.strerror}.")
    return LabReportOutcome(job.student, tuple(report.notes))
