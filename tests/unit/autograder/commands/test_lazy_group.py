"""Commands are imported when they are used, and errors end in sentences."""

import errno
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from autograder.commands.lazy_group import LazyGroup, describe_os_error
from autograder.errors import CourseError, RunnerError, StorageError

HELPERS = {"lazy_group", "console", "exit_codes", "closed_pipes"}
SLOW = {"numpy", "nbformat", "nbgrader", "nbclient", "IPython", "jsonschema", "sqlalchemy"}
LIST_MODULES = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from autograder.cli import main
main(prog_name="autograder")
"""


def run_and_list_modules(*arguments, **environment):
    """What a run of `autograder` prints, and the names of the modules that it imports."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, set(done.stderr.split())


def test_the_help_imports_no_command():
    """Nor anything else that is slow to import."""
    output, modules = run_and_list_modules("--help")
    assert "Grade collected submissions" in output
    assert not SLOW & modules
    ours = {name.split(".")[2] for name in modules if name.startswith("autograder.commands.")}
    assert ours == HELPERS


def test_the_help_of_a_command_imports_none_of_its_work():
    """Arguments are declared apart from the work, which is imported when it is done."""
    code = f"""
import sys, click
from autograder.cli import COMMANDS, main
for name in COMMANDS:
    command = main.get_command(click.Context(main), name)
    assert "--help" in command.get_help(click.Context(command, info_name=name))
    slow = {SLOW!r}.intersection(sys.modules)
    assert not slow, f"{{name}} imports {{slow}}"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_completing_the_name_of_a_command_imports_none():
    """The shell asks each time the tab key is pressed."""
    output, modules = run_and_list_modules(
        _AUTOGRADER_COMPLETE="bash_complete", COMP_WORDS="autograder gr", COMP_CWORD="1"
    )
    assert output.split() == ["plain,grade", "plain,gradescope"]
    assert not SLOW & modules


@pytest.mark.parametrize(
    ("typed", "completed"), [("--v", "--version"), ("doctor --j", "--json"), ("doc", "doctor")]
)
def test_completion(typed, completed, tmp_path):
    """Of options of the group, options of a command, and commands; also outside of a course."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES],
        cwd=tmp_path,
        env={
            **os.environ,
            "_AUTOGRADER_COMPLETE": "bash_complete",
            "COMP_WORDS": f"autograder {typed}",
            "COMP_CWORD": str(len(typed.split())),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [f"plain,{completed}"]


def run_failing(error):
    """Run a command that raises an error."""
    group = LazyGroup(lazy_commands={})

    @click.command()
    def fail():
        raise error

    group.get_command = lambda *_: fail
    return CliRunner().invoke(group, ["fail"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RunnerError("The engine broke."), 3),
        (StorageError("The disk is full."), 3),
        (CourseError("There is no course."), 2),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.txt"), 2),
    ],
)
def test_an_error_is_a_sentence_on_stderr(error, code):
    """With the exit code that belongs to it."""
    result = run_failing(error)
    assert result.exit_code == code
    assert result.stderr.startswith("autograder: ")
    assert result.stdout == ""


def test_brackets_in_an_error_are_text():
    """A file's name is not taken for markup of the terminal."""
    result = run_failing(FileNotFoundError(errno.ENOENT, "No such file", "[red]a[/b].txt"))
    assert result.stderr == "autograder: [red]a[/b].txt: No such file.\n"


@pytest.mark.parametrize("kind", [BrokenPipeError, ConnectionResetError, OSError])
def test_a_pipe_within_the_program_is_not_swallowed(kind):
    """An error of a pipe that is not stdout is reported, and not as a file's."""
    result = run_failing(kind(errno.EPIPE, "Broken pipe"))
    assert result.exit_code == 2
    assert result.stderr == (
        "autograder: The operating system refused an operation: Broken pipe (EPIPE).\n"
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "a"), "a: Permission denied."),
        (OSError(errno.EXDEV, "Invalid link", "a", None, "b"), "b: Invalid link."),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "The operating system refused an operation: No space left on device (ENOSPC).",
        ),
        (TimeoutError("timed out"), "The operating system refused an operation: timed out."),
        (OSError(), "The operating system refused an operation: OSError."),
    ],
)
def test_the_sentence_for_an_error_of_the_system(error, sentence):
    """It names a file only if the error is about one."""
    assert describe_os_error(error) == sentence
