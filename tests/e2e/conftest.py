"""Fixtures of the browser tests: a JupyterLab with a student's folder, and Chromium."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.jupyterlab import CHROMIUM, chromium, jupyter_lab

REPOSITORY = Path(__file__).parents[2]


def pytest_collection_modifyitems(items):
    """Without Chromium, skip browser tests; in CI let them fail."""
    if Path(CHROMIUM).exists() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="Debian's chromium is not installed (apt-get install chromium)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def screenshots():
    """The folder for screenshots, which git ignores."""
    folder = REPOSITORY / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser():
    """A Chromium for the tests of a file; while it is open, an event loop is running."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def student_lab(tmp_path_factory):
    """JupyterLab with a folder of all released notebooks, and nothing else."""
    root = tmp_path_factory.mktemp("student")
    for release in (REPOSITORY / "release").glob("*/*.ipynb"):
        shutil.copy(release, root / release.name)
    with jupyter_lab(root, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture
def page(browser):
    """A page of the size of a laptop's screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 1700})
    yield page
    page.close()
