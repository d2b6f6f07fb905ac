"""The lab report in JupyterLab: by its menu, in a real browser, from a notebook of a student."""

from __future__ import annotations

import nbformat
import pypdfium2
import pytest

from tests.support.jupyterlab import jupyter_lab
from tests.support.solutions import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> [x](javascript:document.title='hacked')"
FORM = "from utils.labreport import cover_form\n\ncover_form()"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a bundle's folder: a notebook in its folder, ``labreport`` beside it."""
    root = tmp_path_factory.mktemp("student")
    (root / "labreport").mkdir()
    notebook = nbformat.read(ROOT / "release" / "regularization" / "regularization.ipynb", 4)
    notebook.cells = [
        cell for cell in notebook.cells if "experiment" not in cell.metadata.get("tags", [])
    ]
    notebook.cells.append(nbformat.v4.new_code_cell(FORM))  # in sight once all cells have run
    answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    answers[-1].source = HOSTILE
    folder = root / "regularization"
    folder.mkdir()
    nbformat.write(notebook, folder / "regularization.ipynb")
    with jupyter_lab(root, tmp_path_factory.mktemp("home")) as running:
        yield running, root


def export(page, title):
    """Choose an entry of *Save and Export Notebook As*; return the file that is downloaded."""
    page.locator("li.lm-MenuBar-item:has-text('File')").click()
    page.locator("li.lm-Menu-item:has-text('Save and Export Notebook As')").click()
    with page.context.expect_event("download", timeout=60_000) as download:
        label = page.locator(f".lm-Menu-itemLabel:text-is('{title}')")
        page.locator("li.lm-Menu-item", has=label).click()
    return download.value.path()


def test_fill_in_the_cover_and_export(lab, page, tmp_path, screenshots):
    """The form saves the particulars outside of the notebook; both exports have them."""
    running, root = lab
    running.open_notebook(page, "regularization/regularization.ipynb")
    running.run_all(page)
    page.wait_for_selector("text=Student number")
    page.get_by_label("Name", exact=True).fill("Ada")
    page.get_by_label("Name", exact=True).press("Tab")
    page.locator("button:has-text('Save')").last.click()
    page.wait_for_selector("text=Saved in labreport/particulars.toml")
    assert 'name = "Ada"' in (root / "labreport" / "particulars.toml").read_text("utf-8")
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.title.startsWith('*')")
    assert '"Ada"' not in (root / "regularization" / "regularization.ipynb").read_text("utf-8")
    html = export(page, "Lab_report").read_text("utf-8")
    assert "Ada" in html
    assert "default-src 'none'" in html
    pdf = pypdfium2.PdfDocument(export(page, "Lab_report_PDF").read_bytes())
    assert "Ada" in pdf[0].get_textpage().get_text_range()
    report = tmp_path / "report.html"
    report.write_text(html, "utf-8")
    page.goto(f"file://{report}")
    page.screenshot(path=screenshots / "lab_report.png", full_page=True)
    assert page.title() == "Lab report · Regularization"
    assert page.evaluate("[...document.links].filter(a => a.protocol == 'javascript:').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
