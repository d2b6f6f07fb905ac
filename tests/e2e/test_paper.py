"""What a browser shows of an exported notebook on a screen, and what it prints."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from utils.plotting.showing import DescribedPicture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KINDS = ("moving-form", "still-form")


def drawn(kind: str) -> bytes:
    """A small picture as a file of this kind."""
    file = BytesIO()
    Image.new("RGB", (30, 20), "navy").save(file, kind)
    return file.getvalue()


@pytest.fixture
def page(browser, tmp_path: Path):
    """An exported notebook with a folded cell that shows an animation, open in the browser."""
    picture = DescribedPicture(drawn("png"), "A dot moves.", gif=drawn("gif"))
    data, metadata = picture._repr_mimebundle_()
    output = new_output("display_data", data, metadata=metadata)
    cell = new_code_cell("draw()", outputs=[output], metadata={"tags": ["hide-input"]})
    exported, _ = HTMLExporter().from_notebook_node(new_notebook(cells=[cell]))
    path = tmp_path / "page.html"
    path.write_text(exported, encoding="utf-8")
    page = browser.new_page()
    page.route("https://**", lambda route: route.abort())  # MathJax and the like
    page.goto(path.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize(
    ("medium", "shown", "with_code"),
    [("screen", "moving-form", True), ("print", "still-form", False)],
)
def test_one_form_of_an_animation_is_shown(page, medium, shown, with_code):
    """It moves on a screen; paper has the still form, and no code of folded cells."""
    page.emulate_media(media=medium)
    assert [kind for kind in KINDS if page.locator(f"img.{kind}").is_visible()] == [shown]
    assert page.get_by_text("draw").is_visible() == with_code
