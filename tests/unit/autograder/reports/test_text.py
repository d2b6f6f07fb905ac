"""Text that any file can hold."""

from autograder.models import Verdict
from autograder.reports.text import plain_text, verdict_words


def test_plain_text():
    """Line ends become alike; characters that a file cannot hold are replaced."""
    assert plain_text("a\r\nb\rc\n\x00\x1b\ud800\ufffe\t🙂") == "a\nb\nc\n" + "\ufffd" * 4 + "\t🙂"


def test_every_verdict_has_words_of_its_own():
    """A report of another system needs a word for each."""
    words = [verdict_words(verdict) for verdict in Verdict]
    assert len(set(words)) == len(words)
