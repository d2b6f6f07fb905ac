"""The lab report as nbconvert's formats, and so in JupyterLab's menu *Save and Export As*."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import Bool, Enum, default

from utils.labreport import words
from utils.labreport.content import read_notebook
from utils.labreport.document import Options
from utils.labreport.render import HTML, PDF
from utils.labreport.report import make_report


class LabReportExporter(Exporter):  # type: ignore[misc]  # nbconvert has no types
    """A lab report as one HTML file: ``jupyter nbconvert --to labreport``."""

    output_mimetype = "text/html"
    form = HTML

    language = Enum(
        ["", *words.languages()],
        "",
        help="The language of the report's own words; by default the notebook's.",
    ).tag(config=True)
    show_code = Bool(True, help="Whether the student's lines are shown.").tag(config=True)
    anonymous = Bool(False, help="Whether name, number and the like are left out.").tag(config=True)

    @default("file_extension")  # type: ignore[untyped-decorator]  # traitlets'
    def _file_extension_default(self) -> str:
        return f".labreport.{self.form}"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str | bytes, dict[str, Any]]:
        """Make the report.

        Raises:
            NotebookError: If the notebook is not one of the course's.
            CoverError: If the form or the particulars cannot be used.
            ConversionError: If the report cannot be written.
        """
        nb, resources = super().from_notebook_node(copy.deepcopy(nb), resources, **kw)
        about = resources.get("metadata", {})
        content = read_notebook(nb, about.get("name") or "notebook")
        options = Options(self.language, code=self.show_code, anonymous=self.anonymous)
        report = make_report([content], Path(about.get("path") or "."), options, self.form)
        for note in report.notes:
            self.log.warning(note)
        if self.form == PDF:
            return report.data, resources
        return report.data.decode(), resources


class LabReportPDFExporter(LabReportExporter):
    """A lab report as PDF: ``jupyter nbconvert --to labreport_pdf``."""

    output_mimetype = "application/pdf"
    form = PDF


# JupyterLab's menu shows the name of an entry point, in which a space cannot stand. So the menu has
# entry points of its own, ``Lab_report`` and ``Lab_report_PDF``.
class LabReportInMenu(LabReportExporter):
    """A lab report as one HTML file, in the menu *Save and Export Notebook As*."""

    export_from_notebook = "Lab report"


class LabReportPDFInMenu(LabReportPDFExporter):
    """A lab report as PDF, in the same menu."""

    export_from_notebook = "Lab report (PDF)"
