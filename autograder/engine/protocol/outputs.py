"""Cell outputs in nbformat's shape, collected while a cell runs.

Used on both sides of the trust line: they are plain data, hold no secrets, and are limited in size.
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
        max_size: How many characters are kept. The first output beyond that raises.

    Attributes:
        outputs: The outputs so far.
        updates: New states of displays, by display id, also of those that earlier cells made.
        overflowed: Whether there was more output than is kept.
    """

    def __init__(self, max_size: int) -> None:
        self.outputs: list[Output] = []
        self.updates: list[tuple[str, Output]] = []
        self.overflowed = False
        self._remaining = max_size
        self._clear_next = False
        self._display_ids: list[str | None] = []

    def stream(self, name: str, text: str) -> None:
        """Text on ``stdout`` or ``stderr``."""
        text = replace_surrogates(text)
        self._count(len(text))
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
        output = {"output_type": "display_data", **self._mime_bundle(data, metadata)}
        self._clear_if_due()
        self._add(output, display_id)

    def update(self, data: Mapping[str, Any], metadata: Mapping[str, Any], display_id: str) -> None:
        """A new state of what was displayed under ``display_id``, here or in an earlier cell."""
        bundle = self._mime_bundle(data, metadata)
        for output, output_id in zip(self.outputs, self._display_ids, strict=True):
            if output_id == display_id:
                output.update(bundle)
        self.updates = [update for update in self.updates if update[0] != display_id]
        self.updates.append((display_id, bundle))

    def result(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], count: int | None
    ) -> None:
        """The value of a cell's last expression."""
        output = {"output_type": "execute_result", **self._mime_bundle(data, metadata)}
        self._clear_if_due()
        self._add({**output, "execution_count": count})

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """An exception that ended the cell. Always kept: it is what marks the cell as failed."""
        self._clear_if_due()
        self._add(
            {
                "output_type": "error",
                "ename": replace_surrogates(name[:1000]),
                "evalue": replace_surrogates(value[:100_000]),
                "traceback": [replace_surrogates(line[:20_000]) for line in traceback[:200]],
            }
        )

    def clear(self, *, wait: bool) -> None:
        """Discard the outputs so far; with ``wait``, only once there is another one."""
        if wait:
            self._clear_next = True
        else:
            self._clear()

    def finish(self) -> list[Output]:
        """The outputs, the text of each stream joined."""
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

    def _mime_bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Output:
        bundle = {"data": _to_json(data), "metadata": _to_json(metadata)}
        self._count(len(json.dumps(bundle)))
        return bundle

    def _count(self, size: int) -> None:
        """Count so many characters more; raise if that is more than is kept."""
        self._remaining -= size
        if self._remaining < 0:
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
        """Whether it can be written to, which ``print`` and libraries ask."""
        return True


def _to_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """A MIME bundle as plain JSON; images given as bytes become base64, as in Jupyter."""
    plain = {
        str(key): base64.b64encode(item).decode() if isinstance(item, bytes) else item
        for key, item in value.items()
    }
    return dict(json.loads(replace_surrogates(json.dumps(plain, default=repr, ensure_ascii=False))))


def replace_surrogates(text: str) -> str:
    """Text that a file can hold: a lone surrogate, half a character, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
