"""Which notebooks the jailed engine can run."""

import pytest
from nbformat import NotebookNode, from_dict

from autograder.course.kernel_language import language_of, require_python
from autograder.errors import RunnerError


def _notebook(metadata) -> NotebookNode:
    return from_dict({"metadata": metadata, "cells": []})


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "python3", "language": "python"}},
        {"kernelspec": {"name": "python", "display_name": "Python [conda env:course]"}},
        {"kernelspec": {"name": "xpython"}, "language_info": {"name": "python"}},
        {"kernelspec": {"name": "iridescent-env"}},
        {"kernelspec": "broken", "language_info": ["broken"]},
    ],
)
def test_python_by_any_name(metadata):
    """Whatever a kernel of Python is called, and where nothing is said."""
    require_python(_notebook(metadata))


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "language": "R"}}, "R"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"kernelspec": {"name": "julia-1.10"}}, "julia-1.10"),
        ({"kernelspec": {"name": "java", "language": "java"}}, "java"),
        ({"kernelspec": {"name": "ir"}}, "ir"),
        ({"kernelspec": {"name": "xcpp17"}}, "xcpp17"),
    ],
)
def test_other_languages_are_refused_in_a_sentence(metadata, language):
    """It names the language and the way out."""
    notebook = _notebook(metadata)
    assert language_of(notebook) == language
    with pytest.raises(RunnerError, match=f"is in {language}, .*--engine kernel"):
        require_python(notebook)
