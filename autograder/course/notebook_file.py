"""The bytes of a notebook file as JSON values: decoded leniently, or named for what they are.

A file under a notebook's name may be anything: a web page that was saved in its place, a zip, a
download that broke off. Each kind has a sentence of its own, which reads right to the student, who
sees it in ``autograder try`` or on Gradescope, and to the instructor.
"""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path
from typing import Any

from autograder.errors import BadSubmissionError

MAX_FILE_MB = 200
# What copies or checks a notebook recurses; how deep that goes differs from Python to Python.
MAX_NESTING = 100

# The escaped half of a surrogate pair: alone it is no character.
_SURROGATE = re.compile(r"\\u[dD]")
# A string, or a comma that nothing follows.
# (A string without an end reaches to the end: a search from each quote in it would take hours.)
_STRING_OR_COMMA = re.compile(r'"(?:\\.|[^"\\])*+(?:"|\Z)|,(?=\s*[}\]])', re.DOTALL)
_LONGEST_NUMBER = 400
_CONFLICT = re.compile(r"^<{7}[ \r\n]", re.MULTILINE)
_CONFLICT_END = re.compile(r"^>{7}(?: |$)", re.MULTILINE)
_SCRIPT = re.compile(
    r"\A(?:#!.*\n|# coding|# -\*-|#\s*%%|# In ?\[)|^(?:import|from|def) \w", re.MULTILINE
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")  # first in such a zip
_BINARY = (
    (_ZIP, "a zip file that holds no notebook, or is damaged"),
    ((b"%PDF",), "a PDF"),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "a picture"),
    ((b"\x1f\x8b",), "a gzip archive"),
    ((b"Rar!",), "a RAR archive"),
    ((b"7z\xbc\xaf",), "a 7z archive"),
    ((b"{\\rtf",), "a text document in RTF"),
    ((b"\xd0\xcf\x11\xe0",), "an Office document"),
)
_LINK = re.compile(r"https?://\w")
_LONGEST_LINK_TEXT = 1000
_SAVED_IN_JUPYTER = "Hand in the .ipynb file itself, as Jupyter saved it."


def load_notebook_json(path: Path, notes: list[str]) -> dict[str, Any]:
    """The JSON values of a notebook file; what had to be ignored in it is added to ``notes``.

    Raises:
        BadSubmissionError: If the file holds no notebook; the message says what it is.
    """
    try:
        check_size(path, path.stat().st_size)
        data = path.read_bytes()
    except OSError as error:
        raise BadSubmissionError(f"{path} cannot be read: {error.strerror}.") from error
    text = _decode(data, path, notes)
    if not text.strip(" \t\r\n\x00"):
        raise BadSubmissionError(
            f"{path} is empty: nothing was saved into it. Save the notebook in Jupyter and hand "
            "it in again."
        )
    values = _unwrap(_load(text, path, notes))
    if not _is_notebook(values):
        raise BadSubmissionError(f"{path} is not a Jupyter notebook. {_SAVED_IN_JUPYTER}")
    return values  # type: ignore[no-any-return]


def check_size(path: Path, size: int) -> None:
    """Refuse a notebook file that is too large to read.

    Args:
        path: The file, for the message.
        size: Its size in bytes.

    Raises:
        BadSubmissionError: If it is larger than ``MAX_FILE_MB``.
    """
    if size > MAX_FILE_MB * 2**20:
        raise BadSubmissionError(
            f"{path} has {size / 2**20:.0f} MB; at most {MAX_FILE_MB} MB are read. In Jupyter, "
            "clear all outputs, save, and hand it in again."
        )


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does, whatever its name is."""
    try:
        with path.open("rb") as file:
            return file.read(4) in _ZIP
    except OSError:
        return False


def describe(data: bytes) -> str:
    """What a file is that is no notebook, in a few words; empty if nobody knows.

    Args:
        data: How the file begins.
    """
    if data.startswith(_ZIP) and any(name in data[:200] for name in _OFFICE):
        return "an Office document"
    for openings, words in _BINARY:
        if data.startswith(openings):
            return words
    text = data.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    start = text[:4000].lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<?xml")) or "<html" in start[:1000]:
        return "a web page"
    if text.startswith("version https://git-lfs"):
        return "a Git LFS pointer"
    if text.startswith(("[InternetShortcut]", "[{000214A0", "[Desktop Entry]")):
        return "a shortcut to a web page"
    is_short = len(text) <= _LONGEST_LINK_TEXT and not text.startswith(("{", "["))
    if is_short and _LINK.search(text):  # to Google Drive, Colab or a share, in place of the file
        return "a link to a web page"
    if text.startswith("---\n") and "jupytext" in start:
        return "a Markdown file made from a notebook"
    return "a Python script" if not text.startswith(("{", "[")) and _SCRIPT.search(text) else ""


def _decode(data: bytes, path: Path, notes: list[str]) -> str:
    name = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if not name:  # JSON begins with two ASCII characters
        name = {b"\0": "utf-16-be"}.get(data[:1], "utf-16-le" if data[1:2] == b"\0" else "utf-8")
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        text = data.decode(name, "replace")
        if not text.lstrip("\ufeff \r\n\t").startswith("{"):
            words = describe(data)
            what = words or "a file of another kind (it is no text in UTF-8)"
            raise BadSubmissionError(
                f"{path} is {what}, not a notebook. {_SAVED_IN_JUPYTER}"
            ) from None
        notes.append(f"{path.name}: some characters are not in UTF-8 and were replaced by \ufffd.")
    return text


def _load(text: str, path: Path, notes: list[str]) -> Any:
    """Parse JSON; what follows it, and commas too many, are ignored."""
    try:
        try:
            values = _parse(text)
        except json.JSONDecodeError as error:
            values = _parse_leniently(text, path, notes)
            if values is None:
                raise BadSubmissionError(_damage(text, path, error)) from error
        if _SURROGATE.search(text):  # half a character, which UTF-8 cannot express
            encoded = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")
            values = json.loads(encoded)
    except (ValueError, RecursionError) as error:
        raise BadSubmissionError(
            f"{path} is damaged: it is nested too deeply to be a notebook. {_SAVED_IN_JUPYTER}"
        ) from error
    if _is_nested_deeper(values, MAX_NESTING):
        raise BadSubmissionError(
            f"{path} is damaged: it is nested too deeply to be a notebook. {_SAVED_IN_JUPYTER}"
        )
    return values


def _is_nested_deeper(data: Any, levels: int) -> bool:
    level = [data]
    for _ in range(levels):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        if not inner:
            return False
        level = inner
    return True


def _parse(text: str) -> Any:
    # NaN and Infinity are no JSON: what they stood for is not needed
    return json.loads(text, strict=False, parse_constant=_nothing, parse_int=_number)


def _nothing(_: str) -> None:
    return None


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) < _LONGEST_NUMBER else None


def _parse_leniently(text: str, path: Path, notes: list[str]) -> Any:
    """A notebook with something behind it or with commas too many; None if it is neither."""
    decoder = json.JSONDecoder(strict=False, parse_constant=_nothing, parse_int=_number)
    text = text.lstrip("\ufeff \t\r\n\x00")
    for candidate, words in (
        (text, "what follows the notebook in the file was ignored"),
        (
            _STRING_OR_COMMA.sub(lambda match: "" if match[0] == "," else match[0], text),
            "commas too many in the file were ignored",
        ),
    ):
        try:
            values, _ = decoder.raw_decode(candidate)
        except ValueError:
            continue
        if _is_notebook(values):
            notes.append(f"{path.name}: {words}.")
            return values
    return None


def _damage(text: str, path: Path, error: json.JSONDecodeError) -> str:
    """The sentence for a text that is not JSON."""
    conflict = _CONFLICT.search(text)
    if conflict and _CONFLICT_END.search(text, conflict.end()):
        return (
            f"{path} has a Git merge conflict in it (<<<<<<< and >>>>>>> from line "
            f"{text[: conflict.start()].count(chr(10)) + 1}). "
            "Take one of the two versions, as with `git checkout --ours`, open it in Jupyter to "
            "see that it is whole, and hand it in again."
        )
    words = describe(text[:20_000].encode("utf-8", "replace"))
    if words == "a web page":
        site = "GitHub's page of a file" if "github.com" in text[:20_000] else "a web page"
        return (
            f"{path} is {site}, not the notebook. Download the notebook itself (on GitHub: "
            "“Download raw file”) and hand it in again."
        )
    if words == "a Git LFS pointer":
        return (
            f"{path} is a Git LFS pointer: it names the notebook but does not hold it. Run "
            "`git lfs pull` and hand in the file that is there then."
        )
    if words:
        return f"{path} is {words}, not a notebook. {_SAVED_IN_JUPYTER}"
    if error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg:
        return (
            f"{path} is damaged: it stops in line {error.lineno}, before its end, as after a "
            "download that broke off. Save or download the notebook once more and hand it in again."
        )
    return (
        f"{path} is damaged: it is not complete JSON (from line {error.lineno} on). Save or "
        "download the notebook once more and hand it in again."
    )


def _unwrap(values: Any) -> Any:
    """The notebook inside of what a server answers, or of a string that holds it."""
    if isinstance(values, str) and values.lstrip().startswith("{"):
        try:
            values = _parse(values)
        except (ValueError, RecursionError):
            return values
    if isinstance(values, dict) and values.get("type") == "notebook":
        return values.get("content")
    return values


def _is_notebook(values: Any) -> bool:
    """Whether JSON values have a notebook's keys."""
    if not isinstance(values, dict):
        return False
    version = values.get("nbformat")
    if isinstance(version, int) and not isinstance(version, bool):
        return True
    cells = values.get("cells")
    return isinstance(cells, list) and any(
        isinstance(cell, dict) and "cell_type" in cell and "source" in cell for cell in cells
    )
