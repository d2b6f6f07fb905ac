"""An answer is parsed before anything compares or formats it, and refused in words if it is odd."""

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.engine.protocol import wire
from autograder.engine.trusted.replies import read_call_reply, read_cell_reply
from autograder.engine.trusted.sanitizer import clean_output
from tests.support.reply_reader import read_answer

ARRAY = np.array([1.0, 2.0])
STREAM = {"output_type": "stream", "name": "stdout", "text": "x"}
FIGURE = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
RESULT = {**FIGURE, "output_type": "execute_result", "execution_count": 1}
ERROR = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a"]}
FAILURE = {
    "ename": "E",
    "evalue": "v",
    "line_number": 1,
    "line": "x",
    "memory": False,
    "denied": False,
}
STATE = np.random.RandomState(3).get_state()
CELL = ([STREAM, FIGURE, RESULT, ERROR], [None, "a", None, None], [("a", FIGURE)], False, STATE)
CALL = (FAILURE, STATE, [STREAM, FIGURE, RESULT], False, [("UserWarning", "w", 3)])


def answer_with(kind, report):
    """The whole answer to a request, as it is sent."""
    encoded = wire.Encoder().encode(report)
    return ["ran", encoded] if kind == "cell" else ["answered", 1.5, [], encoded]


def paths(value, path=()):
    """Where the parts of a report are."""
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(part, (*path, key))
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from paths(part, (*path, place))


def replaced(value, path, new):
    """A copy of a report with another value at one place."""
    if not path:
        return new
    if isinstance(value, dict):
        return {**value, path[0]: replaced(value[path[0]], path[1:], new)}
    parts = list(value)
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return type(value)(parts)


PLACES = [
    (kind, path) for kind, report in (("cell", CELL), ("call", CALL)) for path in paths(report)
]
ODD = [
    ARRAY,
    np.float64(1.0),
    np.zeros((0, 3)),
    2**8000,
    -1,
    float("nan"),
    True,
    None,
    [],
    [ARRAY, ARRAY],
    (),
    {},
    {1: ARRAY},
    "x",
    b"x",
    1j,
]


def test_honest_answers_are_read():
    """Without this, the other tests might refuse everything."""
    reply = read_cell_reply(answer_with("cell", CELL))
    assert [output["output_type"] for output in reply.outputs] == [
        *("stream", "display_data", "execute_result", "error")
    ]
    assert reply.display_ids[1] == reply.updates[0][0] == "a"
    assert reply.random_state is not None
    call = read_call_reply(CALL)
    assert (call.failure.line_number, call.warnings) == (1, [(UserWarning, "w", 3)])


@pytest.mark.parametrize(("kind", "path"), PLACES, ids=str)
def test_anything_may_stand_anywhere(kind, path):
    """An array, a huge number or nothing in place of any part of an answer breaks no grader."""
    report = CELL if kind == "cell" else CALL
    for odd in ODD:
        read_answer(wire.pack(answer_with(kind, replaced(report, path, odd))))


@pytest.mark.parametrize("name", ["output_type", "name", "text"])
def test_an_array_in_place_of_a_text_is_refused(name):
    """Comparing it with a text would raise in the grader."""
    report = replaced(CELL, (0, 0, name), ARRAY)
    with pytest.raises(wire.WireError, match="it is no CellReport"):
        read_cell_reply(answer_with("cell", report))
    with pytest.raises(wire.WireError, match="it is no CallReport"):
        read_call_reply(replaced(CALL, (2, 0, name), ARRAY))


@pytest.mark.parametrize("odd", [ARRAY, [ARRAY], {"a": ARRAY}, 1.5, None])
@pytest.mark.parametrize("key", ["needs_background", "image/png", "width"])
def test_metadata_of_a_figure_may_be_anything(key, odd):
    """Only a known background and plain sizes are kept."""
    metadata = {"image/png": {key: odd}, key: odd}
    cleaned = clean_output({**FIGURE, "metadata": metadata})
    assert not cleaned["metadata"] or cleaned["metadata"] == {"image/png": {"width": 1.5}}


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(max_side=3)).filter(
        lambda array: array.dtype.kind in "biufc"
    ),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.tuples(parts, parts)
        | st.dictionaries(
            st.sampled_from(["data", "metadata", "text", "name", "output_type"]), parts
        )
    ),
    max_leaves=6,
)


@given(place=st.sampled_from(PLACES), value=plain)
@settings(deadline=None, max_examples=300)
def test_any_plain_value_may_stand_anywhere(place, value):
    """As before, with generated values."""
    kind, path = place
    report = CELL if kind == "cell" else CALL
    read_answer(wire.pack(answer_with(kind, replaced(report, path, value))))


raw = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.floats() | st.text(max_size=5) | st.binary(),
    lambda parts: st.lists(parts, max_size=5),
    max_leaves=12,
)


@given(raw, st.lists(raw, max_size=2), raw)
@settings(deadline=None, max_examples=300)
def test_any_message_may_be_an_answer(result, changed, rest):
    """Below the level of plain values, where tags and numbers of parts are."""
    read_answer(msgpack.packb(["answered", result, changed, rest]))
    read_answer(msgpack.packb(["ran", rest]))
