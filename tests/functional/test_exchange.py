"""nbgrader's exchange with our classes in it: what students can do to the instructor and others.

Also the class that only the hub has, in deploy/jupyterhub/config.
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
from autograder.nbgrader_ext.exchange import CollectOwnWork, ReleaseFeedback
from autograder.nbgrader_ext.formgrader import Action, ActionWorker
from tests.conftest import ASSIGNMENT
from tests.functional.conftest import run as command
from tests.support.solutions import ROOT

SUBMIT = ROOT / "deploy" / "jupyterhub" / "config" / "shared" / "private_submit.py"
EARLY, LATE = (f"20{year}-01-01 00:00:00.000000 UTC" for year in (30, 31))
# Accounts that every Linux has, and a number that belongs to none.
DAEMON, BIN, UNKNOWN = 1, 2, 64177
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """An empty gradebook for all tests: nbgrader runs alembic for each new one."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}", "c"):
        return path


@pytest.fixture
def course(tmp_path, gradebook):
    """The config of a course with an exchange."""
    for folder in ("course", "exchange/c/inbound", "exchange/c/outbound/hw", "home/hw"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(gradebook, tmp_path / "course")
    config = Config()
    config.CourseDirectory.root = str(tmp_path / "course")
    config.CourseDirectory.course_id = "c"
    config.CourseDirectory.assignment_id = "hw"
    config.Exchange.root = str(tmp_path / "exchange")
    config.Exchange.assignment_dir = str(tmp_path / "home")
    config.Exchange.cache = str(tmp_path / "cache")
    return config


def submit(course, student, when, *, owner=None, **files):
    """Put a submission into inbound, as anybody can; by default from the account of the tests."""
    folder = Path(course.Exchange.root, "c", "inbound", f"{student}+hw+{when}+x")
    folder.mkdir()
    for name, text in {"timestamp": when, **files}.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    if owner is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner, -1)
    return folder


def make(kind, course):
    """An object of one of the exchange's classes, as nbgrader makes it."""
    coursedir = CourseDirectory(config=course)
    made = kind(coursedir=coursedir, authenticator=Authenticator(config=course), config=course)
    made.log = logging.getLogger("exchange")
    made.set_timestamp()
    return made


@pytest.fixture
def collected(tmp_path):
    """Reads submitted/: text by path."""

    def read():
        root = tmp_path / "course" / "submitted"
        paths = root.rglob("*") if root.is_dir() else ()
        return {str(path.relative_to(root)): path.read_text() for path in paths if path.is_file()}

    return read


@pytest.fixture
def collect(course, collected):
    """Collects, and reads what was collected."""

    def collect():
        make(CollectOwnWork, course).start()
        return collected()

    return collect


class TestOwner:
    """A folder's name says whose it is, and its owner has to confirm that."""

    @needs_root
    def test_what_a_student_owns_is_collected(self, course, collect, caplog):
        """The student's newest submission, with its files and without a warning."""
        submit(course, "bin", EARLY, owner=BIN, answer="first")
        submit(course, "bin", LATE, owner=BIN, answer="second")
        assert collect() == {"bin/hw/answer.txt": "second", "bin/hw/timestamp.txt": LATE}
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]

    @needs_root
    @pytest.mark.parametrize("owner", [DAEMON, UNKNOWN])
    def test_nobody_can_submit_for_somebody_else(self, course, collect, caplog, owner):
        """A newer folder under the name is refused; the log says who put it there."""
        submit(course, "bin", EARLY, owner=BIN, answer="own")
        submit(course, "bin", LATE, owner=owner, answer="forged")
        assert collect()["bin/hw/answer.txt"] == "own"
        assert f"put there by {'daemon' if owner == DAEMON else 'the account 64177'}" in caplog.text

    @needs_root
    def test_nobody_can_submit_under_an_invented_name(self, course, collect):
        """Whoever has a login here is known only by that login."""
        submit(course, "ada", EARLY, owner=DAEMON, answer="forged")
        assert collect() == {}

    @needs_root
    def test_everything_is_collected_where_accounts_are_unknown(self, course, collect, caplog):
        """If neither owner nor name has a login, there is only nbgrader's warning."""
        submit(course, "ada", EARLY, owner=UNKNOWN, answer="own")
        assert collect()["ada/hw/answer.txt"] == "own"
        assert "claims to be submitted by ada but is owned by unknown id" in caplog.text

    def test_everything_is_collected_where_all_use_one_account(self, course, collect, caplog):
        """What the collecting account owns may be anybody's; there is only nbgrader's warning."""
        submit(course, "ada", EARLY, answer="own")
        assert collect()["ada/hw/answer.txt"] == "own"
        assert "claims to be submitted by ada but is owned by" in caplog.text

    @needs_root
    def test_everything_is_collected_where_another_account_owns_all_files(self, course, collect):
        """As on a file system that gives all files to one account, and inbound too."""
        os.chown(Path(course.Exchange.root, "c", "inbound"), DAEMON, -1)
        submit(course, "ada", EARLY, owner=DAEMON, answer="own")
        submit(course, "bin", EARLY, owner=DAEMON, answer="own, too")
        assert {"ada/hw/answer.txt", "bin/hw/answer.txt"} <= collect().keys()

    @needs_root
    def test_a_course_can_turn_the_check_off(self, course, collect):
        """With nbgrader's own setting, if students' names are not their logins."""
        course.ExchangeCollect.check_owner = False
        submit(course, "ada", EARLY, owner=DAEMON, answer="own")
        assert collect()["ada/hw/answer.txt"] == "own"

    @needs_root
    def test_a_file_of_another_account_is_not_collected(self, course, collect):
        """It may be a hard link to somebody else's file."""
        folder = submit(course, "bin", EARLY, owner=BIN, answer="own", other="not mine")
        os.chown(folder / "other.txt", DAEMON, -1)
        assert collect().keys() == {"bin/hw/answer.txt", "bin/hw/timestamp.txt"}


class TestFiles:
    """Regular files of submissions that can be read are collected."""

    def test_links_and_pipes_are_not_collected(self, course, collect, tmp_path):
        """Neither a link to a file nor one to a folder is followed; a pipe makes nobody wait."""
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "seed.txt").write_text("secret")
        folder = submit(course, "ada", EARLY, answer="own")
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

    def test_a_submission_that_is_a_link_is_not_collected(self, course, collect, tmp_path):
        """And neither is one that is a file; the earlier submission is collected."""
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "seed.txt").write_text("secret")
        inbound = submit(course, "ada", EARLY, answer="own").parent
        (inbound / f"ada+hw+{LATE}+x").symlink_to(tmp_path / "secret")
        submit(course, "bo", EARLY, answer="own")
        (inbound / f"bo+hw+{LATE}+x").write_text("no folder")
        assert {name for name in collect() if "timestamp" not in name} == {
            "ada/hw/answer.txt",
            "bo/hw/answer.txt",
        }

    def test_a_folder_that_becomes_a_link_is_not_followed(self, course, collected, tmp_path):
        """It was one when nbgrader listed inbound; the others are collected."""
        folder = submit(course, "ada", EARLY, answer="own")
        submit(course, "bo", EARLY, answer="own")
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "seed.txt").write_text("secret")
        exchange = make(CollectOwnWork, course)
        exchange.init_src()
        shutil.rmtree(folder)
        folder.symlink_to(tmp_path / "secret")
        exchange.copy_files()
        assert collected().keys() == {"bo/hw/answer.txt", "bo/hw/timestamp.txt"}

    @pytest.mark.parametrize("name", ["ada+hw+some day+x", "ada+hw+", f"+hw+{LATE}+x"])
    def test_a_folder_with_a_wrong_name_stops_nobody(self, course, collect, name):
        """A single folder does not keep the class from being collected."""
        submit(course, "ada", EARLY, answer="own")
        Path(course.Exchange.root, "c", "inbound", name).mkdir()
        assert collect().keys() == {"ada/hw/answer.txt", "ada/hw/timestamp.txt"}

    def test_a_submission_that_is_too_large_stops_nobody(self, course, collect):
        """Beyond nbgrader's limit the student's earlier one is collected, and so are the others."""
        course.CourseDirectory.max_dir_size = 1  # kilobyte
        submit(course, "ada", EARLY, answer="small")
        submit(course, "ada", LATE, answer="x" * 2000)
        submit(course, "bo", EARLY, answer="own")
        files = collect()
        assert (files["ada/hw/answer.txt"], files["bo/hw/answer.txt"]) == ("small", "own")

    def test_deeply_nested_folders_stop_nobody(self, course, collect):
        """They are nested more deeply than Python can follow."""
        folder = submit(course, "ada", EARLY, answer="deep")
        before = Path.cwd()
        os.chdir(folder)
        try:
            for _ in range(1500):
                Path("d").mkdir()
                os.chdir("d")
        finally:
            os.chdir(before)
        submit(course, "bo", EARLY, answer="own")
        try:
            assert collect().keys() == {"bo/hw/answer.txt", "bo/hw/timestamp.txt"}
        finally:
            command("rm", "-rf", folder, cwd=before)  # Python cannot remove it either

    def test_a_broken_timestamp_does_not_stop_the_next_collection(self, course, collect):
        """The time is taken from the folder's name; nbgrader would stop at the file."""
        course.ExchangeCollect.update = True
        for student in ("ada", "bo"):
            folder = submit(course, student, EARLY, answer="first")
        (folder.parent / f"ada+hw+{EARLY}+x" / "timestamp.txt").write_bytes(b"\xff no date")
        assert collect()["ada/hw/timestamp.txt"] == EARLY
        for student in ("ada", "bo"):
            submit(course, student, LATE, answer="second")
        files = collect()
        assert files["ada/hw/answer.txt"] == files["bo/hw/answer.txt"] == "second"

    @pytest.mark.parametrize(
        "newest",
        ["2030-06-01 12:00:00.0 +03", "2030-06-01 12:00:00 +0300", "2030-06-01 06:00 EDT"],
    )
    def test_the_newest_counts_in_every_time_zone(self, course, collect, newest):
        """A plus in the time is no separator of nbgrader's, and a summer's name is no UTC."""
        submit(course, "ada", "2030-06-01 08:30:00 UTC", answer="first")
        submit(course, "ada", newest, answer="second")
        submit(course, "ada", "2030-06-01 10:45:00 CEST", answer="between")
        assert collect() == {"ada/hw/answer.txt": "second", "ada/hw/timestamp.txt": newest}

    def test_a_time_that_could_be_several_is_not_collected(self, course, collect, caplog):
        """The log says why, and what to do; an earlier one is collected."""
        submit(course, "ada", EARLY, answer="first")
        submit(course, "ada", "2031-06-01 12:00:00 IST", answer="second")
        assert collect()["ada/hw/answer.txt"] == "first"
        assert "its name says IST, which has several meanings" in caplog.text

    def test_without_update_nothing_is_collected_again(self, course, collect):
        """As in plain nbgrader."""
        submit(course, "ada", EARLY, answer="first")
        collect()
        submit(course, "ada", LATE, answer="second")
        assert collect()["ada/hw/answer.txt"] == "first"

    def test_there_is_nothing_to_collect(self, course, collect, caplog):
        """The log says so in nbgrader's words."""
        assert collect() == {}
        assert "No submissions of 'hw' for course 'c' to collect" in caplog.text


@pytest.mark.parametrize("by", ["command", "button"])
def test_every_course_collects_in_this_way(registered, tmp_path, by):
    """With `nbgrader collect` and with formgrader's button: our config is enough."""
    inbound = tmp_path / "exchange" / "deep-foundations" / "inbound"
    folder = inbound / f"ada+{ASSIGNMENT}+{EARLY}+x"
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_text("{}")
    (folder / "seed.html").symlink_to(registered.root / CONFIG)
    with (registered.root / CONFIG).open("a") as config:
        config.write(f"\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    if by == "command":
        process = command("nbgrader", "collect", ASSIGNMENT, "--update", cwd=registered.root)
        assert process.returncode == 0, process.stderr
    else:
        root = str(registered.root)
        worker = ActionWorker()
        try:
            action = Action("collect", (ASSIGNMENT,), root, root, search_config=True)
            assert asyncio.run(worker.run(action))["success"]
        finally:
            worker.close()
    files = {path.name for path in (registered.submitted_dir / "ada" / ASSIGNMENT).iterdir()}
    assert files == {f"{ASSIGNMENT}.ipynb", "timestamp.txt"}


@pytest.mark.parametrize("name", ["h*", "h[wx]", "h?"])
def test_only_work_on_the_assignment_is_collected(course, collect, caplog, name):
    """Nbgrader searches by a pattern, which an assignment's name may be; the log says so."""
    submit(course, "ada", EARLY, answer="of hw")
    course.CourseDirectory.assignment_id = name
    assert collect() == {}
    assert "it is of another assignment" in caplog.text


def test_the_exchange_uses_our_classes():
    """They are in the config, from which nbgrader's factory loads them."""
    config = Config()
    configure(config)
    factory = ExchangeFactory(config=config)
    assert (factory.collect, factory.release_feedback) == (CollectOwnWork, ReleaseFeedback)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # nbgrader's open file
@pytest.mark.parametrize("secret", [None, b"\xff"])
def test_feedback_without_a_secret_stops_nobody(course, tmp_path, caplog, secret):
    """A student who submits without nbgrader's secret gets none, but the next one does."""
    for student in ("ada", "bo"):
        folder = tmp_path / "course" / "feedback" / student / "hw"
        folder.mkdir(parents=True)
        for name in ("hw.html", "timestamp.txt", "submission_secret.txt"):
            (folder / name).write_text(student)
    broken = tmp_path / "course" / "feedback" / "ada" / "hw" / "submission_secret.txt"
    broken.unlink()
    if secret:
        broken.write_bytes(secret)
    make(ReleaseFeedback, course).start()
    (released,) = (tmp_path / "exchange" / "c" / "feedback").iterdir()
    of_bo = {"secret": "bo", "notebook_id": "hw"}
    assert released.name == f"{notebook_hash(**of_bo)}.html"
    assert "Feedback not released" in caplog.text


def test_submissions_on_the_hub_are_closed_to_others(course, tmp_path):
    """Others cannot enter the folder; its group, which is the instructor's on the hub, can."""
    spec = importlib.util.spec_from_file_location("private_submit", SUBMIT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "home" / "hw" / "hw.ipynb").write_text("{}")
    course.CourseDirectory.student_id = "ada"  # the account of the tests may have no login
    make(module.PrivateSubmit, course).start()
    (folder,) = (tmp_path / "exchange" / "c" / "inbound").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o770
    assert (folder / "hw.ipynb").read_text() == "{}"
