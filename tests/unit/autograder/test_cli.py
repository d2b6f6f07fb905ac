"""The command line as a whole: its commands, their help, and errors that all commands share."""

import re
import shutil
from importlib.metadata import entry_points

import click
import pytest

from autograder import __version__
from autograder.cli import COMMANDS, main
from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence


def test_the_console_script_is_this_group():
    """`autograder` on the command line is what is tested here."""
    (script,) = entry_points(group="console_scripts", name="autograder")
    assert script.load() is main


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name):
    """The help in the table, which imports no command, is that of the command itself."""
    command = main.get_command(click.Context(main), name)
    assert command.name == name
    assert COMMANDS[name].short_help(1000) == command.get_short_help_str(1000)
    assert COMMANDS[name].help in command.help
    assert command.callback.__module__ == COMMANDS[name].target.split(":")[0]


def test_the_table_is_in_alphabetical_order():
    """As `--help` lists the commands."""
    assert list(COMMANDS) == main.list_commands(click.Context(main))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_of_a_command(name, flag, tmp_path, monkeypatch):
    """Each command says what it does, also outside of a course."""
    monkeypatch.chdir(tmp_path)
    result = run(name, flag)
    assert result.exit_code == 0
    assert COMMANDS[name].help in " ".join(result.stdout.split())
    assert "--course DIR" in result.stdout
    assert result.stderr == ""


def test_help_of_the_group():
    """Each command is listed with a line of help, which is not cut off at 80 columns."""
    result = run("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].*\.$", result.stdout, re.MULTILINE)
    assert "..." not in result.stdout.split("Commands:")[1]


def test_version():
    """The version is the package's."""
    assert __version__ in run("--version").stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("gradee", "grade"), ("chekc", "check"), ("biuld", "build")]
)
def test_a_mistyped_command(typed, meant):
    """The nearest command is suggested."""
    result = run(typed)
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in sentence(result)
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [("grade",), ("grade", "x", "--unknown"), ("try",), ("try", "no-such-file.ipynb"), ("zzz",)],
)
def test_usage_errors(arguments):
    """Wrong usage is 2, with the reason on stderr."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [("build",), ("check",), ("grade", "x"), ("demo",)])
def test_outside_of_a_course(command, tmp_path, monkeypatch):
    """The sentence says what to do."""
    monkeypatch.chdir(tmp_path)
    result = run(*command)
    assert result.exit_code == 2
    assert "There is no course at" in sentence(result)
    assert "--course" in sentence(result)


@pytest.mark.parametrize("command", ["build", "check", "grade", "demo"])
def test_a_mistyped_assignment(course, command):
    """The nearest name is suggested."""
    result = run(command, "regularisation", course=course)
    assert result.exit_code == 2
    assert f"no assignment called 'regularisation'. Did you mean {ASSIGNMENT}?" in sentence(result)
    assert result.stdout == ""


def test_a_course_without_assignments(course):
    """A course with nothing to build is an error."""
    for folder in ("assignments", "source"):
        shutil.rmtree(course.root / folder)
    result = run("build", course=course)
    assert result.exit_code == 2
    assert "has no assignment yet" in sentence(result)
