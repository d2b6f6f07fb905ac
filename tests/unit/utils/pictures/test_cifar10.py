"""CIFAR-10 as published, made small, and files that are something else."""

import io
import pickle
import tarfile

import numpy as np
import pytest

from tests.support.cifar10 import write_archive, write_folder
from utils.datasets import load_cifar10
from utils.pictures import cifar10


def assert_same(one, other):
    """Compare two sets of pictures, part by part."""
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.fixture
def batches():
    """Six small batches of made-up pictures, by name."""
    stream = np.random.RandomState(3)
    names = (*cifar10.BATCHES, cifar10.TEST_BATCH)
    return {
        name: (stream.randint(0, 256, (4, 3072)).astype(np.uint8), stream.randint(0, 10, 4))
        for name in names
    }


@pytest.fixture
def folder(tmp_path, batches):
    """The folder that the archive unpacks to."""
    return write_folder(tmp_path, batches)


@pytest.fixture
def archive(tmp_path, folder):
    """The archive itself."""
    return write_archive(tmp_path, folder)


def test_reads_the_folder(folder, batches):
    """Pixels stand in the order red, green, blue; the last training pictures are validation."""
    loaded = load_cifar10(folder, val=5, test=3)
    assert loaded.X_train.shape == (15, 32, 32, 3)
    assert [len(part) for part in loaded[:6]] == [15, 15, 5, 5, 3, 3]
    data, labels = batches["data_batch_1"]
    np.testing.assert_array_equal(loaded.X_train[0, :, :, 1].ravel(), data[0, 1024:2048])
    np.testing.assert_array_equal(loaded.y_train[:4], labels)
    data, labels = batches["data_batch_5"]
    np.testing.assert_array_equal(loaded.X_val[-1, :, :, 2].ravel(), data[3, 2048:])
    np.testing.assert_array_equal(loaded.y_test, batches["test_batch"][1][:3])
    assert loaded.names[3] == "cat"
    assert not loaded.shipped


def test_reads_the_archive(folder, archive):
    """Nothing needs to be unpacked."""
    assert_same(load_cifar10(archive, val=5), load_cifar10(folder, val=5))


def test_reads_what_python_3_pickles(folder, batches):
    """A batch that was written again with today's Python and NumPy is read as well."""
    data, labels = batches["data_batch_2"]
    for protocol in (2, 4):
        again = pickle.dumps({b"data": data, b"labels": labels.tolist()}, protocol)
        (folder / "data_batch_2").write_bytes(again)
        np.testing.assert_array_equal(load_cifar10(folder, val=5).y_train[4:8], labels)


@pytest.mark.parametrize(
    "hostile",
    [
        b"cos\nsystem\n(S'touch /tmp/owned'\ntR.",
        b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x00" + b"1\x85R.",
        b"cnumpy\nload\n(S'x'\ntR.",
    ],
)
def test_calls_nothing_that_a_pickle_names(folder, hostile):
    """A pickle can name any function; only an array's parts are followed."""
    (folder / "data_batch_3").write_bytes(hostile)
    with pytest.raises(ValueError, match=r"data_batch_3 cannot be read .* does not belong"):
        load_cifar10(folder)


def test_array_of_objects_is_refused(folder):
    """An array may hold bytes and nothing else."""
    objects = {b"data": np.array([None, "x"], dtype=object), b"labels": [0, 1]}
    (folder / "data_batch_1").write_bytes(pickle.dumps(objects, 2))
    with pytest.raises(ValueError, match="data_batch_1 cannot be read"):
        load_cifar10(folder)


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ([1, 2], "no array of 3072 bytes"),
        ({b"data": np.zeros((2, 3000), np.uint8), b"labels": [0, 1]}, "no array of 3072 bytes"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}, "one label"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 10]}, "other than 0 to 9"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"fine_labels": [0, 1]}, "one label"),
    ],
)
def test_says_what_is_wrong_with_a_batch(folder, batch, words):
    """What is no batch of CIFAR-10 gives a sentence with the file's name."""
    (folder / "test_batch").write_bytes(pickle.dumps(batch, 2))
    with pytest.raises(ValueError, match=f"test_batch .*{words}"):
        load_cifar10(folder)


def test_says_what_is_missing(folder, archive, tmp_path):
    """A path that is not there, a folder without a batch, and an archive of something else."""
    with pytest.raises(FileNotFoundError, match="is the path right"):
        load_cifar10(tmp_path / "nowhere")
    (folder / "data_batch_4").unlink()
    with pytest.raises(FileNotFoundError, match="has no data_batch_4"):
        load_cifar10(folder)
    with tarfile.open(archive, "w:gz") as made:
        made.addfile(tarfile.TarInfo("other"), io.BytesIO())
    with pytest.raises(FileNotFoundError, match="has no data_batch_1"):
        load_cifar10(archive)


def test_says_that_it_is_no_archive(archive):
    """A page that was saved in its place, or half a download."""
    whole = archive.read_bytes()
    for content in (b"<html>404</html>", whole[: len(whole) // 2]):
        archive.write_bytes(content)
        with pytest.raises(ValueError, match="cannot be read as an archive"):
            load_cifar10(archive)


def test_validation_leaves_something_to_train_on(folder):
    """More validation pictures than there are give a sentence."""
    with pytest.raises(ValueError, match="must be left for training"):
        load_cifar10(folder, val=20)
