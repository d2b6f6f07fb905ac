"""Formgrader's pages of submissions, made in a process beside the Jupyter server.

nbgrader renders them in the server's own event loop: as long as a page takes, nothing else of that
server responds. And what students wrote is rendered within limits, as on feedback pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.server_extensions.formgrader.handlers import SubmissionHandler
from tornado import web
from traitlets.config import Config

from autograder.nbgrader_ext.config_sections import picklable
from autograder.nbgrader_ext.model_answers import add_model_answers, read_model_answers
from autograder.nbgrader_ext.page_exporter import LimitedExporter
from autograder.nbgrader_ext.worker_process import WorkerProcess

_WORKER = "autograder_page_worker"


class _DeferredExporter:
    """What nbgrader's handler converts a notebook with: it only remembers what is asked for."""

    def __init__(self) -> None:
        self.request: tuple[str, dict[str, Any]] | None = None

    def from_filename(self, filename: str, resources: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Remember the file; nothing is written to the browser yet."""
        self.request = filename, resources
        return "", resources


def install() -> None:
    """Replace the handler of submissions' pages in this server."""
    if not hasattr(SubmissionHandler.get, "replaced"):
        SubmissionHandler.exporter = property(_exporter_of)
        SubmissionHandler.get = _deferred(SubmissionHandler.get)


def _exporter_of(handler: SubmissionHandler) -> _DeferredExporter:
    """The exporter that a handler uses, the same for all of one request."""
    deferred: _DeferredExporter = handler.__dict__.setdefault("_exporter", _DeferredExporter())
    return deferred


def _deferred(get: Callable[..., None]) -> Callable[..., Awaitable[None]]:
    """The handler's ``get``, with the page converted elsewhere and awaited."""

    async def respond(self: SubmissionHandler, submission_id: str) -> None:
        get(self, submission_id)
        if self.exporter.request is None:  # it has no such notebook, and has said so
            return
        worker = self.settings.setdefault(_WORKER, WorkerProcess())
        config = picklable(self.settings["nbgrader_exporter"].config)
        path, resources = self.exporter.request
        source = _source_of(self, resources)
        try:
            page = await worker.run(make_page, path, source, resources, config)
        except BrokenExecutor as error:
            raise web.HTTPError(
                500, "The process that makes formgrader's pages ended. Load the page again."
            ) from error
        self.write(page)

    respond.replaced = True  # type: ignore[attr-defined]
    return respond


def _source_of(handler: SubmissionHandler, resources: Mapping[str, Any]) -> str:
    """The source notebook of a page; it need not be there."""
    coursedir, name = handler.coursedir, resources["assignment_id"]
    folder = coursedir.format_path(coursedir.source_directory, ".", name)
    return str(Path(folder) / f"{resources['notebook_id']}.ipynb")


class _FormgraderExporter(LimitedExporter):
    """Shows the model answers, too."""

    answers: Mapping[str, str]  # by the grade_id of their cells

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert a notebook; the model answers are part of the lesson."""
        self.lesson = frozenset(add_model_answers(nb, self.answers))
        return super().from_notebook_node(nb, resources, **kw)


def make_page(
    path: str, source: str, resources: dict[str, Any], config: Mapping[str, Mapping[str, Any]]
) -> str:
    """Formgrader's page of an executed notebook; called in the other process.

    Args:
        path: The notebook.
        source: The source notebook, for its model answers.
        resources: What formgrader's template shows beside it.
        config: Of the server's exporter, by section.
    """
    exporter = _FormgraderExporter(config=Config(config))
    exporter.answers = read_model_answers(Path(source))
    page, _ = exporter.from_filename(path, resources=resources)
    return str(page)
