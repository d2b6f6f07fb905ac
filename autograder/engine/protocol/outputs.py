"""Cell outputs as nbformat has them, collected while a cell runs.

Used on both sides of the trust line: plain data, no secrets, a cap on size.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from typing import Any

Output = dict[str, Any]


class OutputTooLargeError(Exception):
    """A cell printed more than is kept."""


class Collector:
    """Collects the outputs of one cell, merged and cleared as a notebook front end does it.

    Args:
        cap: Characters that are kept. The first output beyond raises.
    """

    def __init__(self, cap: int) -> None:
        self.outputs: list[Output] = []
        self.updates: list[tuple[str, Output]] = []
        self.overflowed = False
        self._left = cap
        self._clear_next = False
        self._display_ids: list[str | None] = []

    def stream(self, name: str, text: str) -> None:
        """Text on ``stdout`` or ``stderr``."""
        text = is_valid_output(text)
        self._take(len(text))
        self._clear_if_due()
        last = self.outputs[-1] if self.outputs else None
        if last and last["output_type"] == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self._add({"output_type": "stream", "name": name, "text": [text]})

    def display(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], display_id: str | None = None
    ) -> None:
        """What ``display`` shows."""
        output = {"output_type": "display_data", **self._bundle(data, metadata)}
        self._clear_if_due()
        self._add(output, display_id)

    def update(self, data: Mapping[str, Any], metadata: Mapping[str, Any], display_id: str) -> None:
        """A new state of what was displayed under ``display_id``, here or in an earlier cell."""
        bundle = self._bundle(data, metadata)
        for output, known in zip(self.outputs, self._display_ids, strict=True):
            if known == display_id:
                output.update(bundle)
        self.updates = [(known, old) for known, old in self.updates if known != display_id]
        self.updates.append((display_id, bundle))

    def result(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], count: int | None
    ) -> None:
        """The value of a cell's last expression."""
        output = {"output_type": "execute_result", **self._bundle(data, metadata)}
        self._clear_if_due()
        self._add({**output, "execution_count": count})

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """An exception that ended the cell. Always kept: it is how a cell says that it failed."""
        self._clear_if_due()
        self._add(
            {
                "output_type": "error",
                "ename": is_valid_output(name[:1000]),
                "evalue": is_valid_output(value[:100_000]),
                "traceback": [is_valid_output(line[:20_000]) for line in traceback[:200]],
            }
        )

    def clear(self, *, wait: bool) -> None:
        """Forget what was shown; with ``wait``, only once something else is."""
        if wait:
            self._clear_next = True
        else:
            self._clear()

    def finish(self) -> list[Output]:
        """The outputs, their text in one piece."""
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs

    def display_ids(self) -> list[str | None]:
        """For each output the id under which it may be updated later."""
        return self._display_ids

    def _add(self, output: Output, display_id: str | None = None) -> None:
        self.outputs.append(output)
        self._display_ids.append(display_id)

    def _clear(self) -> None:
        self.outputs.clear()
        self._display_ids.clear()
        self._clear_next = False

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self._clear()

    def _bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Output:
        bundle = {"data": _plain_json(data), "metadata": _plain_json(metadata)}
        self._take(len(json.dumps(bundle)))
        return bundle

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            self.overflowed = True
            raise OutputTooLargeError("The cell printed more than is kept; the rest was dropped.")


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.collector: Collector | None = None

    def write(self, text: str) -> int:
        """Add text to the outputs of the running cell; between cells it is dropped."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.collector is not None and text:
            self.collector.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """It is."""
        return True


def _plain_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """A display bundle as JSON has it; images that come as bytes in base64, as Jupyter does it."""
    plain = {
        str(key): base64.b64encode(item).decode() if isinstance(item, bytes) else item
        for key, item in value.items()
    }
    return dict(json.loads(is_valid_output(json.dumps(plain, default=repr, ensure_ascii=False))))


def is_valid_output(text: str) -> str:
    """Text that a file can hold: half a character (a lone surrogate) becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
