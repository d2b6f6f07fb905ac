"""What all tests share: a steady environment, and scratch courses that cost little."""

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

# Warnings that are neither ours nor in our power, each with its reason.
TOLERATED = (
    # nbgrader 0.9.6 under SQLAlchemy 2 (api.py:149, 2229): rows that it adds while it reads
    "ignore::sqlalchemy.exc.SAWarning",
    # a kernel's process is killed, not shut down; what zmq and subprocess had open goes with it
    "ignore:unclosed (socket|context|event loop|<zmq|<socket):ResourceWarning",
    "ignore:subprocess \\d+ is still running:ResourceWarning",
    # nbconvert's and nbgrader's imports
    "ignore::DeprecationWarning:nbgrader.*",
    "ignore::DeprecationWarning:nbconvert.*",
    "ignore::DeprecationWarning:traitlets.*",
)


def one_always(names):
    """Parameters for a test that takes half a minute an assignment: all of them in the long run."""
    return [
        name if name == ASSIGNMENT else pytest.param(name, marks=pytest.mark.long) for name in names
    ]


hypothesis.settings.register_profile("course", deadline=None, max_examples=60)
hypothesis.settings.load_profile("course")


def pytest_configure(config):
    """Let pass what ``TOLERATED`` names, and nothing else."""
    for one in TOLERATED:
        config.addinivalue_line("filterwarnings", one)


@pytest.hookimpl(trylast=True)  # after the shuffle, whose order stays otherwise
def pytest_collection_modifyitems(items):
    """Files that take minutes come first: no process is left alone with one at the end."""

    def place(item):
        return item.get_closest_marker("browser") is None, "unit" in item.path.parts

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory):
    """No setting of the person who runs the tests reaches Jupyter, IPython or nbgrader."""
    home = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_DIR", str(home / "jupyter"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("COLUMNS", "160")
        # our commands are called by name, whether or not the environment is activated
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        for name in ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING", "AUTOGRADER_SEED"):
            patch.delenv(name, raising=False)
        patch.delenv("COURSE_LANGUAGE", raising=False)
        yield


@pytest.fixture(autouse=True)
def _environment_stays():
    """A test, or what it calls, leaves the environment as it was."""
    before = dict(os.environ)
    yield
    now = dict(os.environ)
    os.environ.clear()
    os.environ.update(before)
    # pytest writes the running test's name there, scikit-learn's first import what OpenMP asks
    others = {"PYTEST_CURRENT_TEST", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}
    changed = (now.keys() ^ before.keys()) - others
    assert not changed, f"left behind in the environment: {changed}"


def copy_course(to: Path) -> Course:
    """A scratch course with the one assignment that these tests know, as the repository has it."""
    to.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", to)
    for room in ("assignments", "source", "release"):
        shutil.copytree(ROOT / room / ASSIGNMENT, to / room / ASSIGNMENT)
    return Course(to)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Assignment:
    """A course that was built: its gradebook knows the assignment. To be read, not changed."""
    from autograder.authoring.build import build

    course = copy_course(tmp_path_factory.mktemp("built"))
    assignment = course.assignment(ASSIGNMENT)
    build(assignment)
    return assignment


@pytest.fixture
def course(tmp_path) -> Course:
    """A scratch course of the test's own, not yet in a gradebook."""
    return copy_course(tmp_path / "course")


@pytest.fixture
def assignment(course) -> Assignment:
    """The scratch course's assignment."""
    return course.assignment(ASSIGNMENT)


@pytest.fixture
def registered(built, tmp_path) -> Course:
    """A scratch course of the test's own with a gradebook that knows the assignment."""
    shutil.copytree(built.course.root, tmp_path / "registered")
    return Course(tmp_path / "registered")
