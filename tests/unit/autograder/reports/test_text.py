"""Text that any file can hold."""

from autograder.reports.text import plain_text


def test_plain_text():
    """Line ends become alike; characters that a file cannot hold are replaced."""
    assert plain_text("a\r\nb\rc\n\x00\x1b\ud800\ufffe\t🙂") == "a\nb\nc\n" + "\ufffd" * 4 + "\t🙂"
