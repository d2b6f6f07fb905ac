"""One warm parent for all tests of the engine; running cells in it, and as an ordinary user."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from autograder.engine.runner import EngineRunner
from tests.unit.autograder.engine.cells import LIMITS, REPOSITORY, notebook, shown

# An ordinary user cannot read a Python that lies in root's home: show it as if it lay elsewhere.
_AS_NOBODY = """
set -e
if [ -n "$HIDDEN" ]; then
    mkdir -p "$HOLD"; mount --bind "$HIDDEN" "$HOLD"
    mount -t tmpfs -o mode=755 tmpfs /root; mkdir -p "$HIDDEN"; mount --bind "$HOLD" "$HIDDEN"
fi
exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"
"""


@pytest.fixture(scope="session")
def runner() -> Iterator[EngineRunner]:
    """A runner with every layer that this machine has."""
    with EngineRunner() as one:
        yield one


@pytest.fixture
def execute(runner: EngineRunner) -> Callable[..., list[str]]:
    """Run cells; returns what each of them shows."""

    def run(*cells: str | NotebookNode, **options: Any) -> list[str]:
        made = notebook(*cells)
        settings = {
            "limits": LIMITS,
            "seed": "secret",
            "files": None,
            "rerun_experiments": False,
            **options,
        }
        runner.run(made, **settings)
        return [shown(cell) for cell in made.cells]

    return run


@pytest.fixture
def as_ordinary_user(tmp_path: Path) -> Callable[[str], str]:
    """Run a script in a Python of an ordinary user's; returns what it prints."""

    def run(script: str) -> str:
        command = [sys.executable, "-c", textwrap.dedent(script)]
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
        if os.geteuid() == 0:
            home = Path(sys.base_prefix)
            hidden = Path(*home.parts[:3]) if home.is_relative_to("/root") else ""
            variables |= {"HIDDEN": str(hidden), "HOLD": str(tmp_path / "hold")}
            command = ["unshare", "-m", "sh", "-c", _AS_NOBODY, "sh", *command]
        done = subprocess.run(
            command,
            env={**variables, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
