"""Fuzzes the rendering of what students write: each text becomes HTML, in time and within limits.

Run it like ``fuzz_wire`` (see there), as ``python -m tests.fuzz.fuzz_page``. A text is cleaned as
when it is graded and then rendered in this process, as Markdown, code or printed text, so that a
crash of a library ends the fuzzing. A page would survive it: its process is another one.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["autograder", "nbconvert.filters", "mistune"]):
    from autograder.engine.trusted.sanitizer import clean_html, clean_markdown, clean_text
    from autograder.nbgrader_ext.mathml import mathml
    from autograder.nbgrader_ext.page_exporter import PageExporter
    from autograder.nbgrader_ext.text_limits import MAX_HTML, TextLimits

from nbformat.v4 import new_notebook

from tests.support.hostile_texts import INTRICATE, SLOW

DEFAULTS = ("-timeout=20", "-rss_limit_mb=2048", "-max_len=4096")
SECONDS = 8  # of CPU time, most of it in a library's loop that no signal interrupts
WORDS = (
    *("$", "$$", "\\(", "\\\\(", "\\\\[", "\\]", "\\begin{a}", "\\end{a}", "\\begin{matrix}", "&"),
    *(
        "\\frac{",
        "\\sqrt",
        "\\left(",
        "\\right)",
        "x^{",
        "_{",
        "}",
        "{",
        "\\text{",
        "\\",
        "\\\\[2pt]",
    ),
    *(
        "[",
        "](",
        "](b)",
        "![",
        ")",
        "<",
        "<a href='",
        "</b>",
        "<b>",
        "<table>",
        "<!--",
        "-->",
        "<?",
    ),
    *(
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```",
        "```perl\n",
        "> ",
        "* ",
        "1. ",
        "    ",
        "\n",
        "\n\n",
        "#",
        "|",
    ),
    *(
        "|-|-|\n",
        "a",
        " ",
        "\t",
        ":",
        ": b",
        "- [ ] ",
        "&#1;",
        "&a;",
        "http://",
        "[a]: b\n",
        "\x00",
    ),
    *(
        "\x1b[1m",
        "\x1b[",
        "38;5;1",
        ";",
        "m",
        '"',
        "'",
        "'''",
        "f(",
        "%%perl\n",
        "\ud800",
        "é",
        "中",
    ),
)


def text_of(data: atheris.FuzzedDataProvider) -> str:
    """A text of a few parts, each repeated: what renderers are slow over."""
    parts = []
    for _ in range(data.ConsumeIntInRange(1, 8)):
        words = [data.PickValueInList(list(WORDS)) for _ in range(data.ConsumeIntInRange(1, 5))]
        if data.ConsumeBool():
            words.append(data.ConsumeUnicode(data.ConsumeIntInRange(0, 12)))
        parts.append("".join(words) * data.PickValueInList([1, 1, 2, 3, 30, 600, 3000]))
    return "".join(parts)[:60_000]


def render(exporter: PageExporter, kind: int, text: str) -> str:
    """The HTML of a text of one kind."""
    exporter._texts = TextLimits()
    if kind == 0:
        return str(exporter.markdown2html({}, clean_markdown(text)))
    if kind == 1:
        return str(exporter._highlighter(new_notebook())(text))
    if kind == 2:
        return str(exporter._ansi2html(clean_text(text)))
    if kind == 3:
        return clean_html(text)
    return mathml(text, display=True) or ""


def main() -> None:
    """Fill the corpus and fuzz until time is up."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    for folder in folders[:1]:
        folder.mkdir(parents=True, exist_ok=True)
        for number, text in enumerate({**SLOW, **INTRICATE}.values()):
            seed = text[:4000].encode("utf-8", "surrogatepass")
            (folder / f"seed-{number}").write_bytes(bytes([number % 5 if number % 2 else 0]) + seed)
    exporter = PageExporter(template_name="classic")

    def fuzz_input(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data[1:])
        if data[:1] < b"\5":  # the text itself, of which the first byte says the kind
            kind, text = sum(data[:1]), data[1:].decode("utf-8", "replace")
        else:
            kind, text = provider.ConsumeIntInRange(0, 4), text_of(provider)
        start = time.process_time()
        shown = render(exporter, kind, text)
        took = time.process_time() - start
        if took > SECONDS or len(shown) > 3 * MAX_HTML:
            raise RuntimeError(
                f"{took:.1f} s, {len(shown)} characters of kind {kind}: {text[:200]!r}"
            )

    atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], fuzz_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
