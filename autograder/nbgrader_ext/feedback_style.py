"""The style of feedback pages: what nbgrader's template lacks for tables and figures."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

STYLE = """
body { max-width: 1080px; margin: 0 auto; }
.rendered_html table { border-collapse: collapse; margin: 0.8em 0; font: inherit; }
:not(.check-report) > table th, :not(.check-report) > table td {
  padding: 0.3em 0.9em 0.3em 0; text-align: left; border-bottom: 1px solid #d9dce1;
}
.rendered_html img, .output_png img { max-width: 100%; height: auto; }
"""


class AddFeedbackStyle(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Adds the style to a page, after nbconvert's ``CSSHTMLHeaderPreprocessor``."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add the style; the notebook stays as it is."""
        resources["inlining"]["css"].append(STYLE)
        return nb, resources
