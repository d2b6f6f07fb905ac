"""A reader that closes its end of a pipe, as ``head`` does, is no error.

Most Unix tools are killed by SIGPIPE then. Python ignores that signal, and a write raises
``BrokenPipeError``. A command must not simply end there, for printing may not be all that it does:
``autograder grade a b | head -1`` still has to grade ``b``. So what nobody reads is discarded, the
command runs to its end, and its exit code says how that went.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast


@contextmanager
def closed_pipes_tolerated() -> Iterator[None]:
    """Let stdout and stderr discard what is written after their reader has gone."""
    with ExitStack() as stack:
        if sys.stdout is not None:
            stdout = stack.enter_context(_discarding(sys.stdout))
            stack.enter_context(redirect_stdout(cast("TextIO", stdout)))
        if sys.stderr is not None:
            stderr = stack.enter_context(_discarding(sys.stderr))
            stack.enter_context(redirect_stderr(cast("TextIO", stderr)))
        yield


@contextmanager
def _discarding(stream: TextIO) -> Iterator[_DiscardingStream]:
    wrapper = _DiscardingStream(stream)
    try:
        yield wrapper
    finally:
        wrapper.finish()


class _DiscardingStream:
    """A text stream whose file becomes ``/dev/null`` when writing to it breaks a pipe."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, or discard it."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._discard()
            return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts, or discard them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is buffered, or discard it."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._discard()

    def finish(self) -> None:
        """Leave nothing in the buffer that the interpreter could fail to write when it exits."""
        try:
            self._stream.flush()
        except OSError:  # a broken pipe, or an error that has already been reported
            self._discard()

    def _discard(self) -> None:
        """Redirect the file itself, so that the buffer of the stream is discarded as well."""
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)
