"""Formulas in feedback pages."""

import re
import time
import xml.etree.ElementTree as ET  # only for what our own library wrote

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import MathInlineParser
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.nbgrader_ext.mathml import mathml
from autograder.nbgrader_ext.page_exporter import PageExporter
from tests.support.solutions import ROOT

HOSTILE = (
    r"\text{<script>alert(1)</script>}",
    r"\href{javascript:alert(1)}{x}",
    r'\class{x" onclick="alert(1)}{y}',
    r'\text{"><img src=x onerror=alert(1)>}',
    r"\unknown",
    r"\frac{a",
    "{" * 5000,
    "a" * 5000 + "^" * 5000,
)
SOURCES = sorted(ROOT.glob("source/*/*.ipynb"))


def page(*cells):
    """The HTML page of these Markdown cells."""
    notebook = new_notebook(cells=[new_markdown_cell(one) for one in cells])
    return PageExporter(template_name="classic").from_notebook_node(notebook)[0]


def test_a_fraction():
    """The numerator comes first, then the denominator."""
    root = ET.fromstring(str(mathml(r"\frac{a}{2}", display=True)))  # noqa: S314
    (fraction,) = root.iter("mfrac")
    assert [part.text for part in fraction] == ["a", "2"]
    assert root.get("display") == "block"


@pytest.mark.parametrize("latex", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_formula_gives_only_mathml(latex):
    """It gives only MathML without active attributes, or nothing at all."""
    made = mathml(latex, display=False)
    if made is None:
        return
    for element in ET.fromstring(made).iter():  # noqa: S314
        assert re.fullmatch(r"m[a-z]+", element.tag)
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]


@pytest.mark.parametrize("latex", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_formula_in_a_page(latex):
    """If it is not converted, it is shown as text."""
    shown = page(f"Before ${latex}$ after.").partition("<body")[2]
    assert not re.search(r"<(script|img)\b(?![^>]*type=.text/x-mathjax)|<[^>]+\bon\w+=", shown)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_formula_of_the_course_is_converted(path):
    """No LaTeX is left on the page."""
    cells = nbformat.read(path, 4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    shown = re.sub(
        r"<(pre|code)\b.*?</\1>", "", page(*texts).partition("<body")[2], flags=re.DOTALL
    )
    formulas = MathInlineParser.INLINE_MATH_TEX
    assert len(re.findall(formulas, "\n".join(texts))) > 0
    assert "$" not in shown
    assert "\\begin" not in shown
    assert "<math" in shown


@pytest.mark.parametrize(
    "opening",
    ["(", "[", r"\{", r"\langle ", r"\lfloor ", r"\lVert ", r"\bigl(", r"\\(", "{(", r"\ulcorner "],
)
def test_brackets_without_an_end_are_not_looked_for(opening):
    """The converter takes twice as long for each: sixty would take longer than the world."""
    start = time.process_time()
    assert mathml(opening * 60, display=True) is None
    mathml(opening * 12, display=True)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "latex", ["[0, 1)" * 30, r"((((((a))))))", r"\left(\left[\{b\}\right]\right)" * 9]
)
def test_brackets_with_an_end_are_converted(latex):
    """However many there are, also of an interval that ends as another began."""
    assert "<mo" in str(mathml(latex, display=True))


def test_space_between_rows_is_not_text():
    """A length after the end of a row means space."""
    made = str(mathml(r"\begin{aligned}a&=b\\[2pt]c&=d\end{aligned}", display=True))
    assert "2pt" not in made.replace(" ", "")
    assert made.count("<mtr") == 2


def test_no_script_is_loaded_for_formulas():
    """Nbconvert's template would load one."""
    assert not re.findall(r"<script[^>]*mathjax", page("$a$"), re.IGNORECASE)
