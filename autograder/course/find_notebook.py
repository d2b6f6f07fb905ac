"""Finds the notebook to grade among what a student handed in, whatever it is called.

Browsers, mail programs and people rename notebooks, put them into folders and zips, and send the
untouched release beside their work. Nothing outside the submission's folder is read and no link is
followed; how much is looked at, and how much a zip may unpack to, is bounded.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nbformat import NotebookNode

from autograder.course.data_files import MAX_BYTES, MAX_FILES
from autograder.course.lost_metadata import recover_cells, same_text
from autograder.course.notebook import grade_id, grade_ids, is_solution, nbgrader_of, read_notebook
from autograder.course.notebook_file import MAX_FILE_MB, describe, is_zip
from autograder.course.released_cells import checksum, release_source
from autograder.errors import BadSubmissionError, NotHandedInError
from autograder.files import SKIPPED_FOLDERS, is_regular_file, walk_regular_files

MAX_NOTEBOOKS = 40  # that are compared with each other
_MAX_ENTRIES = 2000  # files and folders that are looked at, in a folder or in a zip
_MAX_ZIPS = 5
_MAX_ZIP_BYTES = 2 * MAX_FILE_MB * 2**20  # of what is unpacked of one zip
_MAX_RATIO = 200  # of the size of a file to its size in a zip
_SUSPICIOUS = 8 * 2**20  # only files larger than this can be a bomb
_CHUNK = 2**20
# What browsers, mail programs and editors put behind "name.ipynb", or in its place.
_ENDINGS = ("json", "txt", "html", "htm", "download", "crdownload", "part", "tmp", "bak")
_NOTEBOOK_NAME = re.compile(rf"\.ipynb(?:[ _-]?\(?\d*\)?)?(?:\.(?:zip|{'|'.join(_ENDINGS)}))*\Z")
_PERHAPS = frozenset({"", ".py", ".md", *(f".{ending}" for ending in _ENDINGS)})
_NAMES_SHOWN = 3


@dataclass(frozen=True)
class Found:
    """A notebook with cells of the assignment, and what of it is the student's work.

    Attributes:
        path: The file.
        shown: Its path as the reader of a note knows it.
        answers: The student's texts, by the name of the cell or, in a cell of their own, by text.
    """

    path: Path
    shown: str
    answers: dict[str, str]


def is_notebook_name(name: str) -> bool:
    """Whether a file's name says that it is a notebook, however it was renamed."""
    return _NOTEBOOK_NAME.search(PurePosixPath(name).name.lower()) is not None


def find_notebook(
    folder: Path,
    name: str,
    source: NotebookNode,
    unpack_to: Callable[[], Path],
    given: Path | None = None,
    others: frozenset[str] = frozenset(),
) -> tuple[Path, tuple[str, ...]]:
    """The notebook to grade, and notes about it.

    Args:
        folder: What was handed in.
        name: What the notebook is called.
        source: The source notebook.
        unpack_to: Makes the folder into which zips are unpacked.
        given: The one file that is meant; by default the folder is searched.
        others: What the assignment's other notebooks are called.

    Raises:
        NotHandedInError: If there is no such notebook.
        BadSubmissionError: If it cannot be read, or nobody can say which one is meant.
    """
    expected = given or folder / name
    if given is not None:
        files = [given] if given.is_file() and not given.is_symlink() else []
    else:
        walk = walk_regular_files(folder, _MAX_ENTRIES)
        files = [folder / file for file, _ in walk]
        if expected not in files and is_regular_file(expected):  # it is one of very many
            files.insert(0, expected)
    files = [file for file in files if file.name not in others]
    named = [file for file in files if file == given or is_notebook_name(file.name)]
    zips = [file for file in files if file in named or file.suffix.lower() == ".zip"]
    zips = [file for file in zips if is_zip(file)][:_MAX_ZIPS]
    if named == [expected] and not zips:
        return expected, ()
    problem = "is only a link" if expected.is_symlink() else "is missing"
    candidates = [(file, _shown(file, folder)) for file in named if file not in zips]
    for number, file in enumerate(zips):
        place = unpack_to() / str(number)
        inside = list(_unpack(file, place))
        candidates += [
            (place / one, f"{_shown(file, folder)}/{one}")
            for one in inside
            if is_notebook_name(one) and PurePosixPath(one).name not in others
        ]
    found, refused = _read(candidates, source)
    if not found:
        perhaps = [file for file in files if file not in named and file.suffix.lower() in _PERHAPS]
        more = [(file, _shown(file, folder)) for file in perhaps if _looks_like_notebook(file)]
        found, _ = _read(more, source)
    if not found:
        return _refuse(expected, problem, files, candidates, refused, name, others)
    return _choose(found, expected, problem, name, refused)


def _shown(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name


def _read(
    candidates: list[tuple[Path, str]], source: NotebookNode
) -> tuple[list[Found], dict[str, str]]:
    """Those candidates that have cells of the assignment; of the others why they were refused."""
    found, refused = [], {}
    names = grade_ids(source)
    for path, shown in candidates[:MAX_NOTEBOOKS]:
        try:
            notebook = read_notebook(path).notebook
        except BadSubmissionError as error:
            refused[shown] = str(error).replace(str(path), shown)
            continue
        recover_cells(notebook, source)
        if grade_ids(notebook) & names:
            found.append(Found(path, shown, _answers(notebook, source)))
        else:
            refused[shown] = ""
    return found, refused


def _answers(notebook: NotebookNode, source: NotebookNode) -> dict[str, str]:
    """What a student wrote: into the course's cells, and in cells of their own."""
    course = {name: cell for cell in source.cells if (name := grade_id(cell))}
    ids = {cell.get("id") for cell in source.cells}
    given = {same_text(release_source(cell)) for cell in source.cells} | {""}
    answers = {}
    for cell in notebook.cells:
        name, text = grade_id(cell), same_text(cell.source)
        if text in given:
            continue
        if name in course:
            untouched = nbgrader_of(cell).get("checksum") == _checksum(cell)
            if is_solution(course[name]) and not untouched:
                answers[name] = text
        elif cell.cell_type == "code" and cell.get("id") not in ids:
            answers[f"own: {text}"] = text
    return answers


def _checksum(cell: NotebookNode) -> str:
    try:
        return checksum(cell)
    except (TypeError, ValueError):  # the points are no number: somebody edited the metadata
        return ""


def _choose(
    found: list[Found], expected: Path, problem: str, name: str, refused: dict[str, str]
) -> tuple[Path, tuple[str, ...]]:
    """The one with the work in it, and notes on the others."""
    found.sort(key=lambda one: one.path != expected)
    worked = [one for one in found if one.answers]
    chosen = _richest(worked or found, expected)
    if chosen is None:
        if worked[0].path != expected:
            names = ", ".join(one.shown for one in worked)
            raise BadSubmissionError(
                f"{expected} {problem} and several notebooks with different answers could be meant "
                f"instead ({names}). Rename the right one to {name}."
            )
        chosen = worked[0]
    notes = []
    if chosen.path != expected:
        why = problem
        if any(one.path == expected for one in found):
            why = "is the untouched release" if expected not in _paths(worked) else "has less in it"
        elif expected.name in refused:
            why = f"cannot be graded ({refused[expected.name] or 'it has none of our cells.'})"
        notes.append(f"{chosen.shown} was graded in place of {name}, which {why}.")
    for one in found:
        if one is chosen or one.path == expected:
            continue
        if one.answers != chosen.answers:
            what = "has other answers" if one.answers else "is untouched"
            notes.append(f"{one.shown} {what} and was passed over.")
    return chosen.path, tuple(notes)


def _paths(found: list[Found]) -> list[Path]:
    return [one.path for one in found]


def _richest(found: list[Found], expected: Path) -> Found | None:
    """The first one that has all that the others have; None if there is no such."""
    for one in found:
        if all(other.answers.items() <= one.answers.items() for other in found):
            return one
    if found[0].path == expected:
        return None
    for one in found:  # a later version of the same: more cells are answered, some anew
        others = [other.answers.keys() for other in found if other is not one]
        if all(keys < one.answers.keys() for keys in others):
            return one
    return None


def _refuse(
    expected: Path,
    problem: str,
    files: list[Path],
    candidates: list[tuple[Path, str]],
    refused: dict[str, str],
    name: str,
    others: frozenset[str],
) -> tuple[Path, tuple[str, ...]]:
    """Say why nothing can be graded; the expected notebook, if there is one, says that itself."""
    if any(path == expected for path, _ in candidates):
        return expected, ()
    if len(candidates) == 1 and refused.get(candidates[0][1]) == "" and not others:
        return candidates[0][0], (f"{expected} {problem}.",)  # whoever reads it says what it is
    sentences = [sentence for sentence in refused.values() if sentence]
    if sentences:
        raise BadSubmissionError(f"{expected} {problem}, and {sentences[0]}")
    if refused:
        names = ", ".join(list(refused)[:_NAMES_SHOWN])
        raise NotHandedInError(
            f"{expected} {problem}, and none of the notebooks beside it ({names}) has cells of "
            f"{name.removesuffix('.ipynb')}. Hand in the notebook {name}."
        )
    if expected in files:
        words = describe(_beginning(expected)) or "no notebook"
        raise BadSubmissionError(
            f"{expected} is {words}. Hand in the .ipynb file itself, as Jupyter saved it."
        )
    checkpoint = expected.parent / ".ipynb_checkpoints" / f"{expected.stem}-checkpoint.ipynb"
    if is_regular_file(checkpoint):
        raise BadSubmissionError(
            f"{expected} {problem}: the folder holds only Jupyter's automatic copy of an earlier "
            f"state (.ipynb_checkpoints/{checkpoint.name}). Hand in the notebook {name}."
        )
    there = [(file, describe(_beginning(file))) for file in files if file.name != "timestamp.txt"]
    told = next((f"; {file.name} is {words}" for file, words in there if words), "")
    if others:
        raise NotHandedInError(f"{expected} {problem}. Hand in the notebook {name}.")
    raise NotHandedInError(
        f"{expected} {problem}: the folder holds no notebook{told}. Hand in the notebook "
        f"{name}, as Jupyter saved it."
    )


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(20_000)
    except OSError:
        return b""


def _looks_like_notebook(file: Path) -> bool:
    start = _beginning(file).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start.startswith(b"{") and b"cell" in start.replace(b"\0", b"")


def _unpack(file: Path, place: Path) -> Iterator[str]:
    """Unpack notebooks, and the data files beside them, of a zip; their paths in it.

    No links, no path that leads out of ``place``, nothing encrypted, nothing beyond the caps.
    """
    left, data_left = _MAX_ZIP_BYTES, MAX_BYTES
    seen: set[str] = set()
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist()[:_MAX_ENTRIES]:
                path = _safe_path(entry)
                if path is None or path in seen:
                    continue
                notebook = is_notebook_name(path)
                room = min(left, MAX_FILE_MB * 2**20) if notebook else min(left, data_left)
                bomb = entry.file_size > max(_SUSPICIOUS, _MAX_RATIO * entry.compress_size)
                if bomb or entry.file_size > room or len(seen) >= MAX_FILES + MAX_NOTEBOOKS:
                    continue
                size = _extract(archive, entry, place / path, room)
                seen.add(path)
                left -= size
                if notebook:
                    yield path
                else:
                    data_left -= size
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError):
        return  # a damaged zip: what it held up to there counts


def _safe_path(entry: zipfile.ZipInfo) -> str | None:
    """An entry's path, if it is a plain file that stays inside; None otherwise."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.is_dir() or entry.flag_bits & 1 or kind not in {0, stat.S_IFREG}:
        return None
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    parts = path.parts
    if path.is_absolute() or ".." in parts or ":" in parts[0] or "\0" in name:
        return None
    if SKIPPED_FOLDERS & set(parts) or path.name.startswith("._"):
        return None
    return path.as_posix()


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, room: int) -> int:
    """Write an entry; its size, which is not taken from what the zip says of itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as stream, path.open("xb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > room:
                raise ValueError("larger than it says")
            file.write(chunk)
    return size
