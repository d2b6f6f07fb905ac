"""Drawn pictures on disk: kept, read again, and drawn anew where that cannot be."""

import os
from pathlib import Path

import numpy as np
import pytest

from utils.datasets import load_pictograms
from utils.pictures import cache, pictograms


@pytest.fixture
def few(monkeypatch):
    """Draw 30 + 10 + 10 pictures only."""
    monkeypatch.setattr(cache, "TRAIN", 30)
    monkeypatch.setattr(cache, "VAL", 10)
    monkeypatch.setattr(cache, "TEST", 10)


def assert_same(one, other):
    """Compare two sets of pictures, part by part."""
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_parts_are_the_drawn_pictures_in_order(few, tmp_path):
    """Training, validation and test are cut from one drawing."""
    loaded = load_pictograms(5, tmp_path)
    X, y = pictograms.draw_pictures(50, 5)
    np.testing.assert_array_equal(np.concatenate(loaded[0:6:2]), X)
    np.testing.assert_array_equal(np.concatenate(loaded[1:6:2]), y)
    assert [len(part) for part in loaded[0:6:2]] == [30, 10, 10]
    assert loaded.names == pictograms.NAMES
    assert not loaded.shipped


def test_second_time_they_are_read(few, tmp_path, monkeypatch, capsys):
    """The first time says where they are kept, the second draws nothing and says nothing."""
    first = load_pictograms(0, tmp_path)
    (file,) = tmp_path.iterdir()
    assert str(file) in capsys.readouterr().out
    monkeypatch.setattr(pictograms, "draw_pictures", None)
    assert_same(load_pictograms(0, tmp_path), first)
    assert not capsys.readouterr().out
    assert first.shipped


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no zip", b"\x93NUMPY"])
def test_damaged_file_is_made_again(few, tmp_path, damage):
    """A file that cannot be read costs time and nothing else."""
    first = load_pictograms(0, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert_same(load_pictograms(0, tmp_path), first)
    assert len(file.read_bytes()) > len(damage)


def test_without_a_place_to_write_they_are_drawn(few, tmp_path, capsys):
    """In a jail there is no folder to write to: no file, no sentence, no error."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    loaded = load_pictograms(0, blocked / "cache")
    assert len(loaded.X_train) == 30
    assert not capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [blocked]


def test_no_part_of_a_file_is_left_behind(few, tmp_path, monkeypatch):
    """Where the disk is full, the temporary file goes away again."""

    def full(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full)
    assert len(load_pictograms(0, tmp_path).X_test) == 10
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="the variable is that of Linux and macOS")
def test_user_chooses_the_cache_folder(monkeypatch, tmp_path):
    """The usual variable of the user's system is heeded."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "deep-foundations"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert cache.cache_folder() == tmp_path / "home" / ".cache" / "deep-foundations"
