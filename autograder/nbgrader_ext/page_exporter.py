"""Pages of graded notebooks: those that students get as feedback, and those that graders read.

What students wrote is rendered in another process and within limits. A text that exceeds them is
shown as it was written (``text_limits``); if the page as a whole exceeds its limits, all its texts
are. So a hostile answer costs one page its formulas, and nobody else anything.

A page loads no script from another server: JupyterLab, where students open the pages, runs no
scripts of a page, and a page that shows what others wrote should not run any.
"""

from __future__ import annotations

import copy
import html
from collections.abc import Callable, Iterable
from typing import Any, Final

from jinja2 import DictLoader, PackageLoader
from jinja2.runtime import Context
from jinja2.utils import pass_context
from markupsafe import escape
from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import strip_files_prefix
from nbformat import NotebookNode

from autograder.nbgrader_ext.child_process import ProcessLimits, run_in_child
from autograder.nbgrader_ext.mathml import mathml
from autograder.nbgrader_ext.text_limits import (
    MAX_MARKDOWN,
    MAX_TEXT,
    TextLimits,
    plain_output,
    plain_text,
)
from autograder.text_direction import page_without_overrides

# The macro by which nbconvert's template loads the script that renders formulas.
_NO_SCRIPT: Final = {"mathjax.html.j2": "{% macro mathjax(url='') %}{% endmacro %}"}
# A page of a lesson takes about a second of CPU time.
_LIMITS: Final = ProcessLimits(cpu_seconds=9, seconds=90)
_PLAIN_OUTPUTS: Final = 20  # of a cell, on a page without formatting
_TOO_MUCH: Final = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'><title>{name}</title></head><body><p>"
    "This notebook is too large or too intricate to be shown as a page. Open {name}.ipynb itself."
    "</p></body></html>"
)


class LimitedExporter(HTMLExporter):  # type: ignore[misc]  # nbconvert has no types
    """nbconvert's HTML pages within limits, with formulas as MathML and without their script."""

    def __init__(self, **settings: Any) -> None:
        self._texts = TextLimits()
        self._plain = False
        super().__init__(
            **{**settings, "extra_loaders": [PackageLoader(__package__), DictLoader(_NO_SCRIPT)]}
        )

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert a notebook, in another process once its preprocessors have run."""
        notebook, resources = Exporter.from_notebook_node(self, nb, resources, **kw)

        def make(*, plain: bool) -> str:
            # in the child: nothing of this changes the exporter of the next page
            self._texts, self._plain = TextLimits(), plain
            self._preprocessors: list[Any] = []
            self.filters: dict[str, Any] = {
                **self.filters,
                "highlight_code": self._highlighter(notebook),
            }
            shown = _with_plain_outputs(notebook) if plain else notebook
            return str(super(LimitedExporter, self).from_notebook_node(shown, resources)[0])

        self.template  # noqa: B018  is compiled once, and not in each child
        page = run_in_child(lambda: make(plain=False), _LIMITS)
        if page is None:
            self.log.warning("A page took too long and is written without formulas and colours.")
            page = run_in_child(lambda: make(plain=True), _LIMITS)
        if page is None:
            name = html.escape(str(resources.get("metadata", {}).get("name", "")))
            page = _TOO_MUCH.format(name=name)
        return page_without_overrides(page), resources

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """The same as nbconvert's filter, within limits and except for formulas."""
        renderer = _Renderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return self._render(
            source,
            lambda text: strip_files_prefix(MarkdownWithMath(renderer=renderer).render(text)),
            MAX_MARKDOWN,
        )

    def default_filters(self) -> Iterable[tuple[str, Any]]:
        """The filters of nbconvert, with ours in place of those that render text."""
        yield from super().default_filters()
        yield "markdown2html", self.markdown2html
        yield "ansi2html", self._ansi2html
        yield "strip_files_prefix", lambda html: html  # markdown2html does it, within its limits

    def _ansi2html(self, text: str) -> str:
        if self._plain:
            return plain_output(text)
        if "\x1b" not in text:
            return str(escape(text))
        return self._texts.render(text, ansi2html, plain=plain_output)

    def _highlighter(self, notebook: NotebookNode) -> Callable[..., str]:
        language = notebook.metadata.get("language_info", {})
        highlight = Highlight2HTML(
            pygments_lexer=language.get("pygments_lexer", language.get("name")), parent=self
        )
        return lambda source, **options: self._render(
            source, lambda text: str(highlight(text, **options))
        )

    def _render(self, text: str, renderer: Callable[[str], str], longest: int = MAX_TEXT) -> str:
        if self._plain:
            return plain_text(text)
        return self._texts.render(text, renderer, longest=longest)


class PageExporter(LimitedExporter):
    """Feedback pages; the config of a course gives them a template of their own."""


class _Renderer(IPythonRenderer):  # type: ignore[misc]
    """Renders Markdown; a formula that cannot be converted is shown as LaTeX."""

    def block_math(self, body: str) -> str:
        return mathml(body, display=True) or super().block_math(body)

    def inline_math(self, body: str) -> str:
        return mathml(body, display=False) or super().inline_math(body)

    def latex_environment(self, name: str, body: str) -> str:
        latex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return mathml(latex, display=True) or super().latex_environment(name, body)


def _with_plain_outputs(notebook: NotebookNode) -> NotebookNode:
    """A copy whose outputs are nothing but text, and not too many."""
    plain = copy.deepcopy(notebook)
    for cell in plain.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = cell.outputs[:_PLAIN_OUTPUTS]
        for output in cell.outputs:
            if "data" in output:
                text = output.data.get("text/plain", "")
                output.data = NotebookNode({"text/plain": text or "(a figure or a table)"})
            elif output.output_type == "error":
                output.traceback = output.traceback[:_PLAIN_OUTPUTS]
    return plain
