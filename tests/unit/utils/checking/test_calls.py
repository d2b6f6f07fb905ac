"""``utils.checking.calls``: copies for the function, a record for the check."""

from __future__ import annotations

import numpy as np
import pytest

from utils.checking.calls import RecordedFunction, RemoteFunction, deep_copy


def recorded(function, *, copies=True):
    """The function as a check sees it, and its record."""
    calls = []
    return RecordedFunction("f", function, calls, copies=copies), calls


def emptied(x, *, bag):
    """Change both inputs in place; return one of them."""
    x *= 0
    bag["W"] *= 0
    return x


def test_inputs_are_safe_from_the_function():
    """What the function does to its inputs, the check does not see; the record does."""
    f, calls = recorded(emptied)
    x, bag = np.ones(3), {"W": np.ones(2)}
    f(x, bag=bag)
    assert x.all()
    assert bag["W"].all()
    (call,) = calls
    assert call.before[0][0].all()
    assert not call.after[0][0].any()
    assert not call.after[1]["bag"]["W"].any()


def test_a_check_may_hand_over_the_inputs_themselves():
    """It sees what the function does to them."""
    f, calls = recorded(emptied, copies=False)
    x, bag = np.ones(3), {"W": np.ones(2)}
    assert f(x, bag=bag) is x
    assert not x.any()
    assert calls[0].before[0][0].all()


def test_what_a_function_calls_itself_is_its_own_affair():
    """The inner call is not remembered, and may change what it is given."""
    inner, calls = recorded(emptied)

    def outer(x):
        inner(x, bag={"W": np.ones(1)})
        return x.sum()

    f = RecordedFunction("outer", outer, calls, copies=True)
    assert f(np.ones(3)) == 0
    assert [call.function for call in calls] == ["outer"]
    inner(np.ones(2), bag={"W": np.ones(1)})
    assert [call.function for call in calls] == ["outer", "f"]


def test_copies_are_deep():
    """Of all that exercises are made of; what is one object stays one, and may hold itself."""
    x = np.arange(6.0).reshape(2, 3).T
    loop = [x]
    loop.append(loop)
    value = {"a": (x, [x, 1.0, "s", None]), "loop": loop, "state": np.random.RandomState(1)}
    made = deep_copy(value)
    assert made["a"][0] is made["a"][1][0] is made["loop"][0]
    assert made["loop"][1] is made["loop"]
    assert made["a"][0] is not x
    assert made["a"][0].flags.f_contiguous
    assert np.array_equal(made["a"][0], x)
    assert made["state"] is not value["state"]


def test_one_object_handed_twice_stays_one():
    """``f(x, x)`` is not ``f(x, y)``."""
    f, _ = recorded(lambda a, b: a is b)
    x = np.ones(2)
    assert f(x, x)
    assert not f(x, x.copy())


def test_answers_are_remembered_as_they_were():
    """A later call that changes an earlier answer does not change the record."""
    kept = np.zeros(2)

    def grows():
        kept[:] += 1
        return kept

    f, calls = recorded(grows)
    f(), f()
    assert [call.answer[0] for call in calls] == [1, 2]


def test_errors_are_remembered_and_raised():
    """The check deals with them."""
    error = ValueError("no")

    def fails(_):
        raise error

    f, calls = recorded(fails)
    with pytest.raises(ValueError, match="no"):
        f(1)
    assert calls[0].error is error


def test_what_cannot_be_copied_is_handed_over_as_it_is():
    """An object of the student's own may refuse."""

    class Odd:
        def __deepcopy__(self, _):
            raise RuntimeError

    odd = Odd()
    f, _ = recorded(lambda x: x)
    assert f(odd) is odd


@pytest.mark.parametrize(("copies", "way"), [(True, "apart"), (False, "itself")])
def test_a_function_elsewhere_is_left_to_whoever_passes_its_calls_on(copies, way):
    """It gets the very inputs, and is told whether it may change them; nothing is remembered."""

    class There(RemoteFunction):
        def __call__(self, *args, **keywords):
            return "itself", args, keywords

        def apart(self, args, keywords):
            return "apart", args, keywords

    f, calls = recorded(There(), copies=copies)
    x = np.ones(2)
    told, args, keywords = f(x, y=x)
    assert told == way
    assert args[0] is keywords["y"] is x
    assert calls == []
