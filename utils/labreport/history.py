"""What the checks said in the course of the work: a memory aid for *problems met*.

Each time a check's cell is run in a notebook, what it said is appended to
``labreport/history.jsonl``, if the course has given its students a folder ``labreport``. The file
stays with the student: it is neither handed in nor graded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from utils.checking.report import Report, nbgrader_execution
from utils.kernel import has_kernel
from utils.labreport.cover import find_folder
from utils.stubs import is_filled

FILE = "history.jsonl"
_LARGEST = 500_000


@dataclass(frozen=True)
class Entry:
    """One run of an exercise's checks.

    Attributes:
        time: When, in local time, to the minute.
        function: The function that was checked.
        message: What the first check that failed said; empty if all were right.
    """

    time: str
    function: str
    message: str


def record(report: Report) -> None:
    """Append what the checks of an exercise said, unless they say the same as the last time.

    Nothing is recorded where work is graded or validated, outside of a notebook, where there is no
    folder ``labreport``, of a stub that is not filled in yet, and once the file has half a
    megabyte.
    """
    if nbgrader_execution() or not has_kernel() or not _is_written(report.function):
        return
    folder = find_folder(Path.cwd())
    if folder is None:
        return
    message = next((line.message for line in report.lines if not line.right), "")
    path = folder / FILE
    try:
        last = [entry for entry in load(path) if entry.function == report.function][-1:]
        if (last and last[0].message == message) or (
            path.exists() and path.stat().st_size > _LARGEST
        ):
            return
        now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        line = {"time": now, "function": report.function, "message": message}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError:  # a memory aid is not worth an error in the middle of the work
        return


def load(path: Path) -> Iterator[Entry]:
    """All entries of a file, the oldest first; lines that are none are passed over."""
    if not path.is_file():
        return
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            yield Entry(str(entry["time"]), str(entry["function"]), str(entry["message"]))
        except (ValueError, TypeError, KeyError):
            continue


def met_problems(path: Path) -> list[str]:
    """For each different message, one line of Markdown: when it was met and when it was solved."""
    lines: dict[tuple[str, str], str] = {}
    solved: dict[str, str] = {}
    for entry in load(path):
        if not entry.message:
            solved[entry.function] = entry.time
            continue
        lines.setdefault((entry.function, entry.message), entry.time)
        solved.pop(entry.function, None)
    return [
        f"- {time}, `{function}`: {message}"
        + (f" ({solved[function]} ✓)" if function in solved else "")
        for (function, message), time in lines.items()
    ]


def _is_written(function: str) -> bool:
    from IPython import get_ipython  # noqa: PLC0415

    written = getattr(get_ipython(), "user_ns", {}).get(function)
    return written is None or is_filled(written)
