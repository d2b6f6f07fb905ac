"""Pandoc, run on text that nobody has looked at: without files or network, and for a limited time.

The wheel ``pypandoc_binary`` brings the program. It reads a student's Markdown and writes the
report as HTML and as Typst's markup, formulas included.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pypandoc

SECONDS = 20.0
# JupyterLab's Markdown: CommonMark with tables and formulas between dollar signs.
MARKDOWN = "commonmark+tex_math_dollars+pipe_tables+strikeout+autolink_bare_uris"
# `--sandbox`: no file but those on the command line, and no network.
_ALWAYS = ("--sandbox", "+RTS", "-M512M", "-RTS")


class ConversionError(Exception):
    """Pandoc did not end well; the text says why, for the person who runs it."""


def convert(
    text: str, reader: str, writer: str, options: Sequence[str] = (), *, seconds: float = SECONDS
) -> str:
    """Convert a text from one of Pandoc's formats to another.

    Args:
        text: What is converted.
        reader: The text's format, such as ``MARKDOWN`` or ``json``.
        writer: The format of the result, such as ``html5`` or ``typst``.
        options: More of Pandoc's options.
        seconds: How long it may take.

    Raises:
        ConversionError: If Pandoc fails, or takes longer or more than half a gigabyte.
    """
    command = [pypandoc.get_pandoc_path(), "-f", reader, "-t", writer, *options, *_ALWAYS]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command, input=text.encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise ConversionError(f"Pandoc took more than {seconds:g} seconds.") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().split("\n")[-1]
        raise ConversionError(f"Pandoc stopped: {reason or done.returncode}.")
    return done.stdout.decode()
