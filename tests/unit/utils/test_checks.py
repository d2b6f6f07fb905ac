"""A test cell's checks: each runs on its own, and its message says what is wrong."""

import numpy as np
import pytest

from tests.support.check_cells import TEST_CELL, lines_of, report_of, run_cell
from utils import checks
from utils.checking.report import NotRightYet


class TestMessages:
    """The message is about the first thing that is wrong, from coarse to fine."""

    @pytest.mark.parametrize(
        ("student", "verdict", "words"),
        [
            ("", "not_defined", ["f is not defined", "Run the cell with your solution"]),
            ("# fails\nf = (", "not_defined", ["f is not defined"]),
            ("f = 3", "not_defined", ["f is not a function", "an int"]),
            ("def f(x): 1 / 0", "raised", ["ZeroDivisionError", "line 1 (`def f(x): 1 / 0`)"]),
            (
                "def f(x):\n    y = x\n    return g(y)\n\ndef g(y):\n    return [][3]",
                "raised",
                ["IndexError: list index out of range", "line 6 of g (`return [][3]`)"],
            ),
            ("def f(x): return y", "raised", ["because the name y is not defined"]),
            (
                "def f(): return 1",
                "raised",
                ["cannot be called as the exercise asks", "0 positional"],
            ),
            (
                "def f(x): return None + x",
                "raised",
                ["a value there is None", "filled in every line of the stub"],
            ),
            (
                "def f(x):\n    W = np.ones((2, 2))\n    return W @ np.array(None)",
                "raised",
                ["is None or a single number instead of a matrix"],
            ),
            (
                "def f(x):\n    for k in range(0): pass\n    return k",
                "raised",
                ["line 3 (`return k`)", "k has no value there yet"],
            ),
            (
                "def f(x):\n    return np.ones(3).astype(np.float)",
                "raised",
                ["NumPy no longer has `np.float`", "Write `float`"],
            ),
            ("def f(x): return np.Inf", "raised", ["no longer has `np.Inf`", "Write `np.inf`"]),
            ("def f(x): return np.foo", "raised", ["has no attribute 'foo'"]),
            ("def f(x): exit_ = 1; raise SystemExit(3)", "raised", ["SystemExit: 3"]),
            ("def f(x): pass", "wrong", ["f returned None", "`return` missing"]),
            ("def f(x): return 'three'", "wrong", ["should be a number", "a str"]),
            ("def f(x): return np.ones((2, 1))", "wrong", ["one number", "(2, 1)"]),
            ("def f(x): return np.nan", "wrong", ["not finite"]),
            (
                "def f(x): return 6.0",
                "wrong",
                ["should be 3, but it is 6", "It is 2 times too large"],
            ),
            ("def f(x): return -3.0", "wrong", ["wrong sign"]),
            ("def f(x): return x + 1", "right", []),
        ],
    )
    def test_each_failure_has_its_message(self, student, verdict, words):
        """Each way to fail has its verdict, and its message says what is needed to fix it."""
        line = lines_of(student)["first"]
        assert line.verdict == verdict
        assert all(word in line.message for word in words), line.message
        assert line.points == (4 if verdict == "right" else 0)

    def test_a_warning_of_numpy_is_repeated(self):
        """The message about a wrong value repeats the warning that came with it."""
        line = lines_of("def f(x): return float(np.log(np.array(0.0)) > -1)")["first"]
        assert "NumPy warned: divide by zero encountered in log" in line.message

    def test_a_warning_alone_costs_nothing(self):
        """A right value is right even if the function warned."""
        student = "import warnings\ndef f(x):\n    warnings.warn('hm')\n    return 3.0"
        line = lines_of(student)["first"]
        assert (line.verdict, line.message) == ("right", "")

    def test_an_error_inside_numpy_shows_the_students_line(self):
        """The message shows the last line that ran in the student's cell."""
        line = lines_of("def f(x):\n    a = 1\n    return np.ones(2) @ np.ones(3)")["first"]
        assert "line 3 (`return np.ones(2) @ np.ones(3)`)" in line.message

    def test_an_error_in_the_check_itself_shows_no_line(self):
        """If the check fails on an odd answer, no line of the student is blamed."""
        test = TEST_CELL.replace('check.close("the result", f(2.0), 3.0)', "f(2.0)['dW1']")
        line = lines_of("def f(x): return 3", test)["first"]
        assert line.verdict == "raised"
        assert "line" not in line.message
        assert "The check stopped with TypeError on what f returned" in line.message
        assert "f stopped" not in line.message


class TestPoints:
    """Each check costs its own points and no others."""

    def test_partial_credit(self):
        """A right check gives its points although another one failed."""
        report = report_of("def f(x): return 3.0")
        assert [line.points for line in report.lines] == [4, 0]
        assert report.score == 4
        assert not report.all_right

    def test_full_credit(self):
        """All checks right is all points."""
        report = report_of("def f(x): return 3.0 if x == 2 else 1.75")
        assert report.score == 10
        assert report.all_right

    def test_a_check_after_a_failed_one_is_run(self):
        """An exception in the first does not cost the second."""
        report = report_of("def f(x): return 1 / (2.0 - x) * 0 + 1.75")
        assert [line.verdict for line in report.lines] == ["raised", "right"]

    def test_an_infrastructure_error_is_not_the_students_zero(self):
        """An error of the machine is raised and does not become a verdict."""

        class MachineError(Exception):
            infrastructure = True

        exercise = checks.Exercise("report_of", points=1)
        with pytest.raises(MachineError):

            @exercise.check("it", points=1)
            def _(_):
                raise MachineError

    def test_an_error_of_the_jail_has_its_own_verdict(self):
        """Its verdict and its message are taken as they are."""

        class StoppedError(Exception):
            verdict = "timed_out"

        exercise = checks.Exercise("report_of", points=1)

        @exercise.check("it", points=1)
        def _(_):
            raise StoppedError("No end within 2 s.")

        (line,) = exercise.report().lines
        assert (line.verdict, line.message, line.points) == ("timed_out", "No end within 2 s.", 0)


def run_check(body, *, before=True, hidden=False, copies=True):
    """Run one check after another one that was right or not; return its line."""
    exercise = checks.Exercise("run_check", points=2)

    @exercise.check("before", points=1)
    def _(check):
        check.true(before, "Before.")

    exercise.check("it", points=1, hidden=hidden, copies=copies)(body)
    return exercise.report().lines[1]


class TestDrawn:
    """An answer that draws the same numbers in another order is right, and a note says why."""

    def test_the_printed_value(self):
        """The printed value is right, without a note."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 1.5, replay=lambda: 9.0))
        assert (line.verdict, line.message) == ("right", "")

    def test_another_order(self):
        """A value that follows from the student's own draws is right, with a note."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: 1.5))
        assert line.verdict == "right"
        assert line.points == 1
        assert "you draw other random numbers" in line.message

    def test_neither_printed_nor_replayed(self):
        """Any other value is wrong, and the message compares it with what the own draws give."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: 3.5))
        assert line.verdict == "wrong"
        assert "should be 3.5" in line.message

    @pytest.mark.parametrize(
        ("got", "says"),
        [([1.0, 2.0], "4 times too small"), ([[1.0], [2.0]], "shape"), ([np.inf, 1], "not finite")],
    )
    def test_what_other_draws_do_not_change(self, got, says):
        """A factor and a form are told, whatever the earlier checks say."""
        printed, got = np.array([4.0, 8.0]), np.array(got)
        line = run_check(
            lambda check: check.drawn("W1", got, printed, replay=lambda: got), before=False
        )
        assert says in line.message

    def test_a_replay_may_compare_by_itself(self):
        """What it finds is the message."""
        line = run_check(
            lambda check: check.drawn(
                "X", 1.5, 2.5, replay=lambda: check.true(condition=False, message="Not shuffled.")
            )
        )
        assert line.message == "Not shuffled."

    def test_wrong_draws_are_no_excuse(self):
        """If an earlier check failed, the draws may be wrong: only the printed value is right."""
        line = run_check(
            lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: 1.5), before=False
        )
        assert line.verdict == "wrong"
        assert "2.5" not in line.message  # with other draws it would be no mistake

    def test_what_cannot_be_replayed(self):
        """If the replay raises an exception, the value is wrong."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: {}["D1"]))
        assert line.verdict == "wrong"
        assert "2.5" not in line.message


class TestComparisons:
    """The other comparisons that a check can make."""

    def test_shapes_ignore_the_values(self):
        """Any finite values of the right shape are right."""
        body = {"dW1": (2, 3)}
        good = run_check(lambda c: c.shapes("grads", {"dW1": np.full((2, 3), 1e300)}, body))
        assert good.verdict == "right"
        bad = run_check(lambda c: c.shapes("grads", {"dW1": np.ones((3, 2))}, body))
        assert "transpose of (2, 3)" in bad.message
        assert run_check(lambda c: c.shapes("cost", 3.0, ())).verdict == "right"
        assert "NumPy array" in run_check(lambda c: c.shapes("dW1", [1.0], (1,))).message

    def test_parts(self):
        """A tuple of the right length is returned; anything else is wrong."""
        parts = []
        line = run_check(lambda c: parts.extend(c.parts("the result", (1, "x"), 2)))
        assert line.verdict == "right"
        assert parts == [1, "x"]
        assert "2 values" in run_check(lambda c: c.parts("the result", (1,), 2)).message
        assert "returned None" in run_check(lambda c: c.parts("the result", None, 2)).message

    def test_true(self):
        """A property has a message of its own."""
        assert run_check(lambda c: c.true(np.bool_(1), "No.")).verdict == "right"
        assert run_check(lambda c: c.true(0, "The mask is empty.")).message == "The mask is empty."

    def test_unchanged(self):
        """An argument that was changed is named, even if only its last bits differ."""
        a = np.ones(3)
        line = run_check(lambda c: c.unchanged("cache", (a,), (a.copy(),)), copies=False)
        assert line.verdict == "right"
        line = run_check(lambda c: c.unchanged("cache", (a + 1e-12,), (a,)), copies=False)
        assert "changes its input cache" in line.message

    @pytest.mark.parametrize(
        "change",
        [
            lambda cache: cache.update(W2=np.zeros(1)),
            lambda cache: cache.pop("W1"),
            lambda cache: cache.update(W1=cache["W1"].tolist()),
            lambda cache: cache["dims"].append(3),
            lambda cache: cache["dims"].pop(),
            lambda cache: cache.update(dims=tuple(cache["dims"])),
            lambda cache: cache["W1"].resize((3, 2), refcheck=False),
            lambda cache: cache.update(W1=cache["W1"].astype(np.float32)),
            lambda cache: cache["W1"].setflags(write=False),
            lambda cache: cache["W1"].__setitem__((0, 0), np.nan),
            lambda cache: cache.update(rate=1),
            lambda cache: cache.update(name="other"),
        ],
    )
    def test_any_change_is_noticed(self, change):
        """Keys and items that are added or removed, shape, dtype and flags, not values alone."""

        def make():
            return {"W1": np.ones((2, 3)), "dims": [2, 3], "rate": 1.0, "name": "x", "z": np.nan}

        cache = make()
        assert run_check(lambda c: c.unchanged("p", cache, make()), copies=False).verdict == "right"
        change(cache)
        line = run_check(lambda c: c.unchanged("p", cache, make()), copies=False)
        assert "changes its input p" in line.message


class TestReport:
    """The last line of a test cell, wherever the cell runs."""

    def test_by_hand(self):
        """In JupyterLab it is a table."""
        report = report_of("def f(x): return 3.0")
        text = report._repr_mimebundle_()["text/plain"]
        assert "✓ first: right" in text
        assert "✗ hidden:" in text

    def test_while_work_is_graded(self, monkeypatch):
        """Nbgrader reads the plain text as points, so it is a number and nothing else."""
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
        text = report_of("def f(x): return 3.0")._repr_mimebundle_()["text/plain"]
        assert text == "4.0"

    def test_under_validate(self, monkeypatch):
        """A failed check raises an exception, which nbgrader looks for; its text is the report."""
        monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
        with pytest.raises(NotRightYet, match="✗ hidden") as caught:
            report_of("def f(x): return 3.0")
        assert "Traceback" not in "\n".join(caught.value._render_traceback_())
        good = report_of("def f(x): return 3.0 if x == 2 else 1.75")
        assert good._repr_mimebundle_()["text/plain"] == "10.0"

    def test_no_checks_are_not_right(self, monkeypatch):
        """A cell without checks does not pass."""
        monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
        with pytest.raises(NotRightYet):
            checks.Exercise("f", points=3).report()


class TestFresh:
    """Inputs that nobody can know in advance."""

    def test_seed_and_label_decide(self, monkeypatch):
        """The same seed and label give the same inputs; if one of them differs, so do these."""
        draws = []
        for seed, label in (("a", "x"), ("a", "x"), ("b", "x"), ("a", "y"), ("", "x")):
            monkeypatch.setenv("AUTOGRADER_SEED", seed)
            draws.append(tuple(checks.fresh(label).rand(3)))
        assert draws[0] == draws[1]
        assert len(set(draws)) == 4

    def test_the_global_random_state_is_not_touched(self):
        """Neither are the student's own draws."""
        np.random.seed(5)
        before = np.random.get_state()[1].copy()
        checks.fresh("x").rand(10)
        np.testing.assert_array_equal(np.random.get_state()[1], before)


class TestWhatFollows:
    """An answer that is right, or that follows from another function of the student's."""

    CELL = """
from utils import checks

exercise = checks.Exercise("f", points=1, uses=("g",))


@exercise.check("it", points=1)
def it(check):
    check.follows("the result", f(3.0), 6.0, lambda: check.as_checked("{helper}")(3.0))


report = exercise.report()
"""

    @pytest.mark.parametrize(
        ("answer", "helper", "verdict", "message"),
        [
            ("6.0", "missing", "right", ""),  # the helper is not asked
            ("9.0", "g", "right", ""),
            ("None", "missing", "wrong", "returned None"),
            ("8.0", "g", "wrong", "9"),  # compared with what follows
            ("8.0", "missing", "wrong", "missing is not defined"),
            ("8.0", "h", "raised", "ValueError"),  # the author's mistake,
        ],
    )
    def test_what_is_right(self, answer, helper, verdict, message):
        """The right value, or that of ``g``, which is asked only if need be."""
        student = f"def f(x):\n    return {answer}\n\n\ndef g(x):\n    return 3 * x\n\n\nh = g"
        line = lines_of(student, self.CELL.format(helper=helper))["it"]
        assert line.verdict == verdict
        assert message in line.message


class TestInputs:
    """The arguments of a student's functions, and what these can do to them."""

    EMPTIES = "def f(x):\n    x *= 0\n    return x\n\n\ng = f"
    CELL = """
import numpy as np
from utils import checks

exercise = checks.Exercise("f", points=1, uses=("g",))


@exercise.check("it", points=1{how})
def it(check):
    x = np.ones(3)
    before = x.copy()
    answer = {function}(x)
    {then}


report = exercise.report()
"""

    def line(self, function, then, how=""):
        """Check a function that empties its input; return the line."""
        test = self.CELL.format(function=function, then=then, how=how)
        return lines_of(self.EMPTIES, test)["it"]

    @pytest.mark.parametrize("function", ["f", "g"])
    def test_a_function_cannot_change_what_the_check_compares_with(self, function):
        """A function that empties its input and returns it does not return the input."""
        then = 'check.close("the result", answer, x)'
        assert self.line(function, then).verdict == "wrong"
        assert self.line(function, then, ", copies=False").verdict == "right"

    def test_a_check_can_see_what_was_changed(self):
        """With ``copies=False`` the function gets the arguments themselves."""
        then = 'check.unchanged("x", x, before)'
        line = self.line("f", then, ", copies=False")
        assert (line.verdict, "changes its input x" in line.message) == ("wrong", True)
        assert self.line("f", then).verdict == "raised"  # an author who forgot copies=False

    def test_the_students_functions_are_restored(self):
        """After a check, even one that raised, ``f`` is the student's function again."""
        namespace = {"np": np, "__name__": "__main__"}
        run_cell(namespace, self.EMPTIES, "the student's cell")
        own = namespace["f"]
        then = "raise ValueError"
        run_cell(namespace, self.CELL.format(function="f", then=then, how=""), "the test cell")
        assert namespace["f"] is own
        assert namespace["g"] is own


@pytest.mark.parametrize("value", [2.0, np.float32(2), np.array(2), np.array([2.0]), [[2.0]]])
def test_one_number_in_any_form(value):
    """An array with one entry counts as the number; a list does not."""
    line = run_check(lambda check: check.close("J", check.number("J", value), 2.0))
    assert line.right == (not isinstance(value, list))


@pytest.mark.parametrize("value", [np.array([1.0, 2.0]), np.array([]), None, "2", np.array(["2"])])
def test_what_is_no_number(value):
    """It has its sentence."""
    line = run_check(lambda check: check.number("J", value))
    assert line.verdict == "wrong"
    assert line.message.startswith("J ")


@pytest.mark.parametrize(("count", "right"), [(2, False), (3, True), (4, False), (5, True)])
def test_values_of_another_edition_are_left_out(count, right):
    """Three values, or three and two more, and no other number of them."""

    def body(check):
        assert check.parts("the result", tuple(range(count)), 3, extra=2) == (0, 1, 2)

    assert run_check(body).right == right


def test_compared_values_are_kept_for_the_reader():
    """Of a visible check also if it is right; of a hidden one never."""
    for hidden, kept in ((False, [("J", "2", "2")]), (True, [])):
        line = run_check(lambda check: check.close("J", 2.0, 2.0), hidden=hidden)
        assert list(line.compared) == kept


ASKING = """
from utils import checks

exercise = checks.Exercise("f", points=1)


@exercise.check("it", points=1)
def it(check):
    check.asks("slope", "It asks nothing.")


report = exercise.report()
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return slope(x)", ""),
        ("return helper(x)", ""),
        ("return x", "It asks nothing."),
    ],
)
def test_a_function_has_to_ask_another(body, message):
    """The check fails with its own sentence; a helper may ask in its place."""
    code = "def slope(x):\n    return x\n\ndef helper(x):\n    return slope(x)\n\n"
    line = lines_of(f"{code}def f(x):\n    {body}", ASKING)["it"]
    assert (line.message, line.right) == (message, not message)
