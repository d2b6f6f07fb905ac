"""The command line, run in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from click.testing import CliRunner, Result

from autograder.cli import main
from autograder.course.layout import Course

COMMAND = (sys.executable, "-c", "from autograder.cli import main; main(prog_name='autograder')")


def run(*arguments: object, course: Course | None = None) -> Result:
    """Run a command in this process; whatever happens, it must not end in a traceback."""
    words = list(map(str, arguments))
    if course is not None:
        words += ["--course", str(course.root)]
    result = CliRunner().invoke(main, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def run_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own; options are those of ``subprocess.run``."""
    options = {"stdout": subprocess.PIPE, "timeout": 120, **options}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


def sentence(result: Result) -> str:
    """What was written to stderr, on one line."""
    return " ".join(result.stderr.split())
