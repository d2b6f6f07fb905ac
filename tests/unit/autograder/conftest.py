"""One zygote for all tests of the engine; running cells with it, and code as an ordinary user."""

import subprocess
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from autograder.runners.jailed import JailedRunner
from tests.support.cells import execute_in
from tests.support.ordinary_user import as_ordinary_user as ordinary_user


@pytest.fixture(scope="session")
def runner() -> Iterator[JailedRunner]:
    """A runner with every layer that this machine has."""
    with JailedRunner() as runner:
        yield runner


@pytest.fixture
def execute(runner: JailedRunner) -> Callable[..., list[str]]:
    """Run cells; returns what each of them shows."""
    return partial(execute_in, runner)


@pytest.fixture
def as_ordinary_user(tmp_path: Path) -> Callable[[str], str]:
    """Run a script as an ordinary user; returns what it prints."""

    def run(script: str) -> str:
        command, environment = ordinary_user(["-c", textwrap.dedent(script)], tmp_path / "hold")
        completed = subprocess.run(
            command,
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert completed.returncode == 0, completed.stderr
        return completed.stdout

    return run
