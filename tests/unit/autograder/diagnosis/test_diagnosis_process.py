"""A diagnosis runs in a process of its own, and costs itself only if it does not end."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.diagnosis import diagnosis_process
from autograder.diagnosis.diagnosis_process import explain_elsewhere
from autograder.engine.protocol import wire
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.student_call import StudentCall
from autograder.models import Verdict
from tests.support.cells import LIMITS

CALL = StudentCall("f", wire.dumps(((np.zeros(2),), {})), None, wire.dumps(1.0), wire.pack([]))


class Explainer:
    """Answers with what ``explain`` returns.

    Args:
        digest: Tells it apart.
        explain: Called with the calls, in the other process.
    """

    def __init__(self, digest, explain):
        self.digest = digest
        self._explain = explain

    def explain_calls(self, function, calls):
        """Texts, some of which tell about the process."""
        with Deadline(replace(LIMITS, cell_seconds=0.2)).watched():
            return (function, *self._explain(calls))


@pytest.fixture(autouse=True)
def _no_process_stays(monkeypatch):
    """Each test starts without one, and ends those that it made."""
    processes = {}
    monkeypatch.setattr(diagnosis_process, "_processes", processes)
    yield
    for process in processes.values():
        process.end()


def draw_for_ever(_):
    """Loop in C, as numpy does when it draws from a key without a bit."""
    np.random.set_state(("MT19937", np.zeros(624, np.uint32), 624, 0, 0.0))
    np.random.randn()


def test_it_is_another_process_and_the_same_one_for_a_class():
    """What it has replayed for one student serves the next."""
    explainer = Explainer(b"a", lambda _: (str(os.getpid()),))
    first, second = (explain_elsewhere(explainer, "f", [CALL]) for _ in range(2))
    assert first == second
    assert first != ("f", str(os.getpid()))


def test_calls_arrive_as_they_were_recorded():
    """With arguments, answer and exception."""
    raised = StudentError(Verdict.RAISED, "long text", ename="KeyError", evalue="W1")
    failed = replace(CALL, answer=None, changed=None, error=raised)

    def explain(calls):
        answered, other = calls
        assert answered.outcome()[0] == 1.0
        return other.error.ename, other.error.evalue, str(answered.arguments()[0][0].shape)

    assert explain_elsewhere(Explainer(b"a", explain), "f", [CALL, failed]) == (
        *("f", "KeyError", "W1", "(2,)"),
    )


@pytest.mark.parametrize("fault", [draw_for_ever, lambda _: os._exit(3), lambda _: 1 / 0])
def test_one_that_never_ends_costs_its_names_only(fault):
    """A loop in C, a crash, an error: nothing is named, and the next diagnosis is made."""
    assert explain_elsewhere(Explainer(b"a", fault), "f", [CALL]) == ()
    assert explain_elsewhere(Explainer(b"a", lambda _: ("plus",)), "f", [CALL]) == ("f", "plus")


def test_one_that_sleeps_is_ended_by_the_clock(monkeypatch):
    """It uses no CPU time, so this process holds the deadline."""
    monkeypatch.setattr(diagnosis_process, "_MAX_SECONDS", 0.2)
    sleeper = Explainer(b"a", lambda _: os.read(os.pipe()[0], 1))
    assert explain_elsewhere(sleeper, "f", [CALL]) == ()


def test_it_holds_nothing_open_of_this_process():
    """Who waits for this process to close a socket would wait for that one too."""
    ours, theirs = os.pipe()

    def open_pipes(_):
        return [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.exists()]

    links = explain_elsewhere(Explainer(b"a", open_pipes), "f", [])
    assert str(Path(f"/proc/self/fd/{ours}").readlink()) not in links
    os.close(ours)
    os.close(theirs)


def test_only_a_few_stay():
    """One for each assignment that is graded at the moment, not for all that ever were."""
    for number in range(7):
        explain_elsewhere(Explainer(bytes([number]), lambda _: ()), "f", [])
    assert list(diagnosis_process._processes) == [
        (bytes([number]), "en") for number in (3, 4, 5, 6)
    ]
