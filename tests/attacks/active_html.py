"""Lists what in an HTML page could act on its reader, so that two pages can be compared."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

_ACTIVE = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "portal",
        "base",
        "meta",
        "link",
        "style",
        "form",
        "button",
        "input",
        "textarea",
        "select",
        "svg",
        "math",
        "foreignobject",
        "animate",
        "audio",
        "video",
        "source",
        "track",
        "template",
        "noscript",
        "plaintext",
        "xmp",
        "marquee",
        "body",
        "html",
        "head",
        "title",
    ]
)
_ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset")
_PICTURE = re.compile(r"data:image/(png|jpe?g|gif|webp|svg\+xml);base64,[\w+/=\s]*\Z")
_PLAIN = re.compile(r"(https?:|mailto:|attachment:|#)", re.IGNORECASE)
_OVERLAY = re.compile(r"position\s*:|url\s*\(|@import|transform", re.IGNORECASE)
_ACTIVE_TEX = re.compile(r"\\(href|url|style|class|cssId|require|html\w*)\b")


class _ActiveParts(HTMLParser):
    """Counts the active parts of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.counts: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE:
            self.counts[f"<{tag}> {sorted(attributes, key=str)}"] += 1
        for name, value in attributes:
            text = value or ""
            if name.startswith("on") or name == "srcdoc":
                self.counts[f"<{tag} {name}={text!r}>"] += 1
            elif tag == "img" and name == "src":
                if not _PICTURE.match(text):
                    self.counts[f"a picture from {text!r}"] += 1
            elif name in _ADDRESSES and not _PLAIN.match(text):
                self.counts[f"<{tag} {name}={text!r}>"] += 1
            elif name == "style" and _OVERLAY.search(text):
                self.counts[f"<{tag} style={text!r}>"] += 1
            elif name in ("class", "id") and "formgrade" in text:
                self.counts[f"<{tag} {name}={text!r}>"] += 1

    def handle_data(self, data: str) -> None:
        if _ACTIVE_TEX.search(data) and self.lasttag not in ("script", "style", "span", "pre"):
            self.counts[f"TeX {data.strip()[:80]!r}"] += 1


def active_parts(page: str) -> Counter[str]:
    """Counts elements, attributes, addresses and styles that do more than show content."""
    parser = _ActiveParts()
    parser.feed(page)
    parser.close()
    return parser.counts
