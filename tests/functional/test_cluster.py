"""A real Dask cluster: a scheduler and two workers, processes of their own, over TCP with TLS."""

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
    """Dask's settings for TLS, as the environment gives them."""
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
    """A scheduler and its workers; all end with the test."""

    def __init__(self, settings, folder):
        self.settings = settings
        self.folder = folder
        self.processes = []
        self.scheduler = self._start(
            "scheduler", "--protocol", "tls", "--host", "tls://127.0.0.1", "--port", "0",
            "--no-dashboard", waits="Scheduler at:",
        )  # fmt: skip
        self.address = self._line.split()[-1]
        self.workers = [self.worker() for _ in range(2)]

    def worker(self):
        """Start one with a nanny, as ``dask worker`` does, and wait until it is there."""
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(self.folder), waits="Registered to:",
        )  # fmt: skip

    def _start(self, *command, waits):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            env=self.settings,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        seen = []
        for self._line in process.stderr:
            seen.append(self._line)
            if waits in self._line:
                # from here on nobody reads: let it write on
                subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
                return process
        raise AssertionError("".join(seen))

    def close(self):
        """Kill everybody."""
        for process in self.processes:
            family = []
            if process.poll() is None:  # else a test killed it, with all that was its
                family = [*psutil.Process(process.pid).children(recursive=True), process]
            for one in family:
                one.kill()
            process.wait()
            process.stderr.close()


@pytest.fixture(scope="module")
def class_(built, tmp_path_factory):
    """A class that handed in."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(built.course.root, root)
    simulate(Course(root).assignment(ASSIGNMENT), STUDENTS, seed=3)
    return root


@pytest.fixture
def cluster(certificates, tmp_path):
    """Two workers."""
    one = Cluster(certificates, tmp_path)
    yield one
    one.close()


def graded(root, *more, settings=None):
    """Grade a class by the command line; the JSON without its times."""
    command = [AUTOGRADER, "grade", ASSIGNMENT, "--json", "-", *more]
    done = subprocess.run(
        command, cwd=root, env=settings, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return timeless(done.stdout)


def timeless(text):
    """The JSON as text, without how long anything took."""
    data = json.loads(text)
    for one in data["submissions"]:
        assert one.pop("seconds") > 0
    return json.dumps(data, indent=2)


def copied(root, to):
    """The class once more."""
    shutil.copytree(root, to)
    return to


def test_the_cluster_says_what_the_local_pool_says(class_, cluster, tmp_path):
    """Byte for byte in the JSON, apart from times."""
    local = graded(copied(class_, tmp_path / "local"))
    there = graded(
        copied(class_, tmp_path / "there"), "--scheduler", cluster.address,
        settings=cluster.settings,
    )  # fmt: skip
    assert there == local
    assert local.count('"graded"') == STUDENTS


def test_a_worker_that_is_killed_costs_nothing_but_time(class_, cluster, tmp_path):
    """Killed while it works: the other one does its jobs, and nobody is left ungraded."""
    root = copied(class_, tmp_path / "course")
    command = [
        AUTOGRADER, "grade", ASSIGNMENT, "--json", "-",
        "--scheduler", cluster.address,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=root, env=cluster.settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    made = root / "autograded"
    while not list(made.glob(f"*/{ASSIGNMENT}")):  # the first grade: all are at work
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    victim = cluster.workers[0]
    family = [psutil.Process(victim.pid), *psutil.Process(victim.pid).children(recursive=True)]
    for one in family:
        one.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    states = {one["student"]: one["status"] for one in json.loads(out)["submissions"]}
    assert set(states.values()) == {"graded"}
    assert len(states) == STUDENTS
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_a_scheduler_that_is_not_there(registered, tmp_path):
    """A sentence that says what to look at."""
    (registered.submitted_dir / "ada" / ASSIGNMENT).mkdir(parents=True)
    done = run(
        "autograder", "grade", ASSIGNMENT, "--scheduler", "tcp://127.0.0.1:9", cwd=registered.root
    )
    assert done.returncode == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_student_code_runs_in_no_dask_worker(class_, cluster, tmp_path):
    """The process that a notebook finds itself in has no Dask worker above it that it could see."""
    root = copied(class_, tmp_path / "course")
    for folder in (root / "submitted").iterdir():
        shutil.rmtree(folder)
    from autograder.authoring.examples import Example

    code = "import os, sys\nraise ValueError(f\"{'distributed' in sys.modules} in {os.getpid()}\")"
    spy = Example(name="spy", student="spy", about="", score=0.0, answers={"l2-cost": [code]})
    spy.write(Course(root).assignment(ASSIGNMENT), root / "submitted")
    text = graded(root, "--scheduler", cluster.address, settings=cluster.settings)
    assert "False in " in text
    workers = {one.pid for process in cluster.workers for one in family_of(process)}
    assert not any(f"False in {pid}" in text for pid in workers)


def family_of(process):
    """A process and its children."""
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
