"""Every sentence is data: said in the course's language, with nothing left open."""

import ast
import string

import pytest

from tests.support.solutions import ROOT
from utils import messages
from utils.messages import get_message, sentences


def keys_used():
    """Every key that the code says, read from its text."""
    for folder in ("utils", "autograder"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "get_message":
                    key = node.args[0]
                    if isinstance(key, ast.Constant):
                        yield key.value


def test_whatever_is_said_has_a_sentence():
    """A key without its sentence would break a check in a student's notebook."""
    used = set(keys_used())
    assert len(used) > 20
    assert used - set(sentences("en")) == set()


def test_every_sentence_can_be_filled():
    """Names between braces, and no stray brace."""
    for key, text in sentences("en").items():
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        assert all(name.isidentifier() for name in names), key
        get_message(key, **dict.fromkeys(names, "x"))


def test_values_stand_in_the_sentence():
    """Braces in a value are letters."""
    assert "W{0} is None" in get_message("none", name="W{0}")


def test_another_language(monkeypatch):
    """COURSE_LANGUAGE chooses it; what it lacks is said in English."""
    english = sentences("en")

    def found(language):
        return {"passed": "richtig"} if language == "xx" else english

    monkeypatch.setattr(messages, "sentences", found)
    monkeypatch.setenv("COURSE_LANGUAGE", "xx")
    assert get_message("passed") == "richtig"
    assert get_message("none", name="A") == english["none"].format(name="A")


@pytest.mark.parametrize("language", ["zz", "../../etc/passwd", ""])
def test_a_language_that_there_is_not(monkeypatch, language):
    """It is English, then."""
    monkeypatch.setenv("COURSE_LANGUAGE", language)
    assert get_message("passed") == "right"


def test_a_key_that_there_is_not():
    """That is our mistake, and loud."""
    with pytest.raises(KeyError):
        get_message("no_such_sentence")
