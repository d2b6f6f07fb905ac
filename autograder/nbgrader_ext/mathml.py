"""Formulas in feedback pages as MathML, which browsers render by themselves.

nbgrader's pages load a script from another server that renders formulas. JupyterLab, where students
open the pages, runs no scripts of a page and so shows the LaTeX; and a page that shows what others
wrote should not run any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from jinja2 import DictLoader, PackageLoader
from jinja2.runtime import Context
from jinja2.utils import pass_context
from math_core import LatexError, LatexToMathML
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

# Additional space between two rows, which the converter would show as text.
_ROW_SPACE = re.compile(r"\\\\\s*\[[\d.]+\s*(?:pt|em|ex|mm)\]")
# The macro by which nbconvert's template loads the script.
_NO_SCRIPT = {"mathjax.html.j2": "{% macro mathjax(url='') %}{% endmacro %}"}
_CONVERTER = LatexToMathML()


def mathml(latex: str, *, display: bool) -> str | None:
    """A formula as MathML; None if the converter does not support it.

    Args:
        latex: Without the dollar signs. It may be a student's: the result is safe in a page.
        display: Whether the formula has a line of its own.
    """
    try:
        converted: str = _CONVERTER.convert_with_local_state(
            _ROW_SPACE.sub(r"\\\\", latex), displaystyle=display
        )
    except LatexError:
        return None
    return converted


class _Renderer(IPythonRenderer):  # type: ignore[misc]  # nbconvert has no types
    """Renders Markdown; a formula that cannot be converted is shown as LaTeX."""

    def block_math(self, body: str) -> str:
        return mathml(body, display=True) or super().block_math(body)

    def inline_math(self, body: str) -> str:
        return mathml(body, display=False) or super().inline_math(body)

    def latex_environment(self, name: str, body: str) -> str:
        latex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return mathml(latex, display=True) or super().latex_environment(name, body)


class PageExporter(HTMLExporter):  # type: ignore[misc]
    """nbconvert's HTML pages, with formulas as MathML and without the script."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **{**settings, "extra_loaders": [PackageLoader(__package__), DictLoader(_NO_SCRIPT)]}
        )

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """The same as nbconvert's filter, except for formulas."""
        renderer = _Renderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))

    def default_filters(self) -> Iterable[tuple[str, Any]]:
        """The filters of nbconvert, with ours in place of one."""
        yield from super().default_filters()
        yield "markdown2html", self.markdown2html
