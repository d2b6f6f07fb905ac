"""A reader that closes a pipe early, as `head` does: no error, and no work left undone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ASSIGNMENT
from tests.support.command_line import run_process

WRITE_MUCH = """
import sys
import click
from rich.console import Console
from autograder.commands.closed_pipes import closed_pipes_tolerated
with closed_pipes_tolerated():
    for _ in range(50_000):
        click.echo("a line")
    Console().print("a line")
    print("a line")
    print("end", file=sys.stderr)
"""


@pytest.fixture
def closed_pipe():
    """The end of a pipe to which can be written, but which nobody can read any more."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    yield write_end
    os.close(write_end)


@pytest.mark.parametrize("arguments", [("--help",), ("grade", "--help"), ("export", ASSIGNMENT)])
def test_nobody_reads_the_output(registered, closed_pipe, arguments):
    """Exit code 0, and not a word on stderr, also when the interpreter exits."""
    done = run_process(*arguments, cwd=registered.root, stdout=closed_pipe)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("json", [(), ("--json", "-")])
def test_the_exit_code_says_how_the_work_went(registered, closed_pipe, json):
    """Grading goes on without a reader, and a submission without a grade is still exit code 3."""
    notebook = registered.submitted_dir / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.touch()
    done = run_process("grade", ASSIGNMENT, *json, cwd=registered.root, stdout=closed_pipe)
    assert done.returncode == 3
    assert "Broken" not in done.stderr
    assert "Exception" not in done.stderr


def test_head_reads_only_the_first_line():
    """The program writes more than a pipe holds, and runs to its end."""
    pipeline = f'"{sys.executable}" -c "$PROGRAM" | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", pipeline],
        env={**os.environ, "PROGRAM": WRITE_MUCH},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("a line\n0\n", "end\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk_is_an_error(registered):
    """Only a closed pipe is tolerated: output that cannot be written otherwise is an error."""
    with Path("/dev/full").open("w") as full:
        done = run_process("export", ASSIGNMENT, cwd=registered.root, stdout=full)
    assert done.returncode == 2
    assert done.stderr == (
        "autograder: The operating system refused an operation: No space left on device (ENOSPC).\n"
    )
