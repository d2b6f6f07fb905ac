"""The pictures of a report: PNG and JPEG, by the name under which the document refers to them."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# The first bytes decide what a picture is, whatever its output or attachment says.
_PNG = b"\x89PNG\r\n\x1a\n"
_SIGNATURES = {_PNG: ("png", "image/png"), b"\xff\xd8\xff": ("jpg", "image/jpeg")}
_PNG_SIZE = slice(16, 24)  # columns and rows, in the first chunk of every PNG
_ROWS_A_MILLIMETRE = 8.0
LARGEST = 8_000_000


@dataclass(frozen=True)
class Picture:
    """The bytes of a PNG or a JPEG file."""

    data: bytes

    @property
    def form(self) -> tuple[str, str]:
        """The ending of the file's name, and the MIME type."""
        return next(form for start, form in _SIGNATURES.items() if self.data.startswith(start))

    def width(self, *, text_width: float = 166.0) -> float:
        """How much of the text's width the picture should take, from 0 to 1.

        A wide picture takes all of it. One with few rows of pixels becomes no taller than a fifth
        of a page, and a table of many small pictures no taller than a third.

        Args:
            text_width: The width of the text in millimetres.
        """
        if not self.data.startswith(_PNG) or len(self.data) < _PNG_SIZE.stop:
            return 0.7
        columns, rows = struct.unpack(">II", self.data[_PNG_SIZE])
        if not columns or not rows:
            return 0.7
        tallest = min(max(rows / _ROWS_A_MILLIMETRE, 58.0), 95.0)
        return float(min(1.0, tallest / text_width * columns / rows))

    @classmethod
    def from_bundle(cls, bundle: Mapping[str, Any]) -> Picture | None:
        """The picture in a MIME bundle of a notebook; None if it holds none that can be shown."""
        for mime in ("image/png", "image/jpeg"):
            text = bundle.get(mime)
            if isinstance(text, list):
                text = "".join(line for line in text if isinstance(line, str))
            if not isinstance(text, str) or len(text) > LARGEST * 4 // 3:
                continue
            try:
                data = base64.b64decode(text)
            except ValueError:  # binascii's error is one, too
                continue
            if data.startswith(tuple(_SIGNATURES)):
                return cls(data)
        return None


@dataclass
class Pictures:
    """Collects pictures, and says what each is called in the document."""

    _names: dict[Picture, str] = field(default_factory=dict)

    def add(self, picture: Picture) -> str:
        """Add a picture, if it is new; return its name, such as ``figure-3.png``."""
        ending, _ = picture.form
        return self._names.setdefault(picture, f"figure-{len(self._names) + 1}.{ending}")

    def __iter__(self) -> Iterator[tuple[str, Picture]]:
        """Each picture by its name, in the order in which they were added."""
        return iter([(name, picture) for picture, name in self._names.items()])

    def data_uris(self) -> dict[str, str]:
        """For a page that is one file: the pictures themselves in place of their names."""
        return {
            name: f"data:{picture.form[1]};base64,{base64.b64encode(picture.data).decode()}"
            for name, picture in self
        }
