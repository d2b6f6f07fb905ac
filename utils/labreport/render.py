"""A report as one HTML file, or as a PDF that Typst sets.

Both programs come with wheels (``pypandoc_binary`` and ``typst``), so neither LaTeX nor a browser
has to be installed. They get the report's text only after it was cleaned, and for a limited time.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import panflute as pf

from utils.labreport import words
from utils.labreport.document import ReportDocument
from utils.labreport.pandoc import ConversionError, convert

HTML, PDF = "html", "pdf"
HTML_TEMPLATE, PDF_TEMPLATE = "report.html", "report.typ"
_SECONDS = 60.0
_MEMORY = 1 << 30  # bytes, for Typst; a report takes a tenth of it
_COMPILE = """
import contextlib, sys, typst
with contextlib.suppress(ImportError, ValueError, OSError):  # where a system has no such limit
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[4]), int(sys.argv[4])))
typst.compile(sys.argv[1], output=sys.argv[2], root=sys.argv[3])
"""
# Part of the name of a font family that has Chinese characters; the first that is found is used.
_CHINESE_FONTS = (
    "Noto Serif CJK SC",
    "Source Han Serif",
    "Noto Serif SC",
    "Songti",
    "SimSun",
    "Noto Sans CJK SC",
    "Source Han Sans",
    "PingFang",
    "Microsoft YaHei",
    "WenQuanYi",
    "CJK",
)
_CHINESE = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Rendered:
    """A finished report.

    Attributes:
        data: The bytes of the file.
        notes: What the person who made it should know, a sentence each.
    """

    data: bytes
    notes: list[str] = field(default_factory=list)


def render(report: ReportDocument, form: str, folder: Path | None = None) -> Rendered:
    """Write a report as ``html`` or ``pdf``; see ``render_html`` and ``render_pdf``."""
    return (render_pdf if form == PDF else render_html)(report, folder)


def render_html(report: ReportDocument, folder: Path | None = None) -> Rendered:
    """Write a report as one HTML file that loads nothing.

    Formulas that cannot be written in time are shown as they were typed, and a note says so.

    Args:
        report: The report.
        folder: The course's folder ``labreport``, whose ``report.html`` replaces our template.

    Raises:
        ConversionError: If Pandoc fails.
    """
    options = ["--standalone", "--mathml", "--syntax-highlighting=pygments", "--wrap=preserve"]
    uris = report.pictures.data_uris()
    document = _pandoc_document(report, uris)
    with _template(HTML_TEMPLATE, folder) as template:
        options.append(f"--template={template}")
        try:
            page = convert(_as_json(document), "json", "html5", options)
        except ConversionError:
            plain = document.walk(_formula_as_code)
            page = convert(_as_json(plain), "json", "html5", options)
            return Rendered(page.encode(), [words.load(report.language)["formulas_kept"]])
    return Rendered(page.encode())


def render_pdf(report: ReportDocument, folder: Path | None = None) -> Rendered:
    """Set a report as a PDF.

    A formula that cannot be set does not cost the report: all formulas are then shown as they were
    typed, and a note says so.

    Args:
        report: The report.
        folder: The course's folder ``labreport``, whose ``report.typ`` replaces our template.

    Raises:
        ConversionError: If Pandoc or Typst fails.
    """
    say = words.load(report.language)
    notes = []
    document = _pandoc_document(report, {})
    font = _chinese_font()
    if font:
        document.metadata["cjk-font"] = font
    with (
        tempfile.TemporaryDirectory(prefix="labreport-") as name,
        _template(PDF_TEMPLATE, folder) as template,
    ):
        work = Path(name)
        for file, picture in report.pictures:
            (work / file).write_bytes(picture.data)
        try:
            data = _typeset(document, template, work)
        except ConversionError:
            notes.append(say["formulas_kept"])
            data = _typeset(document.walk(_formula_as_code), template, work)
        text = (work / "report.typ").read_text("utf-8")
    if not font and _CHINESE.search(text):
        notes.append(say["no_chinese"])
    return Rendered(data, notes)


def _typeset(document: pf.Doc, template: Path, work: Path) -> bytes:
    options = ["--standalone", "--syntax-highlighting=idiomatic", f"--template={template}"]
    source, pdf = work / "report.typ", work / "report.pdf"
    source.write_text(convert(_as_json(document), "json", "typst", options), "utf-8")
    command = [sys.executable, "-c", _COMPILE, *map(str, (source, pdf, work, _MEMORY))]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise ConversionError(f"Typst took more than {_SECONDS:g} seconds.") from None
    if b"memory allocation" in done.stderr:
        raise ConversionError(
            f"Typst needs more than {_MEMORY >> 20} MB of memory. Is a picture in the notebook "
            "very large? The report as HTML can be made all the same."
        )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().split("\n")[-1]
        raise ConversionError(f"Typst stopped: {reason}")
    return pdf.read_bytes()


def _formula_as_code(element: pf.Element, _: pf.Doc) -> pf.Element | None:
    return pf.Code(element.text) if isinstance(element, pf.Math) else None


def _pandoc_document(report: ReportDocument, urls: dict[str, str]) -> pf.Doc:
    """The report with its cover as metadata, and with pictures under the given addresses."""
    say = words.load(report.language)
    language, _, region = report.language.partition("_")
    document = pf.Doc(
        *copy.deepcopy(report.blocks),  # panflute changes what it walks over
        metadata={
            "title": report.title,
            "pagetitle": f"{say['report']} · {report.title}",
            "report": say["report"],
            "heading": report.heading,
            "lang": report.language.replace("_", "-"),
            "language": language,
            "region": region.lower(),
            "cover": [{"label": label, "value": value} for label, value in report.cover],
        },
    )

    def address(element: pf.Element, _: pf.Doc) -> pf.Element | None:
        if isinstance(element, pf.Image) and element.url in urls:
            return pf.Image(
                *element.content, url=urls[element.url], attributes=dict(element.attributes)
            )
        return None

    return document.walk(address)


def _as_json(document: pf.Doc) -> str:
    text = io.StringIO()
    pf.dump(document, text)
    return text.getvalue()


@functools.cache  # the fonts of a computer, for all reports of a class
def _chinese_font() -> str | None:
    import typst  # noqa: PLC0415  25 ms that an HTML report does not need

    families = typst.Fonts().families()
    return next((one for part in _CHINESE_FONTS for one in families if part in one), None)


@contextlib.contextmanager
def _template(name: str, folder: Path | None) -> Iterator[Path]:
    """The template's file: the course's own if it has one."""
    own = folder / name if folder else None
    if own is not None and own.is_file():
        yield own.absolute()
        return
    ours = resources.files("utils.labreport") / "templates" / name
    with resources.as_file(ours) as path:
        yield path
