"""How feedback pages look."""

from nbformat.v4 import new_notebook

from autograder.nbgrader_ext.feedback_style import STYLE, ReadablePage


def test_a_page_gets_the_style_beside_its_own():
    """The notebook is left as it is."""
    notebook, resources = new_notebook(), {"inlining": {"css": ["p {}"]}}
    assert ReadablePage().preprocess(notebook, resources) == (notebook, resources)
    assert resources["inlining"]["css"] == ["p {}", STYLE]
