"""The student's process: runs cells in order, answers ``call`` and ``get``, and does nothing else.

The student's code can reach and change everything in this module, so nothing relies on it: to the
other end, what goes out is untrusted data, and nothing secret ever comes in.
"""

from __future__ import annotations

import builtins
import linecache
import operator
import random
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from autograder.engine.child.course_modules import CourseModules
from autograder.engine.child.operations import OPERATIONS, find_by_name
from autograder.engine.child.shell import Shell
from autograder.engine.child.test_objects import TestFunction, TestObject
from autograder.engine.protocol import random_state, wire
from autograder.engine.protocol.channel import Channel, ClosedError
from autograder.engine.protocol.outputs import Collector, OutputTooLargeError, replace_surrogates

_MAX_KINDS = 20  # of an object's classes that are told


class StudentProcess:
    """Answers the requests of one session.

    Args:
        channel: The socket to the examiner's side.
        shell: A shell that has not run anything of the student's yet.
    """

    def __init__(self, channel: Channel, shell: Shell) -> None:
        self._channel = channel
        self._shell = shell
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}  # of the objects, by their identity
        self._first_number = 0
        self._request = 0
        self._max_output = 0
        self._known_state: random_state.RandomState | None = None  # numpy's, on the other end
        self._limits = wire.DEFAULT_LIMITS
        self._handlers: dict[str, Callable[..., list[Any]]] = {
            "begin": self._begin,
            "cell": self._run_cell,
            "get": self._get,
            "names": self._names,
            "call": self._call,
            "put": self._put,
            "delete": self._delete,
        }

    def serve(self) -> None:
        """Answer until the other end closes."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        np.random.seed(random_state.SEED)  # noqa: NPY002  the legacy stream, which notebooks use
        random.seed(random_state.SEED)
        builtins.input = self._shell.raw_input
        while True:
            try:
                data = self._channel.receive(self._limits.size)
            except ClosedError:
                return
            self._request, kind, payload = wire.unpack(data, self._limits)
            self._answer(kind, payload)

    def _answer(self, kind: str, payload: Any) -> None:
        """Answer a request, under the number of the message that was received last."""
        try:
            reply = self._handlers[kind](payload)
            packed = wire.pack([self._request, *reply], self._limits)
        except wire.WireError as error:  # too large, or changed so that it cannot cross
            packed = wire.pack([self._request, "too_large", str(error)])
        except (MemoryError, KeyboardInterrupt) as error:
            packed = wire.pack([self._request, "failed", type(error).__name__])
        self._channel.send(packed)

    def _ask_test(
        self, number: int, what: str, args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Ask for what a function or object of the test's gives; may be asked itself meanwhile."""
        encoder = wire.Encoder(to_handle=self._to_handle, limits=self._limits)
        question = encoder.encode((number, what, args, keywords, _current_random_state()))
        collector = self._shell.collector
        self._channel.send(wire.pack([self._request, "question", question], self._limits))
        while True:
            data = self._channel.receive(self._limits.size)
            self._request, kind, payload = wire.unpack(data, self._limits)
            if kind == "reply":
                break
            self._answer(kind, payload)
        decoder = wire.Decoder(from_handle=self._from_handle, limits=self._limits)
        raised, value, state = decoder.decode(payload)
        self._shell.send_output_to(collector)
        random_state.restore(state)
        self._known_state = state
        if raised is not None:
            name, text = raised
            kind_of_error = getattr(builtins, name, RuntimeError)
            raise kind_of_error(text)
        return value

    def _begin(self, payload: Any) -> list[Any]:
        settings = wire.Decoder().decode(payload)
        self._max_output, files, self._first_number, own, hidden = settings
        here = Path.cwd()
        for name, data in files.items():
            path = here / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        CourseModules(str(here), own, hidden).install()
        return ["begun"]

    def _run_cell(self, payload: Any) -> list[Any]:
        source, count, state = wire.Decoder().decode(payload)
        collector = Collector(self._max_output)
        self._shell.send_output_to(collector)
        if state is not None:
            random_state.restore(state)
        try:
            with _interruptible():
                self._shell.run(source, count)
        except BaseException as error:  # noqa: BLE001  from IPython's own hooks, after the cell
            collector.error(type(error).__name__, _error_text(error), [_error_text(error)])
        report = (
            collector.finish(),
            collector.display_ids(),
            collector.updates,
            collector.overflowed,
            _current_random_state(),
        )
        return ["ran", wire.Encoder().encode(report)]

    def _get(self, payload: Any) -> list[Any]:
        name = wire.Decoder().decode(payload)
        namespace = self._shell.user_ns
        if name not in namespace:
            return ["missing"]
        encoder = wire.Encoder(to_handle=self._to_handle, limits=self._limits)
        return ["value", encoder.encode(namespace[name])]

    def _put(self, payload: Any) -> list[Any]:
        name, value = wire.Decoder(from_handle=self._from_handle, limits=self._limits).decode(
            payload
        )
        self._shell.user_ns[name] = value
        return ["done"]

    def _delete(self, payload: Any) -> list[Any]:
        self._shell.user_ns.pop(wire.Decoder().decode(payload), None)
        return ["done"]

    def _names(self, _: Any) -> list[Any]:
        return ["names", [name for name in self._shell.user_ns if type(name) is str]]

    def _call(self, payload: Any) -> list[Any]:
        decoder = wire.Decoder(from_handle=self._from_handle, limits=self._limits)
        target, args, keywords, state = decoder.decode(payload)
        function = self._find(target)
        before = [_content(value) for value in decoder.mutables]
        collector = Collector(self._max_output)
        self._shell.send_output_to(collector)
        random_state.restore(state)
        self._known_state = state
        result, failure, caught = None, None, []
        try:
            with warnings.catch_warnings(record=True) as caught, _interruptible():
                result = function(*args, **keywords)
        except BaseException as error:  # noqa: BLE001  whatever was raised is the answer
            failure = self._describe(error)
            if isinstance(error, OutputTooLargeError):
                failure["ename"] = "OutputTooLargeError"
        after = random_state.current() if failure is None else _current_random_state()
        if random_state.is_same(after, self._known_state):  # most functions draw nothing
            after = None
        encoder = wire.Encoder(decoder.mutables, self._to_handle, self._limits)
        encoded = encoder.encode(result)
        changed = [
            [number, encoder.encode_content(value)]
            for number, value in enumerate(decoder.mutables)
            if not _is_unchanged(value, before[number])
        ]
        rest = (
            failure,
            after,
            collector.finish(),
            collector.overflowed,
            [_describe_warning(warning) for warning in caught[:100]],
        )
        return ["answered", encoded, changed, encoder.encode(rest)]

    def _find(self, target: Any) -> Any:
        """What is to be called: a global, an operation on an object, or the object itself."""
        if isinstance(target, str):
            return self._shell.user_ns[target]
        if isinstance(target, tuple):
            return OPERATIONS[target[0]]
        return target

    # -- objects that stay here ---------------------------------------------------------------

    def _to_handle(self, value: object) -> wire.Handle:
        if isinstance(value, TestObject):
            return wire.Handle(value.__dict__["_number"], "", callable=True)
        number = self._numbers.get(id(value))
        if number is None:  # what is in the list lives on, so its identity stays its own
            self._objects.append(value)
            number = self._numbers[id(value)] = self._first_number + len(self._objects) - 1
        kind = type(value)
        kinds = [wire.type_name(one) for one in kind.__mro__[:_MAX_KINDS]]
        return wire.Handle(number, kinds[0], callable(value), tuple(kinds[1:]))

    def _from_handle(self, handle: wire.Handle) -> object:
        if handle.number == wire.BY_NAME:
            return find_by_name(handle.type_name, self._shell.user_ns)
        if handle.number < 0:
            kind = TestFunction if handle.callable else TestObject
            return kind(handle.number, handle.type_name, self._ask_test)
        return self._objects[handle.number - self._first_number]

    # -- what went wrong ----------------------------------------------------------------------

    def _describe(self, error: BaseException) -> dict[str, Any]:
        number, line = self._last_line(error.__traceback__)
        return {
            "ename": type(error).__name__,
            "evalue": _error_text(error),
            "line_number": number,
            "line": line,
            "memory": isinstance(error, MemoryError),
            "denied": isinstance(error, PermissionError),
        }

    def _last_line(self, step: TracebackType | None) -> tuple[int | None, str]:
        """Number and text of the last line of a traceback that is in one of the student's cells."""
        cells = self._shell.compile._filename_map  # noqa: SLF001  IPython has no public name for it
        last: tuple[int | None, str] = (None, "")
        while step is not None:
            name = step.tb_frame.f_code.co_filename
            if name in cells or name.startswith("<ipython-input"):
                last = (step.tb_lineno, linecache.getline(name, step.tb_lineno).strip()[:500])
            step = step.tb_next
        return last


def _content(value: wire.Mutable) -> tuple[Any, ...]:
    """What a mutable holds now: an array's bytes, or a list's or dict's own parts."""
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return (value.dtype, value.shape, *value.flat)
        return value.tobytes(), value.dtype, value.shape, value.strides, value.flags.writeable
    if type(value) is list:
        return tuple(value)
    if type(value) is dict:
        return (*value, *value.values())
    try:
        return (wire.dumps(value),)
    except wire.WireError:  # it holds what cannot cross: it is sent again, if that can be
        return (object(),)


def _is_unchanged(value: wire.Mutable, before: tuple[Any, ...]) -> bool:
    now = _content(value)
    if isinstance(value, np.ndarray) and value.dtype != object:
        return now == before
    if type(value) not in (list, dict, np.ndarray):
        return now == before
    # By identity: equality would run the student's own ``__eq__``.
    return len(now) == len(before) and all(map(operator.is_, now, before))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGINT interrupt what runs inside; at any other time it comes too late to matter."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _current_random_state() -> random_state.RandomState | None:
    try:
        return random_state.current()
    except Exception:  # noqa: BLE001  the student's code may have broken numpy
        return None


def _error_text(error: BaseException) -> str:
    try:
        return replace_surrogates(str(error)[:20_000])
    except Exception as broken:  # noqa: BLE001  a student's __str__ may raise whatever it likes
        return f"<no text: {type(broken).__name__}>"


def _describe_warning(warning: warnings.WarningMessage) -> tuple[str, str, int]:
    kinds = (kind.__name__ for kind in warning.category.__mro__ if kind.__module__ == "builtins")
    return (next(kinds), replace_surrogates(str(warning.message)[:2000]), warning.lineno)
