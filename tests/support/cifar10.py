"""Small files in the format in which CIFAR-10 is published: pickles of Python 2 in an archive."""

import struct
import tarfile


def write_folder(parent, batches):
    """Write the folder that the archive unpacks to.

    Args:
        parent: Where.
        batches: For each file its pictures, ``(n, 3072)`` bytes, and their labels.
    """
    folder = parent / "cifar-10-batches-py"
    folder.mkdir()
    for name, (data, labels) in batches.items():
        (folder / name).write_bytes(_published_batch(data, labels.tolist()))
    return folder


def write_archive(parent, folder):
    """Write the archive of such a folder."""
    file = parent / "cifar-10-python.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(folder, arcname=folder.name)
    return file


def _text(value):
    """Encode a Python 2 string, as its pickles have it."""
    return b"T" + struct.pack("<i", len(value)) + value


def _published_batch(data, labels):
    """Make the pickle that Python 2 and NumPy 1 wrote, opcode by opcode."""
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85"
        + _text(b"b")
        + b"tR(K\x01"
        + b"".join(b"J" + struct.pack("<i", length) for length in data.shape)
        + b"\x86cnumpy\ndtype\n("
        + _text(b"u1")
        + b"K\x00K\x01tR(K\x03"
        + _text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + _text(data.tobytes())
        + b"tb"
    )
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    entries = _text(b"data") + array + _text(b"labels") + numbers
    return b"\x80\x02}(" + _text(b"batch_label") + _text(b"training batch 1 of 5") + entries + b"u."
