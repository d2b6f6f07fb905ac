"""A release that a student opens in a real JupyterLab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import long_except_one
from tests.support.jupyterlab import PROMPTS

RELEASES = sorted(path.stem for path in (Path(__file__).parents[2] / "release").glob("*/*.ipynb"))

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", long_except_one(RELEASES))
def test_run_all_reaches_the_end_of_unfilled_stubs(student_lab, page, screenshots, name):
    """Checks and experiments say what they wait for, in a sentence, and the last cell runs."""
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
    prompts = page.evaluate(PROMPTS)
    assert all(re.fullmatch(r"\[\d+\]:", prompt) for prompt in prompts), " ".join(prompts)
    waiting = page.locator(".jp-RenderedText[data-mime-type*='stderr']").all_inner_texts()
    assert waiting
    assert all(text.startswith("This cell has to wait for ") for text in waiting), waiting
