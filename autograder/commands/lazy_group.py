"""A click group that imports a command when it is used, and whose errors are sentences.

Listing the commands (``autograder --help``, shell completion) imports none of them: what each does
is said in the table that the group is made from.
"""

from __future__ import annotations

import difflib
import errno
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from click.shell_completion import CompletionItem

from autograder.commands.closed_pipes import closed_pipes_tolerated
from autograder.commands.console import print_error
from autograder.commands.exit_codes import NOT_GRADED, USAGE
from autograder.errors import AutograderError, BadSubmissionError, RunnerError, StorageError


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is defined, and what it does.

    Attributes:
        target: ``module:attribute`` of the ``click.Command``.
        help: The first sentence of the command's own help.
    """

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, attribute = self.target.split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def short_help(self, limit: int = 45) -> str:
        """The help, cut to ``limit`` characters as click cuts it."""
        return click.Command(None, help=self.help).get_short_help_str(limit)


class LazyGroup(click.Group):
    """The group of all commands.

    Args:
        lazy_commands: The commands by name.
        **settings: Those of ``click.Group``.
    """

    def __init__(self, *, lazy_commands: Mapping[str, LazyCommand], **settings: Any) -> None:
        super().__init__(**settings)
        self.lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Names of all commands."""
        return sorted(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; None if there is no command of this name."""
        command = self.lazy_commands.get(cmd_name)
        return None if command is None else command.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands for ``--help``."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))  # as click's own groups
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.lazy_commands[name].short_help(limit)) for name in names]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, or an option of the group."""
        commands = [
            CompletionItem(name, help=self.lazy_commands[name].short_help())
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; if there is none, suggest the nearest name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the command line; a closed pipe ends no command."""
        with closed_pipes_tolerated():
            return super().main(*args, **settings)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error that a person can do something about ends it with a sentence."""
        try:
            return super().invoke(ctx)
        except (BadSubmissionError, RunnerError, StorageError) as error:
            print_error(str(error))
            ctx.exit(NOT_GRADED)
        except AutograderError as error:
            print_error(str(error))
            ctx.exit(USAGE)
        except OSError as error:
            print_error(describe_os_error(error))
            ctx.exit(USAGE)


def describe_os_error(error: OSError) -> str:
    """The system's reason as a sentence, with the file that it is about, if it is about one."""
    reason = error.strerror or str(error) or type(error).__name__
    file = error.filename2 or error.filename
    if file is not None:
        return f"{file}: {reason}."
    name = errno.errorcode.get(error.errno or 0)
    return f"The operating system refused an operation: {reason}{f' ({name})' if name else ''}."
