"""Where commands print: a console for stdout, one for stderr, and errors as sentences."""

from __future__ import annotations

from rich.console import Console

out = Console()
err = Console(stderr=True)


def print_error(sentence: str) -> None:
    """Print an error to stderr, on one line whatever its length."""
    err.print(f"autograder: {sentence}", style="red", highlight=False, markup=False, soft_wrap=True)
