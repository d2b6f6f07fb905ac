"""What the hub's own steps of nbgrader's exchange do, without a hub: deploy/jupyterhub/config."""

from __future__ import annotations

import getpass
import importlib.util
import logging
import os
import shutil
import stat
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from tests.notebooks import ROOT

SETTINGS = ROOT / "deploy" / "jupyterhub" / "config"
ME = getpass.getuser()
EARLY, LATE = (f"20{year}-01-01 00:00:00.000000 UTC" for year in (30, 31))


def step(role, module, name):
    """A class of the deployment, which is no package."""
    spec = importlib.util.spec_from_file_location(module, SETTINGS / role / f"{module}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return getattr(made, name)


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """One for all: nbgrader starts alembic for each new one."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}", "c"):
        return path


@pytest.fixture
def course(tmp_path, gradebook):
    """A course and its exchange; what a step is made with."""
    for room in ("course", "exchange/c/inbound", "exchange/c/outbound/hw", "home/hw"):
        (tmp_path / room).mkdir(parents=True)
    shutil.copy(gradebook, tmp_path / "course")
    config = Config()
    config.CourseDirectory.root = str(tmp_path / "course")
    config.CourseDirectory.course_id = "c"
    config.CourseDirectory.assignment_id = "hw"
    config.Exchange.root = str(tmp_path / "exchange")
    config.Exchange.assignment_dir = str(tmp_path / "home")
    config.Exchange.cache = str(tmp_path / "cache")
    return config


def hand_in(course, student, when, **files):
    """Put a submission into inbound, as anybody can."""
    folder = Path(course.Exchange.root, "c", "inbound", f"{student}+hw+{when}+x")
    folder.mkdir()
    for name, text in {"timestamp": when, **files}.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    return folder


def run(course, step_class):
    """Do one step as nbgrader does it."""
    coursedir = CourseDirectory(config=course)
    one = step_class(coursedir=coursedir, authenticator=Authenticator(config=course), config=course)
    one.log = logging.getLogger("exchange")
    one.start()
    return one


@pytest.fixture
def collect(course, tmp_path):
    """Collect, and read what came: text by path below submitted/."""

    def read():
        run(course, step("instructor", "own_work", "OwnWork"))
        root = tmp_path / "course" / "submitted"
        found = root.rglob("*") if root.is_dir() else ()
        return {str(one.relative_to(root)): one.read_text() for one in found if one.is_file()}

    return read


def test_what_a_student_owns_is_collected(course, collect):
    """The newest of one's own submissions, with its files."""
    hand_in(course, ME, EARLY, answer="first")
    hand_in(course, ME, LATE, answer="second")
    assert collect() == {f"{ME}/hw/answer.txt": "second", f"{ME}/hw/timestamp.txt": LATE}


def test_nobody_hands_in_for_another(course, collect, caplog):
    """A folder under another's name is passed over, and the log names who put it there."""
    hand_in(course, "ada", LATE, answer="forged")
    hand_in(course, ME, EARLY, answer="own")
    assert collect().keys() == {f"{ME}/hw/answer.txt", f"{ME}/hw/timestamp.txt"}
    assert f"was put there by {ME}" in caplog.text


def test_a_name_without_a_time_stops_nobody(course, collect):
    """One bad folder does not keep the class from being collected."""
    hand_in(course, ME, "some day", answer="bad")
    hand_in(course, ME, EARLY, answer="own")
    assert collect()[f"{ME}/hw/answer.txt"] == "own"


def test_links_and_pipes_are_left_where_they_are(course, collect, tmp_path):
    """What a link leads to is not read, be it a file or a folder; a pipe does not make one wait."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "seed.txt").write_text("secret")
    folder = hand_in(course, ME, EARLY, answer="own")
    (folder / "seed.txt").symlink_to(tmp_path / "secret" / "seed.txt")
    (folder / "secret").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.txt")
    assert collect() == {f"{ME}/hw/answer.txt": "own", f"{ME}/hw/timestamp.txt": EARLY}


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to another account")
def test_a_file_of_another_account_is_left_where_it_is(course, collect):
    """As a hard link to somebody's file would be."""
    folder = hand_in(course, ME, EARLY, answer="own", other="not mine")
    os.chown(folder / "other.txt", 65533, -1)
    assert f"{ME}/hw/other.txt" not in collect()


def test_a_submission_of_any_size_is_not_read_to_its_end(course, collect, tmp_path):
    """Past nbgrader's limit for a folder nothing is collected."""
    course.CourseDirectory.max_dir_size = 1  # kilobyte
    hand_in(course, ME, EARLY, answer="x" * 2000)
    with pytest.raises(RuntimeError, match="too big"):
        collect()
    assert not list((tmp_path / "course").rglob("*.txt"))


def test_what_is_handed_in_is_closed_to_others(course, tmp_path):
    """Others cannot enter the folder; its group, the instructor's on the hub, can do all."""
    (tmp_path / "home" / "hw" / "hw.ipynb").write_text("{}")
    run(course, step("shared", "private_submit", "PrivateSubmit"))
    (folder,) = (tmp_path / "exchange" / "c" / "inbound").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o770
    assert (folder / "hw.ipynb").read_text() == "{}"
