"""A release that a student opens in a real JupyterLab."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import long_except_one

RELEASES = sorted(path.stem for path in (Path(__file__).parents[2] / "release").glob("*/*.ipynb"))

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", long_except_one(RELEASES))
def test_the_first_unfilled_stub_gives_a_sentence(student_lab, page, screenshots, name):
    """All cells before the first check run; that check and what ends the run say what to do."""
    student_lab.open_notebook(page, f"{name}.ipynb")
    student_lab.run_all(page)
    report = page.locator(".check-report").first
    report.wait_for(timeout=120_000)  # until the notebook has run that far
    report.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / f"release-{name}.png")
    assert "None" in report.inner_text()
    cells = page.locator(".jp-Notebook .jp-Cell")
    errors = page.evaluate(
        """() => {
            const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
            const first = cells.findIndex(cell => cell.querySelector('.check-report'));
            return cells.slice(0, first + 1)
                .filter(cell => cell.querySelector('.jp-RenderedText[data-mime-type*="error"],'
                    + '.jp-RenderedText[data-mime-type*="stderr"]'))
                .map(cell => cell.innerText);
        }"""
    )
    assert errors == []
    assert cells.count() > 10
    assert "Traceback" not in page.locator(".jp-Notebook").inner_text()
    stop = page.locator(".jp-RenderedText[data-mime-type*='stderr']")
    assert stop.count() == 1
    assert stop.inner_text().startswith("This cell has to wait for ")
