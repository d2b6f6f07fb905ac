"""Pytest plugin: what the zygotes and the students' processes run counts as covered.

coverage.py cannot see them: a zygote starts in a clean environment, and a student's process is
jailed and ends by SIGKILL, so it could save nothing. ``child_tracer`` marks their lines instead,
and here the marks become one more file for ``coverage combine``. Zygotes that a command of ours
starts in a process of its own are not measured; the tests of the engine start theirs in pytest's.

Loaded where coverage is measured, with ``-p tests.support.child_coverage``, and nowhere else: every
call in a student's process is traced, which takes time.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from coverage import Coverage, CoverageData

ROOT = Path(__file__).parents[2]
TRACER = Path(__file__).with_name("child_tracer.py")
PACKAGES = ("autograder", "utils")


def measured_files() -> dict[str, int]:
    """Every file of ours with the place of its first mark, and under "" the length of all."""
    starts, length = {}, 0
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            starts[str(path)] = length
            length += path.read_bytes().count(b"\n") + 2
    return starts | {"": length}


def save(marks: bytes, starts: dict[str, int]) -> None:
    """Write the marks as a data file beside coverage.py's own."""
    data = CoverageData(basename=Coverage().config.data_file, suffix=True)
    ends = [*starts.values()][1:]
    data.add_lines(
        {
            file: {line for line, mark in enumerate(marks[start:end]) if mark}
            for (file, start), end in zip(starts.items(), ends, strict=False)
        }
    )
    data.write()


class Measured:
    """One pytest process, each of whose zygotes starts with the tracer in front."""

    def __init__(self) -> None:
        from autograder.engine.trusted import (
            zygote_client,  # once coverage.py has begun: imports count too
        )

        self._starts = measured_files()
        self._marks = Path(tempfile.mkstemp(suffix=".marks")[1])
        self._marks.write_bytes(bytes(self._starts[""]))
        self._patch = pytest.MonkeyPatch()
        boot = f"mark_lines({str(self._marks)!r}, {self._starts!r})\n{zygote_client._START_CODE}"
        self._patch.setattr(zygote_client, "_START_CODE", f"{TRACER.read_text('utf-8')}\n{boot}")

    def pytest_sessionfinish(self) -> None:
        """Save what was marked, before pytest-cov puts the files of all processes together."""
        self._patch.undo()
        save(self._marks.read_bytes(), self._starts)
        self._marks.unlink()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin, after pytest-cov; not in the process that only hands out tests."""
    if not session.config.getoption("numprocesses", None):
        session.config.pluginmanager.register(Measured())
