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
PICTURES = tuple(mime for _, mime in _SIGNATURES.values())
_PNG_SIZE = slice(16, 24)  # columns and rows, in the first chunk of every PNG
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the segments that have them, in a JPEG
_ROWS_A_MILLIMETRE = 9.0
LARGEST = 8_000_000
MOST_PIXELS = (
    40_000_000  # few bytes can hold any number of them, each of which costs a reader eight
)


@dataclass(frozen=True)
class Picture:
    """The bytes of a PNG or a JPEG file."""

    data: bytes

    @property
    def form(self) -> tuple[str, str]:
        """The ending of the file's name, and the MIME type."""
        return next(form for start, form in _SIGNATURES.items() if self.data.startswith(start))

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of pixels; zeros if the file does not say."""
        if not self.data.startswith(_PNG):
            return _jpeg_size(self.data)
        if len(self.data) < _PNG_SIZE.stop:
            return 0, 0
        columns, rows = struct.unpack(">II", self.data[_PNG_SIZE])
        return columns, rows

    def width(self, *, text_width: float = 170.0) -> float:
        """How much of the text's width the picture should take, from 0 to 1.

        A wide picture takes all of it. One with few rows of pixels becomes no taller than a sixth
        of a page, and a table of many small pictures no taller than a third.

        Args:
            text_width: The width of the text in millimetres.
        """
        columns, rows = self.size
        if not columns or not rows:
            return 0.7
        tallest = min(max(rows / _ROWS_A_MILLIMETRE, 45.0), 90.0)
        return float(min(1.0, tallest / text_width * columns / rows))

    @classmethod
    def from_bundle(cls, bundle: Mapping[str, Any]) -> Picture | None:
        """The picture in a MIME bundle of a notebook; None if it holds none that can be shown."""
        for mime in PICTURES:
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
                columns, rows = (picture := cls(data)).size
                if columns * rows <= MOST_PIXELS:
                    return picture
        return None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Columns and rows, from the first segment that has them."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        if data[place + 1] in _JPEG_SIZES:
            rows, columns = struct.unpack(">HH", data[place + 5 : place + 9])
            return columns, rows
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return 0, 0


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
