"""Makes a student's outputs and text safe to show, so that they cannot act on whoever reads them.

nbconvert's templates, which make feedback pages and formgrader's, write HTML, SVG, LaTeX, image
data and sizes into the page as they are, where a script has the instructor's rights. So only known
kinds of a student's outputs are kept, each in a form that its template cannot misread. HTML goes
through ``nh3`` (the Ammonia library, an allow-list on a real HTML parser).

Markdown is made safe without parsing it: where two renderers disagree about what is code, an attack
could get through. A space is put after a ``<`` that could begin a tag, unless it is a known, plain
tag.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Container, Iterator
from typing import Any, Final

import nh3
from nbformat import NotebookNode

from autograder.engine.protocol.outputs import Output

_MAX_TAGS: Final = 6000  # a table of 100 rows and 20 columns has 4500
_IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_STYLES: Final = frozenset(
    {
        "background-color",
        "border",
        "border-bottom",
        "border-collapse",
        "border-color",
        "border-left",
        "border-right",
        "border-spacing",
        "border-style",
        "border-top",
        "border-width",
        "caption-side",
        "color",
        "display",
        "font-family",
        "font-size",
        "font-style",
        "font-variant",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "list-style-type",
        "margin",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-height",
        "max-width",
        "min-height",
        "min-width",
        "overflow",
        "overflow-x",
        "overflow-y",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "text-align",
        "text-decoration",
        "text-indent",
        "vertical-align",
        "white-space",
        "width",
    }
)
_TAGS: Final = (nh3.ALLOWED_TAGS | {"font", "section", "main", "label", "progress", "meter"}) - {
    "map"
}
_ATTRIBUTES: Final = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"style", "title", "dir", "lang", "align"},
    "font": {"color", "size", "face"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "halign", "valign", "align"},
    "th": {"colspan", "rowspan", "scope", "valign", "align"},
    "table": {"border", "align"},
    "progress": {"value", "max"},
    "meter": {"value", "min", "max", "low", "high", "optimum"},
}
_DATA_IMAGE: Final = re.compile(r"data:image/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z")
_TAG_START: Final = re.compile(r"<(?=[A-Za-z/!?])")
_PLAIN_TAG: Final = re.compile(
    r"</?(b|i|u|s|em|strong|br|hr|sub|sup|code|pre|kbd|p|ul|ol|li|table|thead|tbody|tr|td|th|"
    r"blockquote|center|details|summary|h[1-6])\s?/?>",
    re.IGNORECASE,
)
_WEB_LINK: Final = re.compile(r"<https?://[^\s<>\"'`]+>")
_ACTIVE_TEX: Final = re.compile(
    r"\\(?=(href|url|style|class|cssId|data|require|mmlToken|includegraphics|html\w*)\b)",
    re.IGNORECASE,
)
_IMAGE: Final = re.compile(r"!(?=\[)(?!\[[^\[\]]*\]\(attachment:([\w.-]+)[)\s])")
_ATTACHED: Final = re.compile(r"!(?=\[[^\[\]]*\]\(attachment:([\w.-]+)[)\s])")
_LOCAL_LINK: Final = re.compile(r"\][(:]<?[/.]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_IN_ALT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f<>\"`]")
_MAX_ALT: Final = 2000
_ESCAPE: Final = re.compile(r"\x1b(?:\[.*?[@-~])?")
_BYTE = r"0*(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_COLOUR = rf"(?:[34]8;5;{_BYTE}|[34]8;2;{_BYTE};{_BYTE};{_BYTE}|(?!0*[34]8(?!\d))\d{{0,3}})"
_COLOURS: Final = re.compile(rf"\x1b\[{_COLOUR}(?:;{_COLOUR})*m", re.ASCII)
_BAD_SCHEME: Final = re.compile(r"(javascript|vbscript|livescript|mocha|data|file):", re.IGNORECASE)
_IGNORED_IN_URLS: Final = re.compile(r"[\s\\\x00-\x20\u200b-\u200f\u2028-\u202f\ufeff]+")


def clean_output(output: Output) -> Output:
    """A ``display_data`` or ``execute_result`` with only the safe part of its data and metadata."""
    data = dict(_clean_data(output["data"]))
    described: dict[str, Any] = {
        name: kept
        for name, value in output["metadata"].items()
        if name in _IMAGES and (kept := _size(value) | _alt(value))
    }
    background = output["metadata"].get("needs_background")
    if isinstance(background, str) and background in ("light", "dark"):
        described["needs_background"] = background
    return {**output, "data": data, "metadata": described}


def clean_html(text: str) -> str:
    """HTML without scripts, frames, forms, event handlers, remote images and page-wide CSS.

    nh3's time is quadratic in nested elements, so HTML with too many tags is shown as its source.
    """
    if text.count("<") > _MAX_TAGS:
        return f"<pre>{html.escape(text)}</pre>"
    cleaned = nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=set(_STYLES),
        link_rel="noopener noreferrer nofollow",
        url_relative="deny",  # it would lead to the server that shows the page
    )
    return _ACTIVE_TEX.sub(r"\\ ", cleaned)  # MathJax reads the whole page


def clean_markdown(text: str, attached: Container[str] = ()) -> str:
    """Markdown without active HTML, remote images, links to scripts, or LaTeX that makes links.

    Args:
        text: The Markdown.
        attached: Names of its attachments. nbconvert fails on a picture with any other name.
    """
    text = _ATTACHED.sub(lambda match: "!" if match[1] in attached else "", _IMAGE.sub("", text))
    text = _ACTIVE_TEX.sub(r"\\ ", _separate_tags(text))
    plain = _IGNORED_IN_URLS.sub("", _unescape(text))
    if _BAD_SCHEME.search(plain) or _LOCAL_LINK.search(plain):
        text = _without_links(text)
    return text


def clean_text(text: str) -> str:
    """Printed text without escape sequences except colours; nbconvert fails on malformed ones."""
    return _ESCAPE.sub(lambda match: match[0] if _COLOURS.fullmatch(match[0]) else "", text)


def clean_line(text: str) -> str:
    """Text for a message, which a terminal may show: no control characters except newlines."""
    return _CONTROL.sub("", text)


def clean_raw(text: str) -> str:
    """The text of a raw cell, which a page shows as it is: without any tags."""
    return html.escape(text, quote=False)


def sanitize_notebook(notebook: NotebookNode, trusted: Callable[[NotebookNode], bool]) -> None:
    """Make a notebook safe to be shown, in place.

    Args:
        notebook: As submitted, restored and executed.
        trusted: Whether a cell's text and outputs are the instructor's: it is left unchanged.
            (What a student's function displays inside a test cell was cleaned when it came in.)
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("title", None)
    for cell in notebook.cells:
        if trusted(cell):
            continue
        if "attachments" in cell:
            cell.attachments = _clean_attachments(cell.attachments)
        if cell.cell_type == "markdown":
            cell.source = clean_markdown(cell.source, cell.get("attachments", ()))
        elif cell.cell_type == "raw":
            cell.source = clean_raw(cell.source)
        if cell.cell_type == "code":
            cell.outputs = [_clean_saved(output) for output in cell.outputs]


def _clean_saved(output: NotebookNode) -> NotebookNode:
    if output.output_type in ("display_data", "execute_result"):
        return NotebookNode(
            {
                **clean_output(output),
                "data": NotebookNode(_clean_data(output.data)),
                "metadata": NotebookNode(clean_output(output)["metadata"]),
            }
        )
    if output.output_type == "stream":
        return NotebookNode({**output, "text": clean_text("".join(output.text))})
    return NotebookNode({**output, "traceback": [clean_text(line) for line in output.traceback]})


def _clean_data(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, value in data.items():
        text = "".join(value) if _is_text_list(value) else value
        if not isinstance(text, str):
            continue
        if kind == "text/plain":
            yield kind, text
        elif kind == "text/html":
            yield kind, clean_html(text)
        elif kind == "text/markdown":
            yield kind, clean_markdown(text)
        elif kind == "text/latex":
            yield kind, _ACTIVE_TEX.sub(r"\\ ", _TAG_START.sub("< ", text))
        elif kind in _IMAGES and _is_base64(text):
            yield kind, text
        elif kind == "image/svg+xml":
            # As an image's source, SVG runs no script and loads nothing.
            source = base64.b64encode(text.encode("utf-8", "replace")).decode()
            yield "text/html", f'<img src="data:image/svg+xml;base64,{source}" alt="figure"/>'


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _size(value: object) -> dict[str, float]:
    """Width and height of an image; the template writes them into a tag as they are."""
    if not isinstance(value, dict):
        return {}
    return {
        name: value[name]
        for name in ("width", "height")
        if type(value.get(name)) in (int, float) and 0 <= value[name] < 10_000
    }


def _alt(value: object) -> dict[str, str]:
    """An image's description, which stands in an attribute of a tag."""
    alt = value.get("alt") if isinstance(value, dict) else None
    if not isinstance(alt, str) or len(alt) > _MAX_ALT:
        return {}
    return {"alt": _NOT_IN_ALT.sub("", alt)}


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        # A remote image would report who reads the page, and when.
        return value if _DATA_IMAGE.match(value) else None
    if value.lstrip().lower().startswith("data:"):
        return None
    return value


def _separate_tags(text: str) -> str:
    def separate(match: re.Match[str]) -> str:
        start = match.start()
        known = _PLAIN_TAG.match(text, start) or _WEB_LINK.match(text, start)
        return "<" if known else "< "

    return _TAG_START.sub(separate, text)


def _unescape(text: str) -> str:
    """Text with entities and percent escapes resolved: a link's address may be written in them."""
    for _ in range(3):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    return re.sub(r"%([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), text)


def _without_links(text: str) -> str:
    """Text whose link syntax and entities are disabled."""
    text = text.replace("&", "&amp;")
    return re.sub(r"\](?=\s*[(:\[])", "] \u200b", text)


def _clean_attachments(attachments: Any) -> NotebookNode:
    kept = NotebookNode()
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        images = {
            kind: data
            for kind, data in (bundle.items() if isinstance(bundle, dict) else ())
            if kind in _IMAGES and isinstance(data, str) and _is_base64(data)
        }
        if images and re.fullmatch(r"[\w .()-]{1,200}", name):
            kept[name] = NotebookNode(images)
    return kept
