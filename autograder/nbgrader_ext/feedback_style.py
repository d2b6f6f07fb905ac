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
math[display=block], .text_cell_render { max-width: 100%; overflow-x: auto; overflow-y: hidden; }
#toc td { padding: 0.15em 1.2em 0.15em 0; vertical-align: top; }
#toc td:first-child { text-align: right; white-space: nowrap; }
body div.container { width: auto; max-width: 100%; }
body div.nbgrader_cell .panel-heading {
  display: flex; flex-wrap: wrap; justify-content: space-between; height: auto; min-height: 37px;
}
.panel-heading .score, .panel-heading .score a { color: inherit; }
div.nbgrader_cell summary { cursor: pointer; color: #6b7280; }
@media (max-width: 700px) {
  div.container, div.panel-body, #notebook-container { padding-left: 4px; padding-right: 4px; }
  div.prompt, div.out_prompt_overlay { display: none; }
  div.cell, div.output_area { max-width: 100%; }
}
"""


class AddFeedbackStyle(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Adds the style to a page, after nbconvert's ``CSSHTMLHeaderPreprocessor``."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add the style; the notebook stays as it is."""
        resources["inlining"]["css"].append(STYLE)
        return nb, resources
