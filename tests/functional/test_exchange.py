"""nbgrader's exchange with our steps in it: what students can do to the instructor, and to others.

Also the step that only the hub has: deploy/jupyterhub/config.
"""

from __future__ import annotations

import asyncio
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
from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import notebook_hash
from traitlets.config import Config

from autograder.course.layout import CONFIG
from autograder.nbgrader_ext.config import configure
from autograder.nbgrader_ext.exchange import CollectOwnWork, ReleaseEach
from autograder.nbgrader_ext.formgrader import Action, ActionWorker
from tests.conftest import ASSIGNMENT
from tests.functional.conftest import run as command
from tests.support.solutions import ROOT

SUBMIT = ROOT / "deploy" / "jupyterhub" / "config" / "shared" / "private_submit.py"
EARLY, LATE = (f"20{year}-01-01 00:00:00.000000 UTC" for year in (30, 31))
# Accounts that every Linux has, and a number that belongs to none.
DAEMON, BIN, NOBODY_S = 1, 2, 64177
as_others = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


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


def hand_in(course, student, when, *, owner=None, **files):
    """Put a submission into inbound, as anybody can; by default as the account of the tests."""
    folder = Path(course.Exchange.root, "c", "inbound", f"{student}+hw+{when}+x")
    folder.mkdir()
    for name, text in {"timestamp": when, **files}.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    if owner is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner, -1)
    return folder


def step(course, kind):
    """One of nbgrader's steps, as nbgrader makes it."""
    coursedir = CourseDirectory(config=course)
    one = kind(coursedir=coursedir, authenticator=Authenticator(config=course), config=course)
    one.log = logging.getLogger("exchange")
    one.set_timestamp()
    return one


@pytest.fixture
def collected(tmp_path):
    """What lies in submitted/: text by path."""

    def read():
        root = tmp_path / "course" / "submitted"
        found = root.rglob("*") if root.is_dir() else ()
        return {str(one.relative_to(root)): one.read_text() for one in found if one.is_file()}

    return read


@pytest.fixture
def collect(course, collected):
    """Collect, and read what came."""

    def collect():
        step(course, CollectOwnWork).start()
        return collected()

    return collect


class TestWhoseItIs:
    """A folder's name says whose it is, and its owner has to bear that out."""

    @as_others
    def test_what_a_student_owns_is_collected(self, course, collect, caplog):
        """The newest of one's own submissions, with its files, without a warning."""
        hand_in(course, "bin", EARLY, owner=BIN, answer="first")
        hand_in(course, "bin", LATE, owner=BIN, answer="second")
        assert collect() == {"bin/hw/answer.txt": "second", "bin/hw/timestamp.txt": LATE}
        assert not [one for one in caplog.records if one.levelno >= logging.WARNING]

    @as_others
    @pytest.mark.parametrize("owner", [DAEMON, NOBODY_S])
    def test_nobody_hands_in_for_another(self, course, collect, caplog, owner):
        """A newer folder under another's name is passed over; the log says who put it there."""
        hand_in(course, "bin", EARLY, owner=BIN, answer="own")
        hand_in(course, "bin", LATE, owner=owner, answer="forged")
        assert collect()["bin/hw/answer.txt"] == "own"
        assert f"put there by {'daemon' if owner == DAEMON else 'the account 64177'}" in caplog.text

    @as_others
    def test_an_account_does_not_hand_in_under_an_invented_name(self, course, collect):
        """Somebody with a login here is known by that login alone."""
        hand_in(course, "ada", EARLY, owner=DAEMON, answer="forged")
        assert collect() == {}

    @as_others
    def test_where_accounts_are_not_known_all_is_collected(self, course, collect, caplog):
        """A number without a login under a name that is none: nbgrader's warning is all."""
        hand_in(course, "ada", EARLY, owner=NOBODY_S, answer="own")
        assert collect()["ada/hw/answer.txt"] == "own"
        assert "claims to be submitted by ada but is owned by unknown id" in caplog.text

    def test_where_all_is_one_account_all_is_collected(self, course, collect, caplog):
        """What the collecting account owns can be anybody's: nbgrader's warning is all."""
        hand_in(course, "ada", EARLY, answer="own")
        assert collect()["ada/hw/answer.txt"] == "own"
        assert "claims to be submitted by ada but is owned by" in caplog.text

    @as_others
    def test_where_all_is_anothers_account_all_is_collected(self, course, collect):
        """As on a file system that gives all files to one account: inbound tells."""
        os.chown(Path(course.Exchange.root, "c", "inbound"), DAEMON, -1)
        hand_in(course, "ada", EARLY, owner=DAEMON, answer="own")
        hand_in(course, "bin", EARLY, owner=DAEMON, answer="own, too")
        assert {"ada/hw/answer.txt", "bin/hw/answer.txt"} <= collect().keys()

    @as_others
    def test_a_course_can_do_without(self, course, collect):
        """Where logins are not the students' names, nbgrader's own setting says so."""
        course.ExchangeCollect.check_owner = False
        hand_in(course, "ada", EARLY, owner=DAEMON, answer="own")
        assert collect()["ada/hw/answer.txt"] == "own"

    @as_others
    def test_a_file_of_another_account_is_left_where_it_is(self, course, collect):
        """As a hard link to somebody's file would be."""
        folder = hand_in(course, "bin", EARLY, owner=BIN, answer="own", other="not mine")
        os.chown(folder / "other.txt", DAEMON, -1)
        assert collect().keys() == {"bin/hw/answer.txt", "bin/hw/timestamp.txt"}


class TestWhatIsTaken:
    """Plain files, of submissions that can be read."""

    def test_links_and_pipes_are_left_where_they_are(self, course, collect, tmp_path):
        """What a link leads to is not read, file or folder; a pipe makes nobody wait."""
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "seed.txt").write_text("secret")
        folder = hand_in(course, "ada", EARLY, answer="own")
        (folder / "seed.txt").symlink_to(tmp_path / "secret" / "seed.txt")
        (folder / "secret").symlink_to(tmp_path / "secret")
        os.mkfifo(folder / "pipe.txt")
        (folder / "data").mkdir()
        (folder / "data" / "a.csv").write_text("1,2")
        assert collect() == {
            "ada/hw/answer.txt": "own",
            "ada/hw/timestamp.txt": EARLY,
            "ada/hw/data/a.csv": "1,2",
        }

    def test_a_submission_that_is_a_link_is_none(self, course, collect, tmp_path):
        """Nor is one that is a file; the earlier one is collected."""
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "seed.txt").write_text("secret")
        inbound = hand_in(course, "ada", EARLY, answer="own").parent
        (inbound / f"ada+hw+{LATE}+x").symlink_to(tmp_path / "secret")
        hand_in(course, "bo", EARLY, answer="own")
        (inbound / f"bo+hw+{LATE}+x").write_text("no folder")
        assert {one for one in collect() if "timestamp" not in one} == {
            "ada/hw/answer.txt",
            "bo/hw/answer.txt",
        }

    def test_what_becomes_a_link_meanwhile_is_not_followed(self, course, collected, tmp_path):
        """Between nbgrader's look at inbound and its copying; the others are collected."""
        folder = hand_in(course, "ada", EARLY, answer="own")
        hand_in(course, "bo", EARLY, answer="own")
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "seed.txt").write_text("secret")
        one = step(course, CollectOwnWork)
        one.init_src()
        shutil.rmtree(folder)
        folder.symlink_to(tmp_path / "secret")
        one.copy_files()
        assert collected().keys() == {"bo/hw/answer.txt", "bo/hw/timestamp.txt"}

    @pytest.mark.parametrize("name", ["ada+hw+some day+x", "ada+hw+", f"+hw+{LATE}+x"])
    def test_a_name_that_is_not_nbgraders_stops_nobody(self, course, collect, name):
        """One bad folder does not keep the class from being collected."""
        hand_in(course, "ada", EARLY, answer="own")
        Path(course.Exchange.root, "c", "inbound", name).mkdir()
        assert collect().keys() == {"ada/hw/answer.txt", "ada/hw/timestamp.txt"}

    def test_one_that_is_too_large_stops_nobody(self, course, collect):
        """Past nbgrader's limit for a folder; the earlier one is collected, and the others."""
        course.CourseDirectory.max_dir_size = 1  # kilobyte
        hand_in(course, "ada", EARLY, answer="small")
        hand_in(course, "ada", LATE, answer="x" * 2000)
        hand_in(course, "bo", EARLY, answer="own")
        found = collect()
        assert (found["ada/hw/answer.txt"], found["bo/hw/answer.txt"]) == ("small", "own")

    def test_folders_without_end_stop_nobody(self, course, collect):
        """Deeper than Python can go down."""
        folder = hand_in(course, "ada", EARLY, answer="deep")
        before = Path.cwd()
        os.chdir(folder)
        try:
            for _ in range(1500):
                Path("d").mkdir()
                os.chdir("d")
        finally:
            os.chdir(before)
        hand_in(course, "bo", EARLY, answer="own")
        try:
            assert collect().keys() == {"bo/hw/answer.txt", "bo/hw/timestamp.txt"}
        finally:
            command("rm", "-rf", folder, cwd=before)  # Python cannot remove it either

    def test_a_broken_timestamp_does_not_stop_the_next_collection(self, course, collect):
        """Nbgrader would end there; the time is that of the folder's name."""
        course.ExchangeCollect.update = True
        for student in ("ada", "bo"):
            folder = hand_in(course, student, EARLY, answer="first")
        (folder.parent / f"ada+hw+{EARLY}+x" / "timestamp.txt").write_bytes(b"\xff no date")
        assert collect()["ada/hw/timestamp.txt"] == EARLY
        for student in ("ada", "bo"):
            hand_in(course, student, LATE, answer="second")
        found = collect()
        assert found["ada/hw/answer.txt"] == found["bo/hw/answer.txt"] == "second"

    def test_without_update_what_was_collected_stays(self, course, collect):
        """As nbgrader has it."""
        hand_in(course, "ada", EARLY, answer="first")
        collect()
        hand_in(course, "ada", LATE, answer="second")
        assert collect()["ada/hw/answer.txt"] == "first"

    def test_nothing_to_collect_is_said(self, course, collect, caplog):
        """In nbgrader's words."""
        assert collect() == {}
        assert "No submissions of 'hw' for course 'c' to collect" in caplog.text


@pytest.mark.parametrize("by", ["command", "button"])
def test_every_course_collects_like_this(registered, tmp_path, by):
    """By `nbgrader collect` and by formgrader's button, from the course's config alone."""
    inbound = tmp_path / "exchange" / "deep-foundations" / "inbound"
    folder = inbound / f"ada+{ASSIGNMENT}+{EARLY}+x"
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_text("{}")
    (folder / "seed.html").symlink_to(registered.root / CONFIG)
    with (registered.root / CONFIG).open("a") as config:
        config.write(f"\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    if by == "command":
        done = command("nbgrader", "collect", ASSIGNMENT, "--update", cwd=registered.root)
        assert done.returncode == 0, done.stderr
    else:
        root = str(registered.root)
        clerk = ActionWorker()
        try:
            order = Action("collect", (ASSIGNMENT,), root, root, searches=True)
            assert asyncio.run(clerk.do(order))["success"]
        finally:
            clerk.close()
    found = {path.name for path in (registered.submitted_dir / "ada" / ASSIGNMENT).iterdir()}
    assert found == {f"{ASSIGNMENT}.ipynb", "timestamp.txt"}


def test_the_config_names_our_steps():
    """As nbgrader loads them."""
    config = Config()
    configure(config)
    factory = ExchangeFactory(config=config)
    assert (factory.collect, factory.release_feedback) == (CollectOwnWork, ReleaseEach)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # nbgrader's open file
@pytest.mark.parametrize("secret", [None, b"\xff"])
def test_feedback_without_a_secret_stops_nobody(course, tmp_path, caplog, secret):
    """A student who hands in without nbgrader's secret gets none; the next one gets theirs."""
    for student in ("ada", "bo"):
        folder = tmp_path / "course" / "feedback" / student / "hw"
        folder.mkdir(parents=True)
        for name in ("hw.html", "timestamp.txt", "submission_secret.txt"):
            (folder / name).write_text(student)
    broken = tmp_path / "course" / "feedback" / "ada" / "hw" / "submission_secret.txt"
    broken.unlink()
    if secret:
        broken.write_bytes(secret)
    step(course, ReleaseEach).start()
    (released,) = (tmp_path / "exchange" / "c" / "feedback").iterdir()
    bo_s = {"secret": "bo", "notebook_id": "hw"}
    assert released.name == f"{notebook_hash(**bo_s)}.html"
    assert "Feedback not released" in caplog.text


def test_on_the_hub_what_is_handed_in_is_closed_to_others(course, tmp_path):
    """Others cannot enter the folder; its group, the instructor's on the hub, can do all."""
    spec = importlib.util.spec_from_file_location("private_submit", SUBMIT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "home" / "hw" / "hw.ipynb").write_text("{}")
    course.CourseDirectory.student_id = "ada"  # the account of the tests may have no login
    step(course, module.PrivateSubmit).start()
    (folder,) = (tmp_path / "exchange" / "c" / "inbound").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o770
    assert (folder / "hw.ipynb").read_text() == "{}"
