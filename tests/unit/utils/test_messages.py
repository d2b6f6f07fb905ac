"""The messages: every key has a sentence, in the course's language, and it can be filled in."""

import ast
import json
import string
from pathlib import Path

import pytest

from tests.support.solutions import ROOT
from utils import messages
from utils.messages import catalogues, get_message, load_messages, speaking
from utils.messages.sentence import fill


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


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dW1", "请看 dW1 是 None"),
        ("差异", "请看差异是 None"),
        ("dW1 的和", "请看 dW1 的和是 None"),
        ("均值 m", "请看均值 m 是 None"),
        ("{0}", "请看 {0} 是 None"),
        ("", "请看  是 None"),
    ],
)
def test_spaces_beside_chinese(monkeypatch, name, sentence):
    """A space stands between Chinese and names of code, and none within Chinese."""
    monkeypatch.setattr(messages, "load_messages", lambda _: {"key": "请看 {name} 是 None"})
    assert get_message("key", name=name) == sentence


def test_spaces_beside_other_scripts():
    """They stay as the sentence has them."""
    with speaking("en"):
        assert get_message("none", name="差异").startswith("差异 is None")


@pytest.fixture
def own_language():
    """Forget afterwards what a student asked for."""
    yield messages.use_language
    messages._own.clear()


def test_the_graders_language():
    """It holds in a block and in those within it, and afterwards the one before holds again."""
    with speaking("zh_CN"):
        assert get_message("passed") == "正确"
        with speaking("en"):
            assert get_message("passed") == "right"
        assert get_message("passed") == "正确"
    assert get_message("passed") == "right"


def test_a_missing_sentence_is_english(monkeypatch):
    """A catalogue need not be complete."""
    monkeypatch.setattr(
        catalogues, "english_sentences", lambda _: {"passed": "right", "new": "A new sentence."}
    )
    catalogues.sentences.cache_clear()
    with speaking("zh_CN"):
        assert (get_message("passed"), get_message("new")) == ("正确", "A new sentence.")
    catalogues.sentences.cache_clear()


@pytest.mark.parametrize("language", ["zz", "../../etc/passwd"])
def test_an_unknown_language(language):
    """The messages are in English then, and a student who asks for it is told."""
    with speaking(language):
        assert get_message("passed") == "right"
    with pytest.raises(ValueError, match="only in en, zh_CN"):
        messages.use_language(language)


def test_a_notebook_speaks_its_own_language(tmp_path, monkeypatch, own_language):
    """That of its release, unless the student asks for another; graded, it is the course's."""
    monkeypatch.chdir(tmp_path)
    Path("hints.json").write_text(json.dumps({"schema": 2, "language": "zh_CN"}), "utf-8")
    assert get_message("passed") == "正确"
    own_language("en")
    assert get_message("passed") == "right"
    with speaking("zh_CN"):
        assert get_message("passed") == "正确"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"language": 1}', '{"language": "zz"}', "\xff"])
def test_a_damaged_file_is_english(tmp_path, monkeypatch, text):
    """It must not stop a student's work."""
    monkeypatch.chdir(tmp_path)
    Path("hints.json").write_text(text, "latin-1")
    assert get_message("passed") == "right"


def test_an_unknown_key():
    """It is an error of ours, and raises an exception."""
    with pytest.raises(KeyError):
        get_message("no_such_sentence")


@pytest.mark.parametrize(
    ("sentence", "value", "filled"),
    [
        ("{x} 不对", "各行的均值", "各行的均值不对"),
        ("{x} 不对", "dW1", "dW1 不对"),
        ("{x}中的 b", "cache", "cache 中的 b"),
        ("{x}中的 b", "返回值", "返回值中的 b"),
        ("缺少 {x}。", "`b`", "缺少 `b`。"),
        ("缺少 {x}。", "「无」", "缺少「无」。"),
        ("一个 {x!r:>5} 数", 3, "一个     3 数"),
        ("{x} is wrong, `a b`: 改 好", "均 值", "均 值 is wrong, `a b`: 改 好"),
    ],
)
def test_only_seams_get_spaces(sentence, value, filled):
    """Between a Chinese word and a Latin one, and nowhere else; a value itself stays as it is."""
    assert fill(sentence, {"x": value}) == filled
