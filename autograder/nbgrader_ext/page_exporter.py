"""Pages of graded notebooks: those that students get as feedback, and those that graders read.

What students wrote is rendered in another process and within limits. A text that exceeds them is
shown as it was written (``text_limits``); if the page as a whole exceeds its limits, all its texts
are. So a hostile answer costs one page its formulas, and nobody else anything.

What stands in every student's notebook, the lesson, is rendered once and not for each page.

A page loads no script from another server: JupyterLab, where students open the pages, runs no
scripts of a page, and a page that shows what others wrote should not run any.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from jinja2 import DictLoader, PackageLoader, meta
from jinja2.runtime import Context
from jinja2.utils import pass_context
from markupsafe import escape
from nbconvert.exporters import Exporter, HTMLExporter, TemplateExporter
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import strip_files_prefix
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
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
_NO_ALT: Final = re.compile(r"<img\b(?![^>]*\salt=)", re.IGNORECASE)
_PREFORMATTED: Final = re.compile(r"(<pre\b.*?</pre>)", re.IGNORECASE | re.DOTALL)
_ALT: Final = '<img alt="No description has been provided for this image"'  # nbconvert's words
_MARKDOWN: Final = "Markdown"
_TOO_MUCH: Final = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'><title>{name}</title></head><body><p>"
    "This notebook is too large or too intricate to be shown as a page. Open {name}.ipynb itself."
    "</p></body></html>"
)


class LimitedExporter(HTMLExporter):  # type: ignore[misc]  # nbconvert has no types
    """nbconvert's HTML pages within limits, with formulas as MathML and without their script.

    Attributes:
        lesson: Texts of cells that the course wrote. They are rendered in this process, once.
    """

    lesson: frozenset[str] = frozenset()

    def __init__(self, **settings: Any) -> None:
        self._texts = TextLimits()
        self._plain = False
        self._rendered: dict[tuple[str | None, str], str] = {}  # by lexer and text
        self._compiled = False
        super().__init__(
            **{**settings, "extra_loaders": [PackageLoader(__package__), DictLoader(_NO_SCRIPT)]}
        )

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert a notebook, in another process once its preprocessors have run."""
        notebook, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        self._compile_templates()
        self._render_lesson(notebook)

        def make(*, plain: bool) -> str:
            # in the child: nothing of this changes the exporter of the next page
            self._texts, self._plain = TextLimits(), plain
            self._preprocessors: list[Any] = []
            shown = _with_plain_outputs(notebook) if plain else notebook
            return self._fill_template(shown, resources)

        page = run_in_child(lambda: make(plain=False), _LIMITS)
        if page is None:
            self.log.warning("A page took too long and is written without formulas and colours.")
            page = run_in_child(lambda: make(plain=True), _LIMITS)
        if page is None:
            name = html.escape(str(resources.get("metadata", {}).get("name", "")))
            page = _TOO_MUCH.format(name=name)
        return page_without_overrides(page), resources

    def _validate_preprocessor(self, nbc: NotebookNode, preprocessor: object) -> None:
        """Nothing: a graded notebook is valid, and to look after each step costs 15 ms a page."""

    def _fill_template(self, notebook: NotebookNode, resources: dict[str, Any]) -> str:
        """The page, as ``HTMLExporter`` makes it.

        That reads it again as HTML, for the texts of pictures that have none, which takes as long
        as all the rest.
        """
        resources = self._init_resources(resources)
        widgets = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("filter_data_type", widgets)
        self.register_filter("highlight_code", self._highlighter(notebook))
        page, _ = TemplateExporter.from_notebook_node(self, notebook, resources)
        return _compact(_NO_ALT.sub(_ALT, page))

    def _compile_templates(self) -> None:
        """Compile the template and those that it extends once, and not in each child."""
        if self._compiled:
            return
        waiting, seen = [self.template.name], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            self.environment.get_template(name)
            source, _, _ = self.environment.loader.get_source(self.environment, name)
            waiting += filter(None, meta.find_referenced_templates(self.environment.parse(source)))
        self._compiled = True

    def _render_lesson(self, notebook: NotebookNode) -> None:
        """Render those texts of the course's that this notebook has and no earlier one had."""
        self._texts, self._plain = TextLimits(), False
        ways = {
            "markdown": (_MARKDOWN, self._markdown),
            "code": (_lexer(notebook), self._highlighter(notebook)),
        }
        for cell in notebook.cells:
            if cell.source in self.lesson and cell.cell_type in ways and "attachments" not in cell:
                kind, render = ways[cell.cell_type]
                if (kind, cell.source) not in self._rendered:
                    self._rendered[kind, cell.source] = render(cell.source)

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """The same as nbconvert's filter, within limits and except for formulas."""
        attachments = context.get("cell", {}).get("attachments", {})
        if not attachments and (_MARKDOWN, source) in self._rendered:
            return self._rendered[_MARKDOWN, source]
        return self._markdown(
            source,
            attachments=attachments,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
        )

    def _markdown(self, source: str, **where: Any) -> str:
        """A text as HTML, with the attachments of its cell and the path of its notebook."""
        renderer = _Renderer(
            escape=False,
            embed_images=self.embed_images,
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **where,
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
        # each notebook has its own; that they exist is asked when a template is compiled
        yield from dict.fromkeys(("highlight_code", "filter_data_type"), lambda text: text).items()
        yield "strip_files_prefix", lambda html: html  # markdown2html does it, within its limits

    def _ansi2html(self, text: str) -> str:
        if self._plain:
            return plain_output(text)
        if "\x1b" not in text:
            return str(escape(text))
        return self._texts.render(text, ansi2html, plain=plain_output)

    def _highlighter(self, notebook: NotebookNode) -> Callable[..., str]:
        lexer = _lexer(notebook)
        highlight = Highlight2HTML(pygments_lexer=lexer, parent=self)

        def html_of(source: str, **options: Any) -> str:
            known = self._rendered.get((lexer, source))
            return known or self._render(
                source, lambda text: _with_quotes(str(highlight(text, **options)))
            )

        return html_of

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


def _lexer(notebook: NotebookNode) -> str | None:
    """Pygments' name for the notebook's language; a student may have written anything there."""
    language = notebook.metadata.get("language_info", {})
    if not isinstance(language, dict):
        return None
    names = (language.get("pygments_lexer"), language.get("name"))
    return next((name for name in names if isinstance(name, str)), None)


def _compact(page: str) -> str:
    """A page without the blank lines and indents that templates leave between its tags."""
    parts = _PREFORMATTED.split(page)
    parts[::2] = [re.sub(r">\s*\n\s*<", ">\n<", part) for part in parts[::2]]
    return "".join(parts).replace("&#182;", "¶").replace("&nbsp;", "\N{NO-BREAK SPACE}")


def _with_quotes(code: str) -> str:
    """Highlighted code with its quotes as they are: in text they need no escape, and are many."""
    return code.replace("&#39;", "'").replace("&quot;", '"')


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
