"""A student's Markdown as blocks of the report: read by Pandoc, then cleaned.

A report is opened by teachers, so nothing of a student's may run in it or load anything. Raw HTML
is dropped, links keep web and mail addresses only, and a picture is shown only if its bytes are
attached to the cell.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import panflute as pf

from utils.labreport.pandoc import MARKDOWN, ConversionError, convert
from utils.labreport.pictures import Picture, Pictures

# A longer text is cut: no lab report has an answer of more than ten pages.
LONGEST = 40_000
# Deeper than any answer is nested, and not so deep that what walks over it overflows.
_DEEPEST = 60  # brackets of Pandoc's JSON, of which a quotation takes two and a list three
_SECONDS = 5.0  # that Pandoc may take for a text
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')
_SCHEMES = ("http://", "https://", "mailto:")
_ATTACHMENT = "attachment:"


def markdown_blocks(
    text: str, pictures: Pictures, attached: Mapping[str, Picture], *, seconds: float = _SECONDS
) -> list[pf.Block]:
    """Read Markdown; return its blocks, harmless.

    A text that Pandoc cannot read in time, or that is nested too deeply, comes back as typed.

    Args:
        text: What the student wrote.
        pictures: Where the pictures of the report are collected.
        attached: The pictures that are attached to the text's cell, by file name.
        seconds: What is left for the texts of the report.
    """
    text = text[:LONGEST]
    if seconds <= 0:
        return [pf.CodeBlock(text)]
    try:
        read = convert(text, MARKDOWN, "json", seconds=min(seconds, _SECONDS))
    except ConversionError:
        return [pf.CodeBlock(text)]
    if _depth(read) > _DEEPEST:
        return [pf.CodeBlock(text)]
    document = pf.load(io.StringIO(read))

    def clean(element: pf.Element, _: pf.Doc) -> pf.Element | list[pf.Element] | None:
        if isinstance(element, pf.Image):
            picture = attached.get(element.url.removeprefix(_ATTACHMENT))
            if element.url.startswith(_ATTACHMENT) and picture is not None:
                return pf.Image(*element.content, url=pictures.add(picture))
            return pf.Emph(*element.content)
        return _harmless(element)

    return list(document.walk(clean).content)


def _depth(json: str) -> int:
    """How deeply a JSON text is nested."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(json):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _harmless(element: pf.Element) -> pf.Element | list[pf.Element] | None:
    """What takes an element's place: None for itself, and an empty list for nothing."""
    match element:
        case pf.RawInline() | pf.RawBlock():
            return []
        case pf.Link():
            web = element.url.lower().startswith(_SCHEMES)
            return pf.Link(*element.content, url=element.url) if web else pf.Span(*element.content)
        case pf.Header():  # the headings are the report's own
            return pf.Para(pf.Strong(*element.content))
        case pf.CodeBlock():
            return pf.CodeBlock(element.text)
        case pf.Code():
            return pf.Code(element.text)
        case _:
            return None
