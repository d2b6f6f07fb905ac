"""Pictures with a description, in every view of a notebook."""

import base64
import re
from types import SimpleNamespace

import IPython
import IPython.display
import nbformat
import pytest
from matplotlib import pyplot as plt
from nbconvert import HTMLExporter

from autograder.engine.trusted.sanitizer import sanitize_notebook
from utils import plots
from utils.labreport.content import read_notebook
from utils.plotting.showing import DescribedPicture

pytestmark = pytest.mark.usefixtures("_rendered_figures")
ALT = 'Costs < 1: "He" lies below the others.'
ESCAPED = "Costs &lt; 1: &quot;He&quot; lies below the others."
IMAGES = re.compile(r"<img[^>]*>")


@pytest.fixture
def displayed(monkeypatch):
    """Pretend to be in a notebook; return the list of what is displayed."""
    outputs = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel="a kernel"))
    monkeypatch.setattr(IPython.display, "display", outputs.append)
    return outputs


def notebook_with(picture):
    """A notebook with this output, and with an exercise."""
    data, metadata = picture._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    role = {"nbgrader": {"grade_id": "q", "grade": True, "solution": True, "points": 1}}
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Costs"),
            nbformat.v4.new_code_cell("draw()", outputs=[output]),
            nbformat.v4.new_markdown_cell("Because.", metadata=role),
        ]
    )


@pytest.mark.parametrize("drawn", [lambda fig, axes: fig, lambda fig, axes: axes,
                                   lambda fig, axes: axes[1]])  # fmt: skip
def test_a_figure_is_shown_once(displayed, drawn):
    """Whatever a function of the course returned names its figure, which is then closed."""
    assert plots.show(drawn(*plt.subplots(1, 2)), ALT) is None
    (picture,) = displayed
    assert picture.png.startswith(b"\x89PNG")
    assert plt.get_fignums() == []


def test_outside_of_a_notebook_the_figure_stays():
    """A script decides itself what to do with it."""
    _, ax = plt.subplots()
    plots.show(ax, ALT)
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("template", ["lab", "classic"])
@pytest.mark.parametrize("sanitized", [False, True])
def test_a_page_has_the_description(template, sanitized):
    """As JupyterLab exports it, and in what a grader or a student reads of a submission."""
    notebook = notebook_with(DescribedPicture(b"\x89PNG", ALT))
    if sanitized:
        sanitize_notebook(notebook, trusted=lambda _: False)
    page, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    (image,) = IMAGES.findall(page)
    assert base64.b64encode(b"\x89PNG").decode() in image
    assert f'alt="{ESCAPED}"' in image or f"alt='{ALT}'" in image.replace("&lt;", "<")


def test_a_lab_report_has_the_description():
    """As the caption of the picture."""
    content = read_notebook(notebook_with(DescribedPicture(b"\x89PNG\r\n\x1a\n", ALT)), "costs")
    assert [figure.caption for figure in content.results] == [ALT]


def test_paper_shows_the_still_form_of_an_animation():
    """A screen shows the animation; a page without styles shows both, each with the description."""
    forms, _ = DescribedPicture(b"\x89PNG", ALT, gif=b"GIF89a")._repr_mimebundle_()
    moving, still = IMAGES.findall(forms["text/html"])
    assert "image/gif" in moving
    assert "image/png" in still
    assert all(f'alt="{ESCAPED}"' in image for image in (moving, still))
    assert "@media print {.moving-form {display: none !important}}" in forms["text/html"]
    assert 'class="moving-form"' in moving
    assert 'class="still-form"' in still


def test_paper_leaves_out_the_code_of_folded_cells():
    """The page that nbconvert makes has the class that the style names, and the part it hides."""
    notebook = notebook_with(DescribedPicture(b"\x89PNG", ALT))
    notebook.cells[1].metadata["tags"] = ["hide-input"]
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "@media print {.celltag_hide-input .jp-Cell-inputWrapper {display: none}" in page
    (cell,) = re.findall(r'<div[^>]*class="[^"]*celltag_hide-input[^"]*".*', page, re.DOTALL)
    assert "jp-Cell-inputWrapper" in cell


def test_paper_breaks_long_outputs_between_rows():
    """The page of nbconvert keeps outputs whole; our style comes later, so it wins for tables."""
    page, _ = HTMLExporter().from_notebook_node(notebook_with(DescribedPicture(b"\x89PNG", ALT)))
    theirs = re.search(r"\.jp-OutputArea-child \{\s*break-inside: avoid-page", page)
    ours = page.index(".jp-OutputArea-child {break-inside: auto}")
    assert theirs is not None
    assert theirs.start() < ours
    assert ".jp-Notebook img, .jp-Notebook tr {break-inside: avoid}" in page
    assert 'class="jp-Notebook"' in page
    assert '<div class="jp-OutputArea-child' in page
