"""Grading on a real Dask cluster: a scheduler and two workers, connected by TCP with TLS."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import trustme

from autograder.authoring.simulate import simulate
from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT
from tests.functional.conftest import run

pytest.importorskip("distributed")
pytestmark = pytest.mark.long
STUDENTS = 12
AUTOGRADER = str(Path(sys.executable).with_name("autograder"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Environment variables with Dask's settings for TLS."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
        folder / "own.pem"
    )
    prefix = "DASK_DISTRIBUTED__COMM__"
    roles = {
        f"{prefix}TLS__{role}__{part}": str(folder / "own.pem")
        for role in ("SCHEDULER", "WORKER", "CLIENT")
        for part in ("CERT", "KEY")
    }
    return {
        **os.environ,
        **roles,
        f"{prefix}TLS__CA_FILE": str(folder / "ca.pem"),
        f"{prefix}REQUIRE_ENCRYPTION": "True",
    }


class Cluster:
    """A scheduler and its workers, which end with the test."""

    def __init__(self, settings, folder):
        self.settings = settings
        self.folder = folder
        self.processes = []
        self.scheduler = self._start(
            "scheduler", "--protocol", "tls", "--host", "tls://127.0.0.1", "--port", "0",
            "--no-dashboard", until="Scheduler at:",
        )  # fmt: skip
        self.address = self._line.split()[-1]
        self.workers = [self.worker() for _ in range(2)]

    def worker(self):
        """Start a worker with a nanny, as ``dask worker`` does; wait until it has registered."""
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(self.folder), until="Registered to:",
        )  # fmt: skip

    def _start(self, *command, until):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            env=self.settings,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        lines = []
        for self._line in process.stderr:
            lines.append(self._line)
            if until in self._line:
                # nobody reads any more; the process must not block on a full pipe
                subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
                return process
        raise AssertionError("".join(lines))

    def close(self):
        """Kill all processes."""
        for process in self.processes:
            if process.poll() is None:  # otherwise a test has killed it and its children
                for member in process_tree(process):
                    member.kill()
            process.wait()
            process.stderr.close()


@pytest.fixture(scope="module")
def root(built, tmp_path_factory):
    """A course with the submissions of a class."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, root)
    simulate(Course(root).assignment(ASSIGNMENT), STUDENTS, seed=3)
    return root


@pytest.fixture
def cluster(certificates, tmp_path):
    """A cluster of two workers."""
    cluster = Cluster(certificates, tmp_path)
    yield cluster
    cluster.close()


def grade(root, *options, settings=None):
    """Grade a class on the command line; the JSON without its times."""
    command = [AUTOGRADER, "grade", ASSIGNMENT, "--json", "-", *options]
    process = subprocess.run(
        command, cwd=root, env=settings, capture_output=True, text=True, timeout=300, check=False
    )
    assert process.returncode == 0, process.stderr
    return without_times(process.stdout)


def without_times(text):
    """The JSON as text, without how long anything took."""
    data = json.loads(text)
    for submission in data["submissions"]:
        assert submission.pop("seconds") > 0
    return json.dumps(data, indent=2)


def copy_of(root, to):
    """A copy of the course."""
    shutil.copytree(root, to)
    return to


def test_the_cluster_gives_the_same_grades_as_the_local_pool(root, cluster, tmp_path):
    """The JSON is the same byte for byte, apart from times."""
    local = grade(copy_of(root, tmp_path / "local"))
    remote = grade(
        copy_of(root, tmp_path / "remote"), "--scheduler", cluster.address,
        settings=cluster.settings,
    )  # fmt: skip
    assert remote == local
    assert local.count('"graded"') == STUDENTS


def test_a_killed_worker_costs_nothing_but_time(root, cluster, tmp_path):
    """The other worker does its jobs, and everybody is graded."""
    course = copy_of(root, tmp_path / "course")
    command = [
        AUTOGRADER, "grade", ASSIGNMENT, "--json", "-",
        "--scheduler", cluster.address,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=course, env=cluster.settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    folder = course / "autograded"
    while not list(folder.glob(f"*/{ASSIGNMENT}")):  # after the first grade all workers are busy
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    killed = process_tree(cluster.workers[0])
    for member in killed:
        member.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    states = {one["student"]: one["status"] for one in json.loads(out)["submissions"]}
    assert set(states.values()) == {"graded"}
    assert len(states) == STUDENTS
    _, alive = psutil.wait_procs(killed, timeout=30)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_a_scheduler_that_does_not_answer(registered):
    """The sentence says what to check."""
    (registered.submitted_dir / "ada" / ASSIGNMENT).mkdir(parents=True)
    process = run(
        "autograder", "grade", ASSIGNMENT, "--scheduler", "tcp://127.0.0.1:9", cwd=registered.root
    )
    assert process.returncode == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in " ".join(process.stderr.split())
    assert "Traceback" not in process.stderr


def test_student_code_does_not_run_in_a_dask_worker(root, cluster, tmp_path):
    """It runs in a process without Dask, whose id is not that of a worker or its children."""
    course = copy_of(root, tmp_path / "course")
    for folder in (course / "submitted").iterdir():
        shutil.rmtree(folder)
    from autograder.authoring.examples import Example

    code = "import os, sys\nraise ValueError(f\"{'distributed' in sys.modules} in {os.getpid()}\")"
    spy = Example(name="spy", student="spy", about="", score=0.0, answers={"l2-cost": [code]})
    spy.write(Course(course).assignment(ASSIGNMENT), course / "submitted")
    text = grade(course, "--scheduler", cluster.address, settings=cluster.settings)
    assert "False in " in text
    workers = {one.pid for worker in cluster.workers for one in process_tree(worker)}
    assert not any(f"False in {pid}" in text for pid in workers)


def process_tree(process):
    """A process and its children."""
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
