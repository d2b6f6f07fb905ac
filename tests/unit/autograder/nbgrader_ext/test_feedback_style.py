"""The style of feedback pages."""

from nbformat.v4 import new_notebook

from autograder.nbgrader_ext.feedback_style import STYLE, AddFeedbackStyle


def test_the_style_is_added_to_that_of_the_page():
    """The notebook is left as it is."""
    notebook, resources = new_notebook(), {"inlining": {"css": ["p {}"]}}
    assert AddFeedbackStyle().preprocess(notebook, resources) == (notebook, resources)
    assert resources["inlining"]["css"] == ["p {}", STYLE]
