"""A student's Markdown in a report: what it says stays, and nothing of it runs or loads."""

import copy
import io

import panflute as pf
import pytest

from tests.unit.utils.labreport.conftest import png
from utils.labreport import fragments
from utils.labreport.fragments import markdown_blocks
from utils.labreport.pandoc import ConversionError, convert
from utils.labreport.pictures import Picture, Pictures


def to_html(markdown, attached=None, pictures=None):
    """The blocks as HTML."""
    blocks = markdown_blocks(markdown, pictures or Pictures(), attached or {})
    text = io.StringIO()
    pf.dump(pf.Doc(*blocks), text)
    return convert(text.getvalue(), "json", "html5", ["--mathml"])


def test_what_a_student_writes_is_kept():
    """Emphasis, code, lists, tables, formulas."""
    page = to_html("*a* `b` **c**\n\n- d\n\n| e | f |\n|---|---|\n| 1 | 2 |\n\n$x^2$ and $$y$$")
    for part in ("<em>a</em>", "<code>b</code>", "<strong>c</strong>", "<li>", "<td", "<msup>"):
        assert part in page


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <b onclick=alert(1)>bold</b> <iframe src='http://example.org'></iframe>",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "[click](file:///etc/passwd)",
        "![](http://example.org/pixel.png)",
        "![x](/etc/passwd)",
        "![x](attachment:missing.png)",
        "<javascript:alert(1)>",
        "`code`{onclick=alert(1)}",
        "```{=html}\n<script>alert(1)</script>\n```",
        "```python onload=alert(1)\nx\n```",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\text{<script>alert(1)</script>}$",
        "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<a href=javascript:alert(1)>x",
        "<style>@import 'http://example.org';</style>",
    ],
)
def test_nothing_runs_or_loads(markdown):
    """No script, no handler, no address but of the web, and no picture from elsewhere."""
    import nh3

    page = to_html(markdown)
    allowed = {*nh3.ALLOWED_TAGS, "math", "semantics", "annotation", "mrow", "mi", "mo", "mtext"}
    attributes = {"*": {"class", "display", "xmlns", "encoding", "mathvariant", "style"}}
    attributes |= {"a": {"href"}, "img": set()}
    cleaned = nh3.clean(
        page, tags=allowed, attributes=attributes, link_rel=None, url_schemes={"http", "https"}
    )
    assert page.count("<") == cleaned.count("<"), page
    assert "src=" not in page
    assert 'href="javascript' not in page.lower()
    assert 'href="file' not in page
    assert 'href="data' not in page


def test_an_attached_picture_is_shown():
    """Under the name that the report gives it."""
    pictures = Pictures()
    page = to_html("![mine](attachment:m.png)", {"m.png": Picture(png())}, pictures)
    assert 'src="figure-1.png"' in page
    assert [name for name, _ in pictures] == ["figure-1.png"]


def test_headings_do_not_become_sections():
    """The sections are the report's."""
    page = to_html("# Mine\n\ntext")
    assert "<h1" not in page
    assert "<strong>Mine</strong>" in page


@pytest.mark.parametrize(
    "text",
    [
        *("{" * 3000, "> " * 5000 + "x", "[" * 20000, "*a " * 12000),
        *("> " * 90 + "x", "> " * 25 + "x", "* " * 40 + "x", "* " * 15 + "x"),
    ],
)
def test_a_pathological_text_costs_little(text):
    """It comes back in time, as itself if not as Markdown; and nothing overflows that walks it."""
    assert copy.deepcopy(markdown_blocks(text, Pictures(), {}))


def test_without_time_a_text_comes_back_as_typed():
    """A report's texts have a time for all of them together."""
    (block,) = markdown_blocks("*a*", Pictures(), {}, seconds=0)
    assert (type(block), block.text) == (pf.CodeBlock, "*a*")


def test_a_text_that_cannot_be_read_stays_as_typed(monkeypatch):
    """As when Pandoc does not end."""

    def fail(*_, **__):
        raise ConversionError("slow")

    monkeypatch.setattr(fragments, "convert", fail)
    (block,) = markdown_blocks("*a*", Pictures(), {})
    assert block.text == "*a*"


def test_a_very_long_text_is_cut():
    """At forty thousand characters."""
    (block,) = markdown_blocks("a" * 50_000, Pictures(), {})
    assert len(pf.stringify(block).strip()) == fragments.LONGEST
