"""What the checks said in the course of the work."""

import pytest

from utils.checking.report import Line, Report
from utils.labreport import history


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A student's folder, in a notebook."""
    (tmp_path / "labreport").mkdir()
    (tmp_path / "doubling").mkdir()
    monkeypatch.chdir(tmp_path / "doubling")
    monkeypatch.setattr(history, "has_kernel", lambda: True)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "labreport"


def report(message):
    """The report of one check; right if the message is empty."""
    verdict = "wrong" if message else "right"
    return Report("double", 1.0, (Line("the value", verdict, message, 0.0, 1.0),))


def test_each_different_message_is_met_once(folder):
    """The same message twice in a row is one entry; being right says when it was solved."""
    for message in ("too large", "too large", "too small", ""):
        history.record(report(message))
    entries = list(history.load(folder / history.FILE))
    assert [entry.message for entry in entries] == ["too large", "too small", ""]
    lines = history.met_problems(folder / history.FILE)
    assert len(lines) == 2
    assert all("`double`" in line and line.endswith("✓)") for line in lines)


def test_nothing_is_recorded_while_work_is_graded(folder, monkeypatch):
    """Nor where the course has given no folder."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    history.record(report("x"))
    assert not (folder / history.FILE).exists()
    monkeypatch.delenv("NBGRADER_EXECUTION")
    folder.rmdir()
    history.record(report("x"))
    assert not folder.exists()


def test_lines_that_are_no_entries_are_passed_over(folder):
    """The file is the student's."""
    (folder / history.FILE).write_text('{"time": "a"}\nnonsense\n[1]\n', "utf-8")
    history.record(report("x"))
    assert [entry.message for entry in history.load(folder / history.FILE)] == ["x"]


def test_a_full_file_grows_no_more(folder):
    """Half a megabyte is enough for any course."""
    (folder / history.FILE).write_text("x" * 600_000, "utf-8")
    history.record(report("x"))
    assert (folder / history.FILE).stat().st_size == 600_000


def test_a_file_that_cannot_be_written_stops_nobody(folder):
    """The check's table is what counts."""
    (folder / history.FILE).mkdir()
    history.record(report("x"))


def test_a_stub_that_is_not_filled_in_is_no_problem_met(folder, monkeypatch):
    """*Run All* on a new notebook would fill the list with messages about stubs."""
    monkeypatch.setattr(history, "_is_written", lambda _: False)
    history.record(report("returned None"))
    assert not (folder / history.FILE).exists()
