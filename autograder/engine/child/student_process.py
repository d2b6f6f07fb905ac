"""The student's process: runs cells in order, then answers ``call`` and ``get``, nothing else.

Everything in here runs where the student's code can reach and change it. So nothing in here is
relied on: what goes out is untrusted data to the other end, and nothing secret ever comes in.
"""

from __future__ import annotations

import builtins
import linecache
import operator
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from autograder.engine.child.shell import Shell
from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.channel import Channel, ClosedError
from autograder.engine.protocol.outputs import Collector, OutputTooLargeError, is_valid_output

_SEED = 0  # what a notebook draws without a seed is then the same each time it is graded


class StudentProcess:
    """Answers the requests of one session.

    Args:
        channel: The socket to the examiner's side.
        shell: A shell that has run nothing yet.
    """

    def __init__(self, channel: Channel, shell: Shell) -> None:
        self._channel = channel
        self._shell = shell
        self._kept: list[object] = []
        self._output_cap = 0
        self._caps = wire.CAPS
        self._answers: dict[str, Callable[..., list[Any]]] = {
            "begin": self._begin,
            "cell": self._cell,
            "get": self._get,
            "call": self._call,
        }

    def serve(self) -> None:
        """Answer until the other end closes."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        np.random.seed(_SEED)  # noqa: NPY002  the stream that notebooks use
        random.seed(_SEED)
        builtins.input = self._shell.raw_input
        while True:
            try:
                data = self._channel.receive(self._caps.size)
            except ClosedError:
                return
            number, kind, payload = wire.unpack(data, self._caps)
            try:
                reply = [number, *self._answers[kind](payload)]
                packed = wire.pack(reply, self._caps)
            except wire.TooLargeError as error:
                packed = wire.pack([number, "too_large", str(error)])
            except (MemoryError, KeyboardInterrupt) as error:
                packed = wire.pack([number, "failed", type(error).__name__])
            self._channel.send(packed)

    def _begin(self, payload: Any) -> list[Any]:
        self._output_cap, files = wire.Decoder().build(payload)
        here = Path.cwd()
        for name, data in files.items():
            path = here / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        # Last, not first as in Jupyter: a numpy.py beside the notebook must not be numpy.
        sys.path.append(str(here))
        return ["begun"]

    def _cell(self, payload: Any) -> list[Any]:
        source, count, state = wire.Decoder().build(payload)
        collector = Collector(self._output_cap)
        self._shell.collect(collector)
        if state is not None:
            random_state.restore(state)
        try:
            with _interruptible():
                self._shell.run(source, count)
        except BaseException as error:  # noqa: BLE001  out of IPython's own hooks, after the cell
            collector.error(type(error).__name__, _text(error), [_text(error)])
        told = (
            collector.finish(),
            collector.display_ids(),
            collector.updates,
            collector.overflowed,
            _random_state(),
        )
        return ["ran", wire.Encoder().lower(told)]

    def _get(self, payload: Any) -> list[Any]:
        name = wire.Decoder().build(payload)
        space = self._shell.user_ns
        if name not in space:
            return ["missing"]
        return ["value", wire.Encoder(keep=self._keep, caps=self._caps).lower(space[name])]

    def _call(self, payload: Any) -> list[Any]:
        decoder = wire.Decoder(resolve=self._find, caps=self._caps)
        target, args, keywords, state = decoder.build(payload)
        function = self._shell.user_ns[target] if isinstance(target, str) else target
        before = [_content(value) for value in decoder.mutables]
        collector = Collector(self._output_cap)
        self._shell.collect(collector)
        random_state.restore(state)
        result, failure, warned = None, None, []
        try:
            with warnings.catch_warnings(record=True) as warned, _interruptible():
                result = function(*args, **keywords)
        except BaseException as error:  # noqa: BLE001  whatever it is, it is the answer
            failure = self._describe(error)
            if isinstance(error, OutputTooLargeError):
                failure["ename"] = "OutputTooLargeError"
        after = random_state.current() if failure is None else _random_state()
        encoder = wire.Encoder(decoder.mutables, self._keep, self._caps)
        lowered = encoder.lower(result)
        changed = [
            [number, encoder.content(value)]
            for number, value in enumerate(decoder.mutables)
            if not _is_still(value, before[number])
        ]
        rest = (
            failure,
            after,
            collector.finish(),
            collector.overflowed,
            [_warning(one) for one in warned[:100]],
        )
        return ["answered", lowered, changed, encoder.lower(rest)]

    # -- objects that stay here ---------------------------------------------------------------

    def _keep(self, value: object) -> wire.Handle:
        self._kept.append(value)
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else _qualified(kind)
        return wire.Handle(len(self._kept) - 1, name, callable(value))

    def _find(self, handle: wire.Handle) -> object:
        return self._kept[handle.number]

    # -- what went wrong ----------------------------------------------------------------------

    def _describe(self, error: BaseException) -> dict[str, Any]:
        number, line = self._place(error.__traceback__)
        return {
            "ename": type(error).__name__,
            "evalue": _text(error),
            "line_number": number,
            "line": line,
            "memory": isinstance(error, MemoryError),
            "denied": isinstance(error, PermissionError),
        }

    def _place(self, step: TracebackType | None) -> tuple[int | None, str]:
        """Line number and text of the last step in one of the student's cells."""
        cells = self._shell.compile._filename_map  # noqa: SLF001  IPython has no name for it
        found: tuple[int | None, str] = (None, "")
        while step is not None:
            name = step.tb_frame.f_code.co_filename
            if name in cells or name.startswith("<ipython-input"):
                found = (step.tb_lineno, linecache.getline(name, step.tb_lineno).strip()[:500])
            step = step.tb_next
        return found


def _content(value: wire.Mutable) -> tuple[Any, ...]:
    """What a mutable holds now: an array its bytes, any other its very parts."""
    if isinstance(value, np.ndarray):
        return value.tobytes(), value.dtype, value.shape, value.strides, value.flags.writeable
    return (*value, *value.values()) if isinstance(value, dict) else tuple(value)


def _is_still(value: wire.Mutable, before: tuple[Any, ...]) -> bool:
    now = _content(value)
    if isinstance(value, np.ndarray):
        return now == before
    # By identity: what a part is equal to is for the student's own ``__eq__`` to say.
    return len(now) == len(before) and all(map(operator.is_, now, before))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGINT interrupt what runs inside; elsewhere it comes too late to mean anything."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _random_state() -> random_state.RandomState | None:
    try:
        return random_state.current()
    except Exception:  # noqa: BLE001  the student may have broken numpy; then there is none
        return None


def _text(error: BaseException) -> str:
    try:
        return is_valid_output(str(error)[:20_000])
    except Exception as broken:  # noqa: BLE001  a student's __str__ may raise whatever it likes
        return f"<no text: {type(broken).__name__}>"


def _warning(warning: warnings.WarningMessage) -> tuple[str, str, int]:
    kinds = (kind.__name__ for kind in warning.category.__mro__ if kind.__module__ == "builtins")
    return (next(kinds), is_valid_output(str(warning.message)[:2000]), warning.lineno)


def _qualified(kind: type) -> str:
    module = kind.__module__
    return kind.__qualname__ if module == "__main__" else f"{module}.{kind.__qualname__}"
