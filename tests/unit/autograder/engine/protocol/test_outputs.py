"""Outputs are merged, updated and cleared as a notebook's front end does it."""

import pytest

from autograder.engine.protocol.outputs import Collector, OutputTooLargeError, Stream


def test_text_of_one_stream_is_one_output():
    """Consecutive prints are one output; another stream begins another."""
    collector = Collector(100)
    for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]:
        collector.stream(name, text)
    assert [out["text"] for out in collector.finish()] == ["ab", "c", "d"]


def test_clear_output_with_wait_clears_once_something_follows():
    """``wait=True`` is how an animation avoids flicker."""
    collector = Collector(100)
    collector.stream("stdout", "old")
    collector.clear(wait=True)
    assert len(collector.outputs) == 1
    collector.stream("stdout", "new")
    assert [out["text"] for out in collector.finish()] == ["new"]


def test_an_update_changes_the_display_with_its_id():
    """The one of this cell, and it is passed on for displays of earlier cells."""
    collector = Collector(1000)
    collector.display({"text/plain": "old"}, {}, "x")
    collector.update({"text/plain": "new"}, {}, "x")
    assert collector.outputs[0]["data"] == {"text/plain": "new"}
    assert collector.updates == [("x", {"data": {"text/plain": "new"}, "metadata": {}})]


def test_output_beyond_the_limit_raises_and_errors_are_still_kept():
    """A cell that prints for ever is stopped; its error output is kept."""
    collector = Collector(10)
    stream = Stream("stdout")
    stream.collector = collector
    with pytest.raises(OutputTooLargeError):
        stream.write("x" * 11)
    assert collector.overflowed
    collector.error("E", "v", [])
    assert collector.finish()[0]["ename"] == "E"


def test_images_in_bytes_become_base64():
    """As Jupyter writes them."""
    collector = Collector(100)
    collector.display({"image/png": b"abc"}, {})
    assert collector.outputs[0]["data"] == {"image/png": "YWJj"}
