# ruff: noqa: INP001  MkDocs loads it by its path
"""A hook of MkDocs: the page of commands is written from the command line itself.

``<!-- commands -->`` in a page becomes one section a command, with what ``--help`` says of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from autograder.cli import main

MARK = "<!-- commands -->"
HELP = ["-h", "--help"]


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the commands where the page asks for them."""
    return markdown.replace(MARK, "\n".join(lines())) if MARK in markdown else markdown


def lines() -> Iterator[str]:
    """Markdown of all commands, by name."""
    for name in sorted(main.commands):
        yield from _command(name, main.commands[name])


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"autograder {name}", help_option_names=HELP)
    yield f"## autograder {name}\n"
    yield f"{_text(command.help or '')}\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```\nautograder {name} {usage}\n```\n"
    told = [option.get_help_record(context) for option in command.get_params(context)]
    options = [one for one in told if one is not None and one[1] and one[0] != "-h, --help"]
    if options:
        yield "| Option | |\n|---|---|"
    for signs, meaning in options:
        yield f"| `{signs}` | {_text(meaning)} |"
    yield ""


def _text(told: str) -> str:
    """Help as Markdown for a cell of a table."""
    return " ".join(told.split()).replace("<", "&lt;").replace("|", "\\|")
