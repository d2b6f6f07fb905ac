"""Fuzzes all that the grader does with what a hostile child sends: it is used, or refused in words.

It needs atheris, which is not a dependency of the project. From the repository::

    python3 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris -e .
    /tmp/fuzz/bin/python -m tests.fuzz.fuzz_wire -max_total_time=600 /tmp/corpus-wire

A crash, an exception that is no refusal, a run of over ``-timeout`` seconds or memory beyond
``-rss_limit_mb`` ends it and leaves the input in a file. At the start the corpus folder is filled
with real messages.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import atheris
import msgpack
import numpy as np

with atheris.instrument_imports(include=["autograder", "utils.checking"]):
    from autograder.engine.protocol import random_state, wire
    from tests.support.reply_reader import read_answer

DEFAULTS = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=16384")
STRINGS = ("ran", "answered", "stdout", "stream", "output_type", "data", "metadata", "text", "<f8")
PNG = "iVBORw0KGgo="


def values() -> list[Any]:
    """Plain values of every kind, as honest code sends them."""
    shared = [np.zeros((2, 3)), np.array([1, 2], dtype="<i2")]
    figure = {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}}
    table = {
        "text/html": "<table onclick='x'><tr><td>1</td></tr></table>",
        "text/markdown": "[a](b)",
    }
    result = {**figure, "output_type": "execute_result", "data": table, "execution_count": 3}
    printed = {"output_type": "stream", "name": "stdout", "text": "1\n"}
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a"]}
    state = random_state.current()
    failure = {
        "ename": "ValueError",
        "evalue": "v",
        "line_number": 3,
        "line": "x",
        "memory": False,
        "denied": False,
        "traceback": [],
    }
    return [
        [None, True, 1, 2**70, -1.5, 2j, "text", b"bytes", np.float32(1), np.uint8(3)],
        (shared, {"a": shared[0], 3: shared}, np.asfortranarray(np.ones((3, 2)))),
        (
            [printed, figure, result, error],
            [None, "id", None, None],
            [("id", figure)],
            False,
            state,
        ),
        (failure, state, [printed, figure], False, [("RuntimeWarning", "overflow", 3)]),
        (None, None, [], False, []),
    ]


def seeds() -> list[bytes]:
    """Real messages: answers to each request, and bare values."""
    messages = []
    for value in values():
        encoded = wire.Encoder().encode(value)
        answers = [["ran", encoded], ["answered", encoded, [[0, encoded]], encoded], ["x", encoded]]
        messages += [b"\0" + msgpack.packb(answer) for answer in [encoded, *answers]]
    return messages


def build(data: atheris.FuzzedDataProvider, depth: int) -> Any:
    """Something that msgpack can carry, shaped more or less like a real message."""
    kind = data.ConsumeIntInRange(0, 12)
    if kind == 0:
        return data.PickValueInList([None, True, False, 0, 1, -1, 2**63, 1e308])
    if kind == 1:
        return data.ConsumeInt(8)
    if kind == 2:
        return data.ConsumeFloat()
    if kind == 3:
        return data.PickValueInList(list(STRINGS))
    if kind == 4:
        return data.ConsumeBytes(data.ConsumeIntInRange(0, 64))
    if kind == 5:
        return data.ConsumeUnicodeNoSurrogates(data.ConsumeIntInRange(0, 32))
    if depth > 6:
        return None
    parts = [build(data, depth + 1) for _ in range(data.ConsumeIntInRange(0, 6))]
    if kind == 6:
        shape = [data.ConsumeIntInRange(0, 2**41) for _ in range(data.ConsumeIntInRange(0, 34))]
        return [3, "<f8", shape, data.ConsumeIntInRange(0, 4), b"\0" * 8 * len(parts)]
    return [data.ConsumeIntInRange(0, 9), *parts] if kind < 11 else parts


def fuzz_input(data: bytes) -> None:
    """Try one input: a message, or bytes that decide which message to build."""
    if data[:1] == b"\0":
        read_answer(data[1:])
        return
    try:
        packed = msgpack.packb(build(atheris.FuzzedDataProvider(data[1:]), 0))
    except (OverflowError, ValueError):
        return
    read_answer(packed)


def main() -> None:
    """Fill the corpus and fuzz until time is up."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    for folder in folders[:1]:
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], fuzz_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
