# ruff: noqa: INP001, A001  Sphinx loads it by its path, and names the settings
"""How Sphinx builds the documentation: ``make docs``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from pkgutil import walk_packages
from typing import TypeVar

from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import autograder
import utils

project = "Deep foundations"
author = "the authors of Deep foundations"
copyright = author
release = version = autograder.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
exclude_patterns = ["_templates"]
templates_path = ["_templates"]

# Markdown
myst_heading_anchors = 3
highlight_language = "python"
smartquotes_action = "D"  # dashes only: quotation marks stay as they are typed
default_role = "code"  # `a name` in a command's help is code, as in Markdown

# API pages: reference/api.md names the top packages; each package below them gets a page, which
# has the docstrings of its modules (_templates/autosummary/module.rst).
PACKAGES = ["autograder", "utils"] + [
    module.name
    for top in (autograder, utils)
    for module in walk_packages(top.__path__, f"{top.__name__}.")
    if module.ispkg
]
for page in (Path(__file__).parent / "reference" / "api").glob("*.rst"):
    if page.stem not in PACKAGES:  # written before a package was renamed
        page.unlink()
autosummary_generate = True
autosummary_context = {
    "packages": PACKAGES,
    "documented_elsewhere": ["utils.checks"],  # reference/checks.md
}
# only where a course uses it is it installed
autodoc_mock_imports = ["pandas"]
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
autodoc_use_type_comments = False
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

# References to our own code must resolve. Those to other packages are not checked: that needs
# their inventories, which come over a network. Private names have no page.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!(autograder|utils)\.).*"), ("py:.*", r".*\._\w+")]
suppress_warnings = ["ref.python"]  # a class may be exported by two modules

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_js_files = ["search.js"]
html_copy_source = False
html_show_sphinx = False

logging.getLogger("alembic").setLevel(logging.WARNING)  # nbgrader's; it announces its plugins


def setup(app: Sphinx) -> None:
    """Add what Sphinx lacks."""
    app.connect("missing-reference", type_variable)


def type_variable(
    _app: Sphinx, _env: BuildEnvironment, node: Element, text: Element
) -> Element | None:
    """A type variable in a signature is text: it has no page to link to."""
    module, _, name = node["reftarget"].rpartition(".")
    return text if isinstance(getattr(sys.modules.get(module), name, None), TypeVar) else None
