"""Which files go with a notebook, and what is said of the others."""

import pytest

from autograder.course import data_files as data_files_module
from autograder.course.data_files import data_files, left_out


def test_all_files_go_along_and_nothing_is_said(tmp_path):
    """Notebooks and links do not, and are nobody's loss."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1,2")
    (tmp_path / "work.ipynb").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "data" / "a.csv")
    assert data_files(tmp_path) == {"data/a.csv": b"1,2"}
    assert left_out(tmp_path) == ""


def test_a_file_that_is_too_large_is_named_and_the_rest_goes_along(tmp_path, monkeypatch):
    """Else an instructor could only wonder why a notebook does not find its data."""
    monkeypatch.setattr(data_files_module, "MAX_BYTES", 2**20)
    (tmp_path / "a.bin").write_bytes(bytes(2**20 + 1))
    (tmp_path / "b.txt").write_text("b")
    assert data_files(tmp_path) == {"b.txt": b"b"}
    assert left_out(tmp_path) == (
        "1 file(s) beside the notebook were not there when it ran (a.bin): 200 files and 1 MB in "
        "all are taken along."
    )


@pytest.mark.parametrize(("count", "shown"), [(5, "c, d, e"), (6, "c, d, e, …")])
def test_of_too_many_files_the_first_go_along(tmp_path, monkeypatch, count, shown):
    """And a few of the others are named."""
    monkeypatch.setattr(data_files_module, "MAX_FILES", 2)
    for name in "abcdef"[:count]:
        (tmp_path / name).write_text("x")
    assert list(data_files(tmp_path)) == ["a", "b"]
    assert f"{count - 2} file(s)" in left_out(tmp_path)
    assert f"({shown})" in left_out(tmp_path)
