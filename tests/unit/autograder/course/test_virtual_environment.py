"""A course's own virtual environment for the student's process."""

import sys
from dataclasses import replace

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.grading_options import EngineChoice
from autograder.course.settings import GradingTraits
from autograder.course.virtual_environment import find_packages, packages_digest
from autograder.errors import CourseError
from autograder.runners.selection import shared_runner
from tests.support.cells import LIMITS, cell_text

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def environment(tmp_path):
    """An environment with a package of its own, and with another version of an installed one."""
    folder = tmp_path / "course" / "venv"
    packages = folder / "lib" / VERSION / "site-packages"
    (packages / "course_library-1.0.dist-info").mkdir(parents=True)
    (packages / "course_library.py").write_text("ANSWER = 42\n", "utf-8")
    (packages / "tabulate.py").write_text("__version__ = 'of the course'\n", "utf-8")
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n", "utf-8")
    return folder


def test_student_code_imports_its_packages(environment):
    """They come before those of the autograder's environment; the standard library stays first."""
    traits = GradingTraits(environment="venv")
    choice = traits.choice(environment.parent)
    assert choice.packages == str(environment / "lib" / VERSION / "site-packages")
    text = "import course_library, tabulate\nprint(course_library.ANSWER, tabulate.__version__)"
    notebook = new_notebook(cells=[new_code_cell(text)])
    runner = shared_runner(choice)
    try:
        runner.run(notebook, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    finally:
        runner.close()
    assert cell_text(notebook.cells[0]) == "42 of the course\n"


def test_without_one_nothing_changes(tmp_path):
    """The choice is what it was."""
    assert GradingTraits().choice(tmp_path) == EngineChoice()


def test_what_is_no_environment_is_refused(environment):
    """A sentence names the folder, and Python's version where that is the reason."""
    with pytest.raises(CourseError, match=r"no virtual environment: it has no pyvenv\.cfg"):
        find_packages(environment.parent)
    (environment / "lib" / VERSION).rename(environment / "lib" / "python2.7")
    with pytest.raises(CourseError, match=r"venv, which is not of Python \d\.\d+"):
        find_packages(environment)


def test_another_version_of_a_package_is_another_key(environment):
    """So that a class is graded again after an upgrade."""
    packages = find_packages(environment)
    before = packages_digest(packages)
    old = packages / "course_library-1.0.dist-info"
    old.rename(packages / "course_library-1.1.dist-info")
    assert packages_digest(packages) != before
    assert replace(EngineChoice(), packages_digest=before) != EngineChoice()
