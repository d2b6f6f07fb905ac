"""`autograder grade`, stopped while it works: nothing is left over, and the next run goes on."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.authoring.simulate import simulate
from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT

pytestmark = pytest.mark.long
STUDENTS = 30
COMMAND = [str(Path(sys.executable).with_name("autograder")), "grade", ASSIGNMENT]


@pytest.fixture(scope="module")
def submitted(built, tmp_path_factory):
    """A course with the submissions of a class."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, root)
    simulate(Course(root).assignment(ASSIGNMENT), STUDENTS)
    return root


def wait_until_busy(process, root):
    """Wait until some results are stored; all processes that the command has started by then."""
    while len(list((root / "autograded").glob(f"*/{ASSIGNMENT}"))) < 5:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return psutil.Process(process.pid).children(recursive=True)


def start(root):
    """Start to grade with two workers."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # `pytest &` leaves it ignored
    try:
        return subprocess.Popen(
            [*COMMAND, "--workers", "2"], cwd=root, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)


def have_ended(processes):
    """Whether they have ended, or will within a short time."""
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_stopped_command(submitted, tmp_path, number):
    """No process outlives the command; the next run keeps what was graded and does the rest."""
    root = tmp_path / "course"
    shutil.copytree(submitted, root)
    process = start(root)
    children = wait_until_busy(process, root)
    assert len(children) >= 4, "two workers with a zygote each"
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    if number != signal.SIGKILL:  # its children may then print one
        assert "Traceback" not in err
    assert have_ended(children)
    second = subprocess.run(
        [*COMMAND, "--json", "-"], cwd=root, capture_output=True, text=True, check=True
    )
    assert {one["status"] for one in json.loads(second.stdout)["submissions"]} == {"graded"}
    assert " kept" in second.stderr
    assert not [path.name for path in (root / "autograded").iterdir() if path.name[0] == "."]


def test_a_killed_worker(submitted, tmp_path):
    """The results of the others are kept, and its own job is done again."""
    root = tmp_path / "course"
    shutil.copytree(submitted, root)
    process = start(root)
    wait_until_busy(process, root)
    workers = [
        child
        for child in psutil.Process(process.pid).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]
    workers[0].kill()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert f"{STUDENTS} graded" in out
