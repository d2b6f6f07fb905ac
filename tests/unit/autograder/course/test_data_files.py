"""Which files a notebook finds beside it when it runs, and the note about the others."""

import pytest

from autograder.course import data_files as data_files_module
from autograder.course.data_files import data_files, left_out


def test_small_files_are_all_taken_along(tmp_path):
    """Notebooks and links are not, and no note mentions them."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1,2")
    (tmp_path / "work.ipynb").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "data" / "a.csv")
    assert data_files(tmp_path) == {"data/a.csv": b"1,2"}
    assert left_out(tmp_path) == ""


def test_the_note_names_a_file_that_is_too_large(tmp_path, monkeypatch):
    """Otherwise an instructor could not see why a notebook does not find its data."""
    monkeypatch.setattr(data_files_module, "MAX_BYTES", 2**20)
    (tmp_path / "a.bin").write_bytes(bytes(2**20 + 1))
    (tmp_path / "b.txt").write_text("b")
    assert data_files(tmp_path) == {"b.txt": b"b"}
    assert left_out(tmp_path) == (
        "1 file(s) beside the notebook were not there when it ran (a.bin): at most 200 files and "
        "1 MB in total are taken along."
    )


@pytest.mark.parametrize(("count", "listed"), [(5, "c, d, e"), (6, "c, d, e, …")])
def test_only_the_first_of_too_many_files_are_taken_along(tmp_path, monkeypatch, count, listed):
    """The note names a few of the others."""
    monkeypatch.setattr(data_files_module, "MAX_FILES", 2)
    for name in "abcdef"[:count]:
        (tmp_path / name).write_text("x")
    assert list(data_files(tmp_path)) == ["a", "b"]
    assert f"{count - 2} file(s)" in left_out(tmp_path)
    assert f"({listed})" in left_out(tmp_path)


def test_a_full_folder_is_looked_at_up_to_a_cap(tmp_path, monkeypatch):
    """`autograder try` may be called on a notebook in a home directory."""
    monkeypatch.setattr(data_files_module, "MAX_ENTRIES", 20)
    looked = []
    real = data_files_module.walk_regular_files

    def walk(folder, most):
        for item in real(folder, most):
            looked.append(item)
            yield item

    monkeypatch.setattr(data_files_module, "walk_regular_files", walk)
    for number in range(30):
        below = tmp_path / f"folder{number}" / "deep"
        below.mkdir(parents=True)
        (below / "file").touch()
    (tmp_path / "near.csv").write_text("1")
    assert data_files(tmp_path) == {"near.csv": b"1"} or len(looked) <= 20
    assert len(looked) <= 20
