"""Fixtures for all tests: a stable environment, and copies of the course to work on."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import hypothesis
import pytest

from autograder.course.layout import Assignment, Course
from tests.support.solutions import ROOT

ASSIGNMENT = "regularization"
# So that each run of the tests sees the same inputs of hidden checks.
SEED = "the same in each run of these tests"

# Warnings that are not ours and that we cannot avoid, each with its cause.
TOLERATED = (
    # nbgrader 0.9.6 with SQLAlchemy 2 (api.py:149, 2229): it adds rows while it reads
    "ignore::sqlalchemy.exc.SAWarning",
    # a kernel is killed, not shut down, and with it what zmq and subprocess have open
    "ignore:unclosed (socket|context|event loop|<zmq|<socket):ResourceWarning",
    "ignore:subprocess \\d+ is still running:ResourceWarning",
    # nbclient 0.11.0 (client.py:57), from Python 3.12 on
    "ignore:datetime.datetime.utcnow:DeprecationWarning:nbclient.*",
    # raised when nbconvert and nbgrader are imported
    "ignore::DeprecationWarning:nbgrader.*",
    "ignore::DeprecationWarning:nbconvert.*",
    "ignore::DeprecationWarning:traitlets.*",
)


def long_except_one(names):
    """Parameters for a test that takes half a minute per assignment: all but one are ``long``."""
    return [
        name if name == ASSIGNMENT else pytest.param(name, marks=pytest.mark.long) for name in names
    ]


hypothesis.settings.register_profile("course", deadline=None, max_examples=60)
hypothesis.settings.load_profile("course")


def pytest_configure(config):
    """Tolerate these warnings; every other one is an error."""
    for warning in TOLERATED:
        config.addinivalue_line("filterwarnings", warning)


@pytest.hookimpl(trylast=True)  # after the shuffle, which this only changes where it must
def pytest_collection_modifyitems(items):
    """Run files that take minutes first, so that no process is alone with one at the end."""

    def rank(item):
        return item.get_closest_marker("browser") is None, "unit" in item.path.parts

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory):
    """Hide the settings of the person who runs the tests from Jupyter, IPython and nbgrader."""
    home = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_DIR", str(home / "jupyter"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("COLUMNS", "160")
        # so that our commands are found by name even if the environment is not activated
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        for name in ("NBGRADER_EXECUTION", "AUTOGRADER_SEED", "AUTOGRADER_LANGUAGE"):
            patch.delenv(name, raising=False)
        patch.delenv("NBGRADER_VALIDATING", raising=False)
        yield


@pytest.fixture(autouse=True)
def _environment_unchanged():
    """Check that no test, nor the code it calls, changes the environment."""
    before = dict(os.environ)
    yield
    now = dict(os.environ)
    os.environ.clear()
    os.environ.update(before)
    # set by pytest for each test, and by the first import of scikit-learn
    expected = {"PYTEST_CURRENT_TEST", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}
    changed = (now.keys() ^ before.keys()) - expected
    assert not changed, f"left behind in the environment: {changed}"


def copy_course(to: Path) -> Course:
    """Copy the repository's course, with only the assignment that the tests use."""
    to.mkdir(parents=True, exist_ok=True)
    config = (ROOT / "nbgrader_config.py").read_text("utf-8")
    (to / "nbgrader_config.py").write_text(f"{config}\nc.GradeCells.seed = {SEED!r}\n", "utf-8")
    for folder in ("assignments", "source", "release"):
        shutil.copytree(ROOT / folder / ASSIGNMENT, to / folder / ASSIGNMENT)
    return Course(to)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Assignment:
    """The assignment of a course that was built: its gradebook knows it. Do not change it."""
    from autograder.authoring.build import build

    course = copy_course(tmp_path_factory.mktemp("built"))
    assignment = course.assignment(ASSIGNMENT)
    build(assignment)
    return assignment


@pytest.fixture
def course(tmp_path) -> Course:
    """A course for one test, without a gradebook."""
    return copy_course(tmp_path / "course")


@pytest.fixture
def assignment(course) -> Assignment:
    """The assignment of ``course``."""
    return course.assignment(ASSIGNMENT)


@pytest.fixture
def registered(built, tmp_path) -> Course:
    """A course for one test, with a gradebook that knows the assignment."""
    shutil.copytree(built.course.root, tmp_path / "registered")
    return Course(tmp_path / "registered")
