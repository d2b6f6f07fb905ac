"""`autograder grade` itself, stopped in the middle: nothing stays behind, the next run goes on."""

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
def class_(built, tmp_path_factory):
    """A course in which a class has handed in."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, root)
    simulate(Course(root).assignment(ASSIGNMENT), STUDENTS)
    return root


def until_at_work(process, root):
    """Wait until some are written down; everything that the command has started until then."""
    while len(list((root / "autograded").glob(f"*/{ASSIGNMENT}"))) < 5:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return psutil.Process(process.pid).children(recursive=True)


def started(root):
    """Grade with two workers."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # `pytest &` passes it on as off
    try:
        return subprocess.Popen(
            [*COMMAND, "--workers", "2"], cwd=root, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)


def all_end(processes):
    """Whether they are gone, or will be within a short time."""
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle(class_, tmp_path, number):
    """No process outlives the command; the next run keeps what was graded and does the rest."""
    root = tmp_path / "course"
    shutil.copytree(class_, root)
    process = started(root)
    children = until_at_work(process, root)
    assert len(children) >= 4, "two workers with a warm parent each"
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    if number != signal.SIGKILL:  # then what it left in the lurch may say so
        assert "Traceback" not in err
    assert all_end(children)
    done = subprocess.run(
        [*COMMAND, "--json", "-"], cwd=root, capture_output=True, text=True, check=True
    )
    assert {one["status"] for one in json.loads(done.stdout)["submissions"]} == {"graded"}
    assert " kept" in done.stderr
    assert not [path.name for path in (root / "autograded").iterdir() if path.name[0] == "."]


def test_a_worker_is_killed(class_, tmp_path):
    """A process of the pool dies: the others' work is kept, its own is done again."""
    root = tmp_path / "course"
    shutil.copytree(class_, root)
    process = started(root)
    until_at_work(process, root)
    pools = [
        one
        for one in psutil.Process(process.pid).children()
        if "spawn_main" in " ".join(one.cmdline())
    ]
    pools[0].kill()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert f"{STUDENTS} graded" in out
