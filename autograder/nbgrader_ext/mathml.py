"""Formulas in feedback pages as MathML, which browsers draw themselves.

Nbgrader's pages leave formulas to a script that is fetched from elsewhere. JupyterLab, in which
students open them, runs no script of a page, and so shows the LaTeX; and a page that shows what
others wrote had better run none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from jinja2 import DictLoader
from jinja2.runtime import Context
from jinja2.utils import pass_context
from math_core import LatexError, LatexToMathML
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

# More space between two rows: the converter takes it for text.
_ROW_SPACE = re.compile(r"\\\\\s*\[[\d.]+\s*(?:pt|em|ex|mm)\]")
# The template calls this macro to load the script.
_NO_SCRIPT = {"mathjax.html.j2": "{% macro mathjax(url='') %}{% endmacro %}"}
_CONVERTER = LatexToMathML()


def mathml(latex: str, *, display: bool) -> str | None:
    """A formula as MathML; None for what the converter does not know.

    Args:
        latex: Without the dollar signs. It may be a student's: what comes out is safe in a page.
        display: Whether it stands on a line of its own.
    """
    try:
        made: str = _CONVERTER.convert_with_local_state(
            _ROW_SPACE.sub(r"\\\\", latex), displaystyle=display
        )
    except LatexError:
        return None
    return made


class _Renderer(IPythonRenderer):  # type: ignore[misc]  # nbconvert has no types
    """Markdown to HTML; a formula that cannot be converted stays as it was written."""

    def block_math(self, body: str) -> str:
        return mathml(body, display=True) or super().block_math(body)

    def inline_math(self, body: str) -> str:
        return mathml(body, display=False) or super().inline_math(body)

    def latex_environment(self, name: str, body: str) -> str:
        whole = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return mathml(whole, display=True) or super().latex_environment(name, body)


class PageExporter(HTMLExporter):  # type: ignore[misc]
    """nbconvert's pages, with formulas as MathML and without the script."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "extra_loaders": [DictLoader(_NO_SCRIPT)]})

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """As nbconvert's, but for formulas."""
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
        """nbconvert's, with ours in the place of one."""
        yield from super().default_filters()
        yield "markdown2html", self.markdown2html
