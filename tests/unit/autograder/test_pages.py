"""How feedback pages look."""

from nbformat.v4 import new_notebook

from autograder.pages import STYLE, Readable


def test_a_page_gets_the_style_beside_its_own():
    """The notebook is left as it is."""
    notebook, resources = new_notebook(), {"inlining": {"css": ["p {}"]}}
    assert Readable().preprocess(notebook, resources) == (notebook, resources)
    assert resources["inlining"]["css"] == ["p {}", STYLE]
