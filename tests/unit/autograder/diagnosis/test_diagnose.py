"""Which mistake a wrong answer is: named when it is clear, and never guessed."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from autograder.diagnosis import diagnose as diagnose_module
from autograder.diagnosis import recorded_calls, replay
from autograder.diagnosis.diagnose import Diagnoser, diagnose
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import LazyGlobals, Solution
from autograder.engine.protocol import random_state, wire
from autograder.engine.trusted.student_call import StudentCall as EngineCall
from autograder.models import CellResult, CheckResult, Verdict
from tests.support.mistake_bank import assignment, bank
from utils.checking.calls import RecordedFunction

SHELVES = (
    diagnose_module._EXPLAINED,
    recorded_calls._INPUTS,
    replay._OUTCOMES,
    replay._SKETCHES,
    replay._VERDICTS,
)
X = np.arange(6.0).reshape(3, 2) + 1.0


@pytest.fixture(autouse=True)
def empty_shelves():
    """What other tests have had computed is forgotten."""
    for shelf in SHELVES:
        shelf.clear()


@pytest.fixture
def namer():
    """Of a small exercise."""
    return Diagnoser(bank(), Solution(assignment()))


def calls_of(name, function, *arguments):
    """What a check records of some calls."""
    calls = []
    for given in arguments:
        with contextlib.suppress(Exception):  # it is in the record
            RecordedFunction(name, function, calls, copies=True)(*given)
    return [RecordedCall.by_check(call) for call in calls]


def named(namer, function, *arguments, name="centred"):
    """The ids of what explains the calls."""
    return [one.id for one in namer.explain(name, calls_of(name, function, *arguments))]


def cached(out, x, **axis):
    """As the exercise returns it."""
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
def test_one_two_or_none(namer, wrong, names):
    """A mistake, two at once; nothing for a right answer, and nothing for what nobody knows."""
    assert named(namer, wrong, (X,), (X, 2.0)) == names


def test_it_must_explain_every_call(namer):
    """One call alone would fit."""

    def fickle(x, scale=1.0):
        return cached((x + x.mean(axis=0)) / scale if scale == 1 else x * 0, x)

    assert named(namer, fickle, (X,)) == ["plus"]
    assert named(namer, fickle, (X,), (X, 2.0)) == []


def test_it_must_be_the_only_one(namer):
    """Where two known mistakes do the same, neither is named."""
    same = np.ones((2, 2))  # no scale: "unscaled" cannot be seen; of "plus" alone nothing is left
    both = Diagnoser(bank("plus", "unscaled"), Solution(assignment()))
    assert named(both, lambda x: cached(x + x.mean(axis=0), x), (same,)) == ["plus"]
    twins = bank("plus")
    twins.mistakes["twin"] = twins.mistakes["plus"]
    twin = Diagnoser(twins, Solution(assignment()))
    assert named(twin, lambda x: cached(x + x.mean(axis=0), x), (X,)) == []


def test_an_input_changed_in_place(namer):
    """Seen in what the call did to its arguments, not in what it returned."""

    def changes(x, scale=1.0):
        answer = cached((x * 1.5 / 1.5 + 1 - x.mean(axis=0)) / scale, x)
        x += 1
        return answer

    assert named(namer, changes, (X,)) == ["in-place"]


def test_what_was_raised(namer):
    """The same error with the same words; another error is another mistake."""

    def raises(x, scale=1.0):
        return x - np.mean(x, axis=1)

    entry = bank("wrong-axis")
    lost = entry.mistakes["wrong-axis"]
    entry.mistakes["lost"] = type(lost)(
        "lost", "centred", (("axis=0", "axis=1"),), {"en": "t"}, {"en": "m"}
    )
    raising = Diagnoser(entry, Solution(assignment()))
    assert named(raising, raises, (X,)) == ["lost"]
    assert named(raising, np.linalg.inv, (X,)) == []


def test_random_draws_are_replayed(namer):
    """A variant draws from the state that the student's function drew from."""
    np.random.seed(5)

    def wrong(x):
        return x - x.mean(axis=0) + np.random.rand(*x.shape) / 2

    assert named(namer, wrong, (X,), (X,), name="noisy") == ["halved"]


def test_the_blame_is_with_the_function_that_did_it(namer):
    """``noisy`` does what it should with what ``centred`` gives it, which is wrong."""
    wrong = Solution(assignment()).with_mistakes([bank().mistakes["plus"]])
    np.random.seed(1)
    calls = calls_of("noisy", wrong.function("noisy"), (X,))
    assert [one.id for one in namer.explain("noisy", calls)] == ["plus"]


def test_a_function_that_was_right_when_it_was_called_is_not_blamed(namer):
    """``noisy`` builds on ``centred``; what was seen of that was right, so the draws are wrong."""
    np.random.seed(1)

    def wrong(x):
        return x - x.mean(axis=0) + np.random.rand(*x.shape) / 2

    helper = Solution(assignment()).names().function("centred")
    calls = [*calls_of("centred", helper, (X,)), *calls_of("noisy", wrong, (X,))]
    assert [one.id for one in namer.explain("noisy", calls)] == ["halved"]


def test_both_are_wrong(namer):
    """What the exercise's own function did is named, if the other one does not explain it."""
    plus = Solution(assignment()).with_mistakes([bank().mistakes["plus"]]).function("centred")
    np.random.seed(1)

    def wrong(x):
        return x - x.mean(axis=0) + np.random.rand(*x.shape) / 2

    calls = [*calls_of("centred", plus, (X,)), *calls_of("noisy", wrong, (X,))]
    assert [one.id for one in namer.explain("noisy", calls)] == ["halved"]


def test_places_that_are_free(namer):
    """A cache may hold what the student likes."""

    def wrong(x, scale=1.0):
        return (x + x.mean(axis=0)) / scale, "my own cache"

    assert named(namer, wrong, (X,)) == []
    free = Diagnoser(bank(free={"centred": [1]}), Solution(assignment()))
    assert named(free, wrong, (X,)) == ["plus"]


def test_nothing_of_ours_moves(namer):
    """Naming leaves the random state alone, and prints nothing."""
    np.random.seed(3)
    before = random_state.current()
    named(namer, lambda x: cached(x + x.mean(axis=0), x), (X,))
    assert np.array_equal(before[1], random_state.current()[1])


def result(*verdicts):
    """Of a test cell."""
    checks = tuple(CheckResult(f"c{n}", one, "said") for n, one in enumerate(verdicts))
    return CellResult("centred-check", 10.0, 0.0, verdicts[0], checks)


def engine_call(answer):
    """As the engine records it: packed."""
    encoder = wire.Encoder()
    question = wire.pack(encoder.lower(((X,), {})))
    state = random_state.current()
    encoder.lower(state)
    packed = wire.pack(encoder.lower(answer))
    return EngineCall("centred", question, state, packed, wire.pack([]))


def test_a_student_may_work_on_copies(namer):
    """What the solution changes in place, a student need not; what it leaves alone, they must."""
    known = bank("plus")
    made = assignment()
    for cell in made.notebook.cells:
        line = "mean = np.mean(x, axis=0)\n"
        cell.source = cell.source.replace(line, "x -= 1\n    " + line)
    changing = Diagnoser(known, Solution(made))

    def on_a_copy(x, scale=1.0):
        y = x - 1
        return cached((y + y.mean(axis=0)) / scale, y)

    assert named(changing, on_a_copy, (X,)) == ["plus"]


def test_a_cache_of_ones_own(namer):
    """What one exercise hands to the next may have any layout: each variant gets its own."""
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
    assert [one.id for one in mine.explain("uses", [*forward, *backward])] == ["added"]
    right = calls_of("uses", lambda cache, k: cache[1] * k, (cache, 3.0))
    assert mine.explain("uses", [*forward, *right]) == ()


def test_what_no_exercise_is_given_is_not_looked_at(namer):
    """Half a million values, made up by a student, are not worked through for every variant."""
    calls = calls_of("centred", lambda x: x, ([0.0] * 100_000,))
    assert namer.explain("centred", calls) == ()


def engine_calls(function, *inputs, name="centred"):
    """What the engine records of some calls."""
    calls = []
    for x in inputs:
        encoder = wire.Encoder()
        question = wire.pack(encoder.lower(((x,), {})))
        state = random_state.current()
        encoder.lower(state)
        answer = wire.pack(encoder.lower(function(x)))
        calls.append(EngineCall(name, question, state, answer, wire.pack([])))
    return [RecordedCall.by_engine(call) for call in calls]


def wrong_in_many_ways():
    """Functions of a class of students; each ``k`` is another answer that nobody knows."""
    yield lambda x: cached(x + x.mean(axis=0), x)
    row = {"axis": 1, "keepdims": True}
    yield lambda x: cached(x - x.mean(**row), x, **row)
    yield lambda x: cached(x + x.mean(**row), x, **row)
    yield lambda x: cached((x + x.mean(axis=0)) * (1 + 1e-9), x)
    for k in range(3, 9):
        yield lambda x, k=k: cached(x * k, x)
    yield lambda x: None


class TestWhatIsRemembered:
    """Of the variants, for the next student."""

    def test_nothing_hangs_on_who_came_before(self, namer):
        """Whoever is graded alone, or after others in any order, is told the same."""
        alone = []
        for function in wrong_in_many_ways():
            for shelf in SHELVES:
                shelf.clear()
            alone.append(namer.explain("centred", engine_calls(function, X, X * 2)))
        told = [[one.id for one in names] for names in alone[:4]]
        assert told == [["plus"], ["wrong-axis"], ["wrong-axis", "plus"], ["plus"]]
        functions = list(wrong_in_many_ways())
        for order in (range(len(functions)), reversed(range(len(functions)))):
            for place in order:
                calls = engine_calls(functions[place], X, X * 2)
                assert namer.explain("centred", calls) == alone[place]

    def test_a_variant_runs_once_for_a_class(self, namer, monkeypatch):
        """On the same inputs; on others, and from another random state, again."""
        runs = []
        original = replay.Replay._call

        def counted(self, number):
            runs.append(number)
            return original(self, number)

        monkeypatch.setattr(replay.Replay, "_call", counted)
        np.random.seed(1)
        first, second, third = list(wrong_in_many_ways())[4:7]
        namer.explain("centred", engine_calls(first, X))
        most = len(runs)
        assert most > 4
        namer.explain("centred", engine_calls(second, X))
        assert len(runs) == most
        namer.explain("centred", engine_calls(second, X * 3))
        assert len(runs) == 2 * most
        np.random.seed(2)
        namer.explain("centred", engine_calls(third, X))
        assert len(runs) == 3 * most

    def test_another_solution_or_bank_is_another_matter(self, namer):
        """With the same ids, the same calls and the same answers."""
        calls = engine_calls(lambda x: cached(x + x.mean(axis=0), x), X)
        assert [one.id for one in namer.explain("centred", calls)] == ["plus"]
        made = assignment()
        for cell in made.notebook.cells:
            cell.source = cell.source.replace("OFFSET = 3", "OFFSET = 3\nmore = 5")
            cell.source = cell.source.replace("out = (x - mean)", "out = more * (x - mean)")
        assert Diagnoser(bank(), Solution(made)).explain("centred", calls) == ()
        assert Diagnoser(bank("unscaled"), Solution(assignment())).explain("centred", calls) == ()
        free = bank("plus", free={"centred": [0]})
        assert Diagnoser(free, Solution(assignment())).explain("centred", calls) == ()

    def test_a_full_memory_is_not_remembered(self, namer, monkeypatch):
        """It was this process' at that moment; the next student is told what there is to tell."""
        calls = engine_calls(lambda x: cached(x + x.mean(axis=0), x), X)
        full = [True]

        def function(self, name):
            if full[0]:
                raise MemoryError
            return self[name]

        monkeypatch.setattr(LazyGlobals, "function", function)
        assert namer.explain("centred", calls) == ()
        full[0] = False
        assert [one.id for one in namer.explain("centred", calls)] == ["plus"]

    def test_a_large_class_takes_no_more_room(self, namer):
        """Hundreds of students, each with inputs and answers of their own."""
        for number in range(300):
            x = np.full((40, 50), float(number)) + np.arange(50)
            namer.explain("centred", engine_calls(lambda x, n=number: cached(x * n, x), x))
        assert replay._OUTCOMES.weight > 2**20  # it is used
        assert all(shelf.weight <= shelf._room for shelf in SHELVES)
        assert sum(shelf._room for shelf in SHELVES) <= 64 * 2**20


class TestResults:
    """What becomes of a test cell's result."""

    WRONG = cached(X + X.mean(axis=0), X)

    def test_failed_checks_get_the_message(self, namer):
        """Right ones, and those that say something else, keep theirs."""
        verdicts = (Verdict.WRONG, Verdict.RIGHT, Verdict.TIMED_OUT, Verdict.RAISED)
        done = diagnose(result(*verdicts), "centred", [engine_call(self.WRONG)], namer)
        assert [one.message for one in done.checks] == ["Says plus.", "said", "said", "Says plus."]
        assert [one.mistake for one in done.checks] == ["plus", None, None, "plus"]

    def test_a_right_cell_costs_nothing(self, namer, monkeypatch):
        """Nothing is looked at."""
        monkeypatch.setattr(Diagnoser, "explain", None)
        right = result(Verdict.RIGHT)
        assert diagnose(right, "centred", [engine_call(self.WRONG)], namer) is right

    def test_nothing_known(self, namer):
        """The checks' own messages stay."""
        unclear = result(Verdict.WRONG)
        assert diagnose(unclear, "centred", [engine_call(X)], namer) is unclear
        assert diagnose(unclear, "centred", [], namer) is unclear

    def test_two_at_once(self, namer):
        """Both are told by their titles."""
        call = engine_call(cached(X + X.mean(axis=0), X))
        call.question = wire.dumps(((X, 2.0), {}))
        (check,) = diagnose(result(Verdict.WRONG), "centred", [call], namer).checks
        assert check.mistake == "plus+unscaled"
        assert "title of plus, and title of unscaled" in check.message
