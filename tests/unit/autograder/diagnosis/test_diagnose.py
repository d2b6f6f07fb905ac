"""A mistake is named if there is just one explanation for a wrong answer, and never guessed."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from msgspec import structs

from autograder.diagnosis import diagnose as diagnose_module
from autograder.diagnosis import recorded_calls, replay
from autograder.diagnosis.diagnose import Diagnoser, diagnose
from autograder.diagnosis.mistakes import AcceptedForm, MistakeBank
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import LazyGlobals, Solution
from autograder.engine.protocol import random_state, wire
from autograder.engine.trusted.student_call import StudentCall
from autograder.models import CellResult, CheckResult, Verdict
from tests.support.mistake_bank import assignment, bank
from utils.checking.calls import RecordedFunction

CACHES = (
    diagnose_module._DIAGNOSES,
    recorded_calls._ARGUMENTS,
    replay._FACTS,
    replay._FINGERPRINTS,
    replay._MATCHES,
    replay._OUTCOMES,
)
X = np.arange(6.0).reshape(3, 2) + 1.0


@pytest.fixture(autouse=True)
def _empty_caches():
    """Nothing that other tests computed is reused."""
    for cache in CACHES:
        cache.clear()


@pytest.fixture
def diagnoser():
    """The diagnoser of a small exercise."""
    return Diagnoser(bank(), Solution(assignment()))


def calls_of(name, function, *argument_lists):
    """What a check records of some calls."""
    calls = []
    for arguments in argument_lists:
        with contextlib.suppress(Exception):  # it is in the record
            RecordedFunction(name, function, calls, copies=True)(*arguments)
    return [RecordedCall.from_check(call) for call in calls]


def ids(explanation):
    """The ids of what explains some calls."""
    return list(explanation.ids) if explanation else []


def explained(diagnoser, function, *argument_lists, name="centred"):
    """The ids of the mistakes that explain the calls."""
    return ids(diagnoser.explain(name, calls_of(name, function, *argument_lists)))


def cached(out, x, **axis):
    """The result with a cache, as the exercise returns it."""
    return out, {"mean": x.mean(**(axis or {"axis": 0}))}


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda x, scale=1.0: cached((x + x.mean(axis=0)) / scale, x), ["plus"]),
        (lambda x, scale=1.0: cached(x - x.mean(axis=0), x), ["unscaled"]),
        (lambda x, scale=1.0: cached(x + x.mean(axis=0), x), ["plus", "unscaled"]),
        (lambda x, scale=1.0: cached((x - x.mean(axis=0)) / scale, x), []),
        (lambda x, scale=1.0: cached(x * 7, x), []),
        (lambda x, scale=1.0: None, []),
    ],
)
def test_one_mistake_two_or_none(diagnoser, wrong, names):
    """One mistake, two at once; none for a right answer and none for an unknown mistake."""
    assert explained(diagnoser, wrong, (X,), (X, 2.0)) == names


def test_a_mistake_must_explain_every_call(diagnoser):
    """A mistake that explains only one of two calls is not named."""

    def fickle(x, scale=1.0):
        return cached((x + x.mean(axis=0)) / scale if scale == 1 else x * 0, x)

    assert explained(diagnoser, fickle, (X,)) == ["plus"]
    assert explained(diagnoser, fickle, (X,), (X, 2.0)) == []


def test_a_mistake_must_be_the_only_explanation(diagnoser):
    """If two known mistakes do the same, neither is named; a slip is true of both."""
    same = np.ones((2, 2))  # without a scale, "unscaled" does what the solution does
    both = Diagnoser(bank("plus", "unscaled"), Solution(assignment()))
    assert explained(both, lambda x: cached(x + x.mean(axis=0), x), (same,)) == ["plus"]
    twins = bank("plus")
    twins.mistakes["twin"] = structs.replace(twins.mistakes["plus"], id="twin")
    twin = Diagnoser(twins, Solution(assignment()))
    assert explained(twin, lambda x: cached(x + x.mean(axis=0), x), (X,)) == ["sign-in-out"]


def test_one_mistake_in_an_accepted_form_comes_before_two(diagnoser):
    """Nobody who made one mistake is told of two that happen to do the same."""
    replace = (("/ scale", "/ 2 / scale"),)
    form = AcceptedForm("halves", "centred", replace, "for this test")
    own = (X + X.mean(axis=0)) / 2
    one = MistakeBank(bank("plus").mistakes, accepted=(form,))
    assert explained(_of(one), lambda x: cached(own, x), (X,)) == ["plus"]
    mistakes = bank("plus").mistakes
    mistakes["half"] = structs.replace(mistakes["plus"], id="half", replace=replace)
    two = MistakeBank(mistakes)
    assert explained(_of(two), lambda x: cached(own, x), (X,)) == ["plus", "half"]
    both = MistakeBank(mistakes, accepted=(form,))
    assert explained(_of(both), lambda x: cached(own, x), (X,)) == ["plus"]


def test_one_slip_comes_before_two_known_mistakes():
    """Two known mistakes may do together what one slip does."""
    like = bank("plus").mistakes["plus"]
    pair = {
        name: structs.replace(like, id=name, replace=(texts,))
        for name, texts in (("two", ("(x -", "(2 * x -")), ("x", ("/ scale", "/ scale + mean - x")))
    }
    forgotten = explained(_of(MistakeBank(pair)), lambda x: cached(x, x), (X,))
    assert forgotten == ["term-in-out"]


def _of(mistakes):
    return Diagnoser(mistakes, Solution(assignment()))


def test_an_input_changed_in_place(diagnoser):
    """It is recognized by what the call did to its arguments, not by what it returned."""

    def changes(x, scale=1.0):
        answer = cached((x * 1.5 / 1.5 + 1 - x.mean(axis=0)) / scale, x)
        x += 1
        return answer

    assert explained(diagnoser, changes, (X,)) == ["in-place"]


def test_an_exception(diagnoser):
    """A mistake matches the same exception with the same text, and no other exception."""

    def raises(x, scale=1.0):
        return x - np.mean(x, axis=1)

    entry = bank("wrong-axis")
    lost = entry.mistakes["wrong-axis"]
    entry.mistakes["lost"] = type(lost)(
        "lost", "centred", (("axis=0", "axis=1"),), {"en": "t"}, {"en": "m"}
    )
    raising = Diagnoser(entry, Solution(assignment()))
    assert explained(raising, raises, (X,)) == ["lost"]
    assert explained(raising, np.linalg.inv, (X,)) == []


def test_random_draws_are_replayed(diagnoser):
    """A variant draws from the state that the student's function drew from."""
    np.random.seed(5)

    def wrong(x):
        return x - x.mean(axis=0) + np.random.rand(*x.shape) / 2

    assert explained(diagnoser, wrong, (X,), (X,), name="noisy") == ["halved"]


def test_the_function_with_the_mistake_is_blamed(diagnoser):
    """``noisy`` does the right thing with the wrong result of ``centred``."""
    wrong = Solution(assignment()).globals_with_mistakes([bank().mistakes["plus"]])
    np.random.seed(1)
    calls = calls_of("noisy", wrong.function("noisy"), (X,))
    assert ids(diagnoser.explain("noisy", calls)) == ["plus"]


def test_a_function_that_was_right_when_it_was_called_is_not_blamed(diagnoser):
    """``noisy`` calls ``centred``, whose recorded calls are right, so ``noisy`` is wrong."""
    np.random.seed(1)

    def wrong(x):
        return x - x.mean(axis=0) + np.random.rand(*x.shape) / 2

    helper = Solution(assignment()).fresh_globals().function("centred")
    calls = [*calls_of("centred", helper, (X,)), *calls_of("noisy", wrong, (X,))]
    assert ids(diagnoser.explain("noisy", calls)) == ["halved"]


def test_two_wrong_functions(diagnoser):
    """The mistake in the exercise's own function is named if the other does not explain it."""
    plus = (
        Solution(assignment()).globals_with_mistakes([bank().mistakes["plus"]]).function("centred")
    )
    np.random.seed(1)

    def wrong(x):
        return x - x.mean(axis=0) + np.random.rand(*x.shape) / 2

    calls = [*calls_of("centred", plus, (X,)), *calls_of("noisy", wrong, (X,))]
    assert ids(diagnoser.explain("noisy", calls)) == ["halved"]


def test_free_positions(diagnoser):
    """A position that is declared free is not compared: a cache may hold anything."""

    def wrong(x, scale=1.0):
        return (x + x.mean(axis=0)) / scale, "my own cache"

    assert explained(diagnoser, wrong, (X,)) == []
    free = Diagnoser(bank(free={"centred": [1]}), Solution(assignment()))
    assert explained(free, wrong, (X,)) == ["plus"]


def test_a_missing_cache_is_not_blamed_on_a_known_mistake():
    """Another exercise stops for want of the cache, whatever else is wrong with the function."""

    def plus(x, scale=1.0):
        return (x + x.mean(axis=0)) / scale, {"mean": x.mean(axis=0)}

    diagnoser = Diagnoser(bank(free={"centred": [1]}), Solution(assignment()))
    calls = calls_of("centred", plus, (X, 2.0))
    assert ids(diagnoser.explain("spread", calls)) == ["plus"]
    calls = calls_of("centred", lambda x, scale=1.0: (plus(x, scale)[0], None), (X, 2.0))
    assert diagnoser.explain("spread", calls) is None
    assert ids(diagnoser.explain("centred", calls)) == ["plus"]


def test_the_random_state_is_left_alone(diagnoser):
    """A diagnosis does not change the grader's own random state."""
    np.random.seed(3)
    before = random_state.current()
    explained(diagnoser, lambda x: cached(x + x.mean(axis=0), x), (X,))
    assert np.array_equal(before[1], random_state.current()[1])


def result(*verdicts):
    """A test cell's result with one check for each verdict."""
    checks = tuple(CheckResult(f"c{n}", verdict, "own") for n, verdict in enumerate(verdicts))
    return CellResult("centred-check", 10.0, 0.0, verdicts[0], checks)


def engine_call(answer):
    """A call as the engine records it: packed."""
    encoder = wire.Encoder()
    question = wire.pack(encoder.encode(((X,), {})))
    state = random_state.current()
    encoder.encode(state)
    packed = wire.pack(encoder.encode(answer))
    return StudentCall("centred", question, state, packed, wire.pack([]))


def test_a_student_may_work_on_copies(diagnoser):
    """A student's function need not change an argument in place where the solution does."""
    known = bank("plus")
    made = assignment()
    for cell in made.notebook.cells:
        line = "mean = np.mean(x, axis=0)\n"
        cell.source = cell.source.replace(line, "x -= 1\n    " + line)
    changing = Diagnoser(known, Solution(made))

    def on_a_copy(x, scale=1.0):
        y = x - 1
        return cached((y + y.mean(axis=0)) / scale, y)

    assert explained(changing, on_a_copy, (X,)) == ["plus"]


def test_a_cache_with_a_layout_of_its_own(diagnoser):
    """What one exercise passes to the next may have any layout: each variant gets its own."""
    free = bank("plus", free={"centred": [1]})
    made = assignment()
    made.notebook.cells[4].source = (
        "def uses(cache, k):\n    ### START CODE HERE ###\n    y = cache['mean'] * k\n"
        "    ### END CODE HERE ###\n    return y\n"
    )
    free.mistakes["added"] = type(free.mistakes["plus"])(
        "added", "uses", (("* k", "+ k"),), {"en": "t"}, {"en": "m"}
    )
    mine = Diagnoser(free, Solution(made))
    out, cache = X - X.mean(axis=0), ["my", X.mean(axis=0)]
    forward = calls_of("centred", lambda x: (out, cache), (X,))
    backward = calls_of("uses", lambda cache, k: cache[1] + k, (cache, 3.0))
    assert ids(mine.explain("uses", [*forward, *backward])) == ["added"]
    right = calls_of("uses", lambda cache, k: cache[1] * k, (cache, 3.0))
    assert mine.explain("uses", [*forward, *right]) is None


def test_an_argument_with_too_many_values(diagnoser):
    """A huge list, made up by a student, is not passed to every variant."""
    calls = calls_of("centred", lambda x: x, ([0.0] * 100_000,))
    assert diagnoser.explain("centred", calls) is None


def engine_calls(function, *inputs, name="centred"):
    """Calls of a function as the engine records them."""
    calls = []
    for x in inputs:
        encoder = wire.Encoder()
        question = wire.pack(encoder.encode(((x,), {})))
        state = random_state.current()
        encoder.encode(state)
        answer = wire.pack(encoder.encode(function(x)))
        calls.append(StudentCall(name, question, state, answer, wire.pack([])))
    return [RecordedCall.from_engine(call) for call in calls]


def wrong_in_many_ways():
    """The functions of a class of students; each ``k`` is another unknown mistake."""
    yield lambda x: cached(x + x.mean(axis=0), x)
    row = {"axis": 1, "keepdims": True}
    yield lambda x: cached(x - x.mean(**row), x, **row)
    yield lambda x: cached(x + x.mean(**row), x, **row)
    yield lambda x: cached((x + x.mean(axis=0)) * (1 + 1e-9), x)
    for k in range(3, 9):
        yield lambda x, k=k: cached(x * k, x)
    yield lambda x: None


class TestCaches:
    """What is cached of one student's diagnosis for the next."""

    def test_a_diagnosis_does_not_depend_on_who_came_before(self, diagnoser):
        """A student gets the same diagnosis alone, or after others in any order."""
        alone = []
        for function in wrong_in_many_ways():
            for cache in CACHES:
                cache.clear()
            alone.append(diagnoser.explain("centred", engine_calls(function, X, X * 2)))
        first_ids = [ids(explanation) for explanation in alone[:4]]
        assert first_ids == [["plus"], ["wrong-axis"], ["wrong-axis", "plus"], ["plus"]]
        functions = list(wrong_in_many_ways())
        for order in (range(len(functions)), reversed(range(len(functions)))):
            for index in order:
                calls = engine_calls(functions[index], X, X * 2)
                assert diagnoser.explain("centred", calls) == alone[index]

    def test_a_variant_runs_once_for_a_class(self, diagnoser, monkeypatch):
        """Once for the same inputs; again for other inputs or another random state."""
        runs = []
        original = replay.Replay._call

        def counted(self, index):
            runs.append(index)
            return original(self, index)

        monkeypatch.setattr(replay.Replay, "_call", counted)
        np.random.seed(1)
        first, second, third = list(wrong_in_many_ways())[4:7]
        diagnoser.explain("centred", engine_calls(first, X))
        once = len(runs)
        assert once > 4
        diagnoser.explain("centred", engine_calls(second, X))
        assert len(runs) == once
        diagnoser.explain("centred", engine_calls(second, X * 3))
        assert len(runs) == 2 * once
        np.random.seed(2)
        diagnoser.explain("centred", engine_calls(third, X))
        assert len(runs) == 3 * once

    def test_another_solution_or_bank_has_its_own_diagnoses(self, diagnoser):
        """Even with the same ids, the same calls and the same answers."""
        calls = engine_calls(lambda x: cached(x + x.mean(axis=0), x), X)
        assert ids(diagnoser.explain("centred", calls)) == ["plus"]
        made = assignment()
        for cell in made.notebook.cells:
            cell.source = cell.source.replace("OFFSET = 3", "OFFSET = 3\nmore = 5")
            cell.source = cell.source.replace("out = (x - mean)", "out = more * (x - mean)")
        assert Diagnoser(bank(), Solution(made)).explain("centred", calls) is None
        other = Diagnoser(bank("unscaled"), Solution(assignment()))
        assert ids(other.explain("centred", calls)) == ["sign-in-out"]
        free = bank("plus", free={"centred": [0]})
        assert Diagnoser(free, Solution(assignment())).explain("centred", calls) is None

    def test_a_memory_error_is_not_cached(self, diagnoser, monkeypatch):
        """It depended on this process at that moment; the next student gets a diagnosis."""
        calls = engine_calls(lambda x: cached(x + x.mean(axis=0), x), X)
        out_of_memory = [True]

        def function(self, name):
            if out_of_memory[0]:
                raise MemoryError
            return self[name]

        monkeypatch.setattr(LazyGlobals, "function", function)
        assert diagnoser.explain("centred", calls) is None
        out_of_memory[0] = False
        assert ids(diagnoser.explain("centred", calls)) == ["plus"]

    def test_a_large_class_does_not_exceed_the_caches(self, diagnoser):
        """Many students, each with different inputs and answers, which are large."""
        for number in range(60):
            x = np.full((200, 50), float(number)) + np.arange(50)
            diagnoser.explain("centred", engine_calls(lambda x, n=number: cached(x * n, x), x))
        assert replay._OUTCOMES.size > 2**20  # the cache is in use
        assert all(cache.size <= cache.capacity for cache in CACHES)
        assert sum(cache.capacity for cache in CACHES) <= 64 * 2**20


class TestDiagnose:
    """The result of a test cell, with the diagnosis in it."""

    WRONG = cached(X + X.mean(axis=0), X)

    def test_failed_checks_get_the_message(self, diagnoser):
        """Checks that are right or failed in another way keep their own messages."""
        verdicts = (Verdict.WRONG, Verdict.RIGHT, Verdict.TIMED_OUT, Verdict.RAISED)
        diagnosed = diagnose(result(*verdicts), "centred", [engine_call(self.WRONG)], diagnoser)
        messages = [check.message for check in diagnosed.checks]
        assert messages == ["Says plus.", "own", "own", "Says plus."]
        assert [check.mistake for check in diagnosed.checks] == ["plus", None, None, "plus"]

    def test_a_right_cell_costs_nothing(self, diagnoser, monkeypatch):
        """No call is replayed."""
        monkeypatch.setattr(Diagnoser, "explain", None)
        right = result(Verdict.RIGHT)
        assert diagnose(right, "centred", [engine_call(self.WRONG)], diagnoser) is right

    def test_an_unknown_mistake(self, diagnoser):
        """The checks' own messages stay."""
        unclear = result(Verdict.WRONG)
        assert diagnose(unclear, "centred", [engine_call(X)], diagnoser) is unclear
        assert diagnose(unclear, "centred", [], diagnoser) is unclear

    def test_two_at_once(self, diagnoser):
        """The message names both mistakes by their titles."""
        call = engine_call(cached(X + X.mean(axis=0), X))
        call.question = wire.dumps(((X, 2.0), {}))
        (check,) = diagnose(result(Verdict.WRONG), "centred", [call], diagnoser).checks
        assert check.mistake == "plus+unscaled"
        assert "title of plus, and title of unscaled" in check.message
