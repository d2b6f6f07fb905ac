"""The messages: every key has a sentence, in the course's language, and it can be filled in."""

import ast
import string

import pytest

from tests.support.solutions import ROOT
from utils import messages
from utils.messages import get_message, load_messages


def keys_used():
    """Find every key that is written in a call of ``get_message``."""
    for folder in ("utils", "autograder"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "get_message":
                    key = node.args[0]
                    if isinstance(key, ast.Constant):
                        yield key.value


def test_every_key_has_a_sentence():
    """A key without a sentence would break a check in a student's notebook."""
    used = set(keys_used())
    assert len(used) > 20
    assert used - set(load_messages("en")) == set()


def test_every_sentence_can_be_filled():
    """Braces contain names, and none is left over."""
    for key, text in load_messages("en").items():
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        assert all(name.isidentifier() for name in names), key
        get_message(key, **dict.fromkeys(names, "x"))


def test_values_are_filled_in_as_they_are():
    """Braces in a value are no placeholders."""
    assert "W{0} is None" in get_message("none", name="W{0}")


def test_another_language(monkeypatch):
    """COURSE_LANGUAGE chooses the language; a sentence that is missing in it is in English."""
    english = load_messages("en")

    def load(language):
        return {"passed": "richtig"} if language == "xx" else english

    monkeypatch.setattr(messages, "load_messages", load)
    monkeypatch.setenv("COURSE_LANGUAGE", "xx")
    assert get_message("passed") == "richtig"
    assert get_message("none", name="A") == english["none"].format(name="A")


@pytest.mark.parametrize("language", ["zz", "../../etc/passwd", ""])
def test_an_unknown_language(monkeypatch, language):
    """The messages are in English then."""
    monkeypatch.setenv("COURSE_LANGUAGE", language)
    assert get_message("passed") == "right"


def test_an_unknown_key():
    """It is an error of ours, and raises an exception."""
    with pytest.raises(KeyError):
        get_message("no_such_sentence")
