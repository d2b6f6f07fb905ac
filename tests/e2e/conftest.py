"""What the browser tests share: a JupyterLab on a student's folder, and Chromium."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.jupyterlab import CHROMIUM, chromium, jupyter_lab

REPOSITORY = Path(__file__).parents[2]


def pytest_collection_modifyitems(items):
    """Without Chromium: a failure in CI, a skip that says why elsewhere."""
    if Path(CHROMIUM).exists() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="Debian's chromium is not installed (apt-get install chromium)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def screenshots():
    """A folder for pictures that a person looks at; git ignores it."""
    folder = REPOSITORY / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser():
    """One Chromium for the tests of a file: as long as it is open, an event loop runs."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def student_lab(tmp_path_factory):
    """JupyterLab on a folder that holds what a student gets, and nothing else."""
    root = tmp_path_factory.mktemp("student")
    for release in (REPOSITORY / "release").glob("*/*.ipynb"):
        shutil.copy(release, root / release.name)
    with jupyter_lab(root, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture
def page(browser):
    """A page of a laptop's size."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1700})
    yield opened
    opened.close()
