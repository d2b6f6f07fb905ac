"""Recorded calls: the function gets copies of its arguments, and each call is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from utils.checking.calls import RecordedFunction, RemoteFunction, deep_copy


def recorded(function, *, copies=True):
    """The function as a check calls it, and the list of its recorded calls."""
    calls = []
    return RecordedFunction("f", function, calls, copies=copies), calls


def emptied(x, *, bag):
    """Change both arguments in place; return one of them."""
    x *= 0
    bag["W"] *= 0
    return x


def test_the_function_changes_only_copies():
    """The arguments stay as they were; the record has them as the function left them."""
    f, calls = recorded(emptied)
    x, bag = np.ones(3), {"W": np.ones(2)}
    f(x, bag=bag)
    assert x.all()
    assert bag["W"].all()
    (call,) = calls
    assert call.before[0][0].all()
    assert not call.after[0][0].any()
    assert not call.after[1]["bag"]["W"].any()


def test_without_copies_the_arguments_are_changed():
    """So the check can see what the function does to them."""
    f, calls = recorded(emptied, copies=False)
    x, bag = np.ones(3), {"W": np.ones(2)}
    assert f(x, bag=bag) is x
    assert not x.any()
    assert calls[0].before[0][0].all()


def test_calls_between_the_students_functions_are_not_recorded():
    """An inner call is not recorded and gets no copies."""
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
    """One object is copied once, and an object that contains itself is copied too."""
    x = np.arange(6.0).reshape(2, 3).T
    loop = [x]
    loop.append(loop)
    value = {"a": (x, [x, 1.0, "s", None]), "loop": loop, "state": np.random.RandomState(1)}
    copied = deep_copy(value)
    assert copied["a"][0] is copied["a"][1][0] is copied["loop"][0]
    assert copied["loop"][1] is copied["loop"]
    assert copied["a"][0] is not x
    assert copied["a"][0].flags.f_contiguous
    assert np.array_equal(copied["a"][0], x)
    assert copied["state"] is not value["state"]


def test_one_object_passed_twice_stays_one():
    """``f(x, x)`` is not called as ``f(x, y)``."""
    f, _ = recorded(lambda a, b: a is b)
    x = np.ones(2)
    assert f(x, x)
    assert not f(x, x.copy())


def test_answers_are_recorded_as_copies():
    """A later call that changes an earlier answer does not change the record."""
    kept = np.zeros(2)

    def grows():
        kept[:] += 1
        return kept

    f, calls = recorded(grows)
    f(), f()
    assert [call.answer[0] for call in calls] == [1, 2]


def test_exceptions_are_recorded_and_raised():
    """The check handles them."""
    error = ValueError("no")

    def fails(_):
        raise error

    f, calls = recorded(fails)
    with pytest.raises(ValueError, match="no"):
        f(1)
    assert calls[0].error is error


def test_an_object_that_cannot_be_copied_is_passed_itself():
    """An object of the student may raise an exception when it is copied."""

    class Odd:
        def __deepcopy__(self, _):
            raise RuntimeError

    odd = Odd()
    f, _ = recorded(lambda x: x)
    assert f(odd) is odd


@pytest.mark.parametrize(("copies", "method"), [(True, "call_on_copies"), (False, "__call__")])
def test_a_remote_function_is_neither_copied_for_nor_recorded(copies, method):
    """It gets the arguments themselves, and is told whether it has to copy them."""

    class Remote(RemoteFunction):
        def __call__(self, *args, **keywords):
            return "__call__", args, keywords

        def call_on_copies(self, args, keywords):
            return "call_on_copies", args, keywords

    f, calls = recorded(Remote(), copies=copies)
    x = np.ones(2)
    called, args, keywords = f(x, y=x)
    assert called == method
    assert args[0] is keywords["y"] is x
    assert calls == []
