"""A test cell's checks: each runs on its own, says one thing, and of hidden inputs nothing."""

import linecache
import textwrap

import numpy as np
import pytest

from utils import checks
from utils.checking.report import NotRightYet

SECRET = 0.8731234


def cell(namespace, code, name="a cell"):
    """Run code as a notebook's cell: tracebacks find its lines."""
    text = textwrap.dedent(code)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), namespace)  # noqa: S102


TEST_CELL = f"""
import numpy as np
from utils import checks

exercise = checks.Exercise("f", points=10)


@exercise.check("first", points=4)
def first(check):
    check.close("the result", f(2.0), 3.0)


@exercise.check("hidden", points=6, hidden=True)
def hidden(check):
    check.close("the result", f({SECRET!r}), 1.75)


report = exercise.report()
"""


def report_of(student, test=TEST_CELL):
    """What the checks say of a student's cell; one that does not compile defines nothing."""
    namespace = {"np": np, "__name__": "__main__"}
    try:
        cell(namespace, student, "the student's cell")
    except Exception as error:  # noqa: BLE001  a notebook goes on after a cell that failed
        assert student.startswith("# fails"), error  # noqa: PT017
    cell(namespace, test, "the test cell")
    return namespace["report"]


def lines_of(student, test=TEST_CELL):
    """The checks' lines, by name."""
    return {line.name: line for line in report_of(student, test).lines}


class TestLadder:
    """What is said first, from the ground up."""

    @pytest.mark.parametrize(
        ("student", "verdict", "words"),
        [
            ("", "not_defined", ["f is not defined", "Run the cell with your solution"]),
            ("# fails\nf = (", "not_defined", ["f is not defined"]),
            ("f = 3", "not_defined", ["not a function any more", "an int"]),
            ("def f(x): 1 / 0", "raised", ["ZeroDivisionError", "line 1 (`def f(x): 1 / 0`)"]),
            (
                "def f(x):\n    y = x\n    return g(y)\n\ndef g(y):\n    return [][3]",
                "raised",
                ["IndexError: list index out of range", "line 6 (`return [][3]`)"],
            ),
            ("def f(x): return y", "raised", ["uses the name y, which is not defined"]),
            (
                "def f(): return 1",
                "raised",
                ["cannot be called as the exercise says", "0 positional"],
            ),
            (
                "def f(x): return None + x",
                "raised",
                ["still None", "line of the stub not filled in"],
            ),
            (
                "def f(x):\n    W = np.ones((2, 2))\n    return W @ np.array(None)",
                "raised",
                ["is None or a single number, and not a matrix"],
            ),
            ("def f(x): exit_ = 1; raise SystemExit(3)", "raised", ["SystemExit: 3"]),
            ("def f(x): pass", "wrong", ["f returned None", "`return` missing"]),
            ("def f(x): return 'three'", "wrong", ["should be a number", "a str"]),
            ("def f(x): return np.ones((2, 1))", "wrong", ["one number", "(2, 1)"]),
            ("def f(x): return np.nan", "wrong", ["not finite"]),
            (
                "def f(x): return 4.5",
                "wrong",
                ["should be 3, but it is 4.5", "1.5 times too large"],
            ),
            ("def f(x): return -3.0", "wrong", ["wrong sign"]),
            ("def f(x): return x + 1", "right", []),
        ],
    )
    def test_rung(self, student, verdict, words):
        """Each way to fail has its verdict and says what is needed to mend it."""
        line = lines_of(student)["first"]
        assert line.verdict == verdict
        assert all(word in line.message for word in words), line.message
        assert line.points == (4 if verdict == "right" else 0)

    def test_numpys_hint(self):
        """A wrong value that came with a warning says so."""
        line = lines_of("def f(x): return float(np.log(np.array(0.0)) > -1)")["first"]
        assert "NumPy warned: divide by zero encountered in log" in line.message

    def test_a_warning_alone_costs_nothing(self):
        """Right is right, whatever was said on the way."""
        student = "import warnings\ndef f(x):\n    warnings.warn('hm')\n    return 3.0"
        line = lines_of(student)["first"]
        assert (line.verdict, line.message) == ("right", "")

    def test_the_students_line_is_the_innermost_of_their_own(self):
        """An error inside NumPy points to the call in the student's cell."""
        line = lines_of("def f(x):\n    a = 1\n    return np.ones(2) @ np.ones(3)")["first"]
        assert "line 3 (`return np.ones(2) @ np.ones(3)`)" in line.message

    def test_an_error_in_the_test_itself_points_at_no_line_of_the_student(self):
        """A test that trips over an odd answer does not blame a line that is not theirs."""
        test = TEST_CELL.replace('check.close("the result", f(2.0), 3.0)', "f(2.0)['dW1']")
        line = lines_of("def f(x): return 3", test)["first"]
        assert line.verdict == "raised"
        assert "line" not in line.message


def leaks(student):
    """The hidden check's message, which must not hold anything of its input or answer."""
    line = lines_of(student)["hidden"]
    assert line.verdict != "right"
    text = line.message
    for secret in ("8731", "1.75", "0_873"):  # the input, the expected value, an input in a name
        assert secret not in text, text
    return text


class TestHiddenChecks:
    """They tell neither inputs, nor expected values, nor what an exception wants to say of them."""

    @pytest.mark.parametrize(
        "student",
        [
            "def f(x): return 3.0",
            "def f(x): return x",
            "def f(x): return np.array([x])",
            "def f(x): raise ValueError(f'x is {x}')",
            "def f(x): raise type(f'Got{x}', (Exception,), {})",
            "def f(x): raise NameError(f\"name 'x{x}'.replace('.', '_') is not defined\")",
            "def f(x): raise NameError(f\"name 'x{x:.9f}' is not defined\".replace('.', '_'))",
            "def f(x): raise TypeError(f'f() wants {x}')",
            "def f(x): raise KeyError(x)",
            "def f(x): assert x > 9, x",
            "import warnings\ndef f(x):\n    warnings.warn(f'{x}', RuntimeWarning)\n    return 0.0",
            (
                "import warnings\ndef f(x):\n"
                "    warnings.warn(f'overflow encountered in {x}', RuntimeWarning)\n    return 0.0"
            ),
            "def f(x): raise SystemExit(str(x))",
            "def f(x): raise ValueError(f'x is\\n{x}')",
            "def f(x): raise UnboundLocalError(f\"name 'x{x * 1e7:.0f}' is not defined\")",
            "def f(x): raise AttributeError(f'NoneType {x}')",
            "def f(x): raise ValueError(f'dimensions (has 0 {x}')",
            "def f(x): raise ExceptionGroup(str(x), [ValueError(x)])",
            "def f(x): raise OSError(int(x * 1e4), str(x))",
            "def f(x):\n    try: 1 / 0\n    except ArithmeticError as e: raise KeyError(x) from e",
            "def f(x):\n    error = ValueError(x)\n    error.add_note(str(x))\n    raise error",
            "def f(x): return str(x)",
            "def f(x): return {x: x}",
            "def f(x): return [x, x]",
            "def f(x): return x * 2j",
            "def f(x): return -x",
            "def f(x): return x * 1e300",
            "import numpy as np\ndef f(x): return np.full((2, 3), x)",
            "import numpy as np\ndef f(x): return np.array([x], dtype=object)",
        ],
    )
    def test_no_secret_is_told(self, student):
        """Whatever a function does with its input, the message holds nothing of it."""
        assert leaks(student)

    @pytest.mark.parametrize(
        "answer",
        [
            "None",
            "'dW1'",
            "{}",
            "{'dW1': None}",
            "{'dW1': x.tolist()}",
            "{'dW1': x.T}",
            "{'dW1': x[0]}",
            "{'dW1': x * np.nan}",
            "{'dW1': np.where(x > 0.5, x, np.inf)}",
            "{'dW1': -x * 3.0 + 1}",
            "{'dW1': x.astype(str)}",
            "{'dW1': x.astype('f4')}",
            "{'dW1': x.astype(complex)}",
            "{'dW1': x + 1e-3}",
            "(x, x, x)",
        ],
    )
    def test_no_digit_of_an_array_is_told(self, answer):
        """Each rung of the ladder is silent about a hidden array's entries, given and expected."""
        hidden = np.random.RandomState(8).rand(2, 3)
        expected = np.sqrt(hidden) + hidden[::-1]
        namespace = {"np": np, "hidden": hidden, "expected": expected, "checks": checks}
        cell(namespace, f"def f(x): return {answer}", "the student's cell")
        test = """
            exercise = checks.Exercise("f", points=1)

            @exercise.check("hidden", points=1, hidden=True)
            def _(check):
                check.close("the result", f(hidden), {"dW1": expected})

            report = exercise.report()
            """
        cell(namespace, test, "the test cell")
        (line,) = namespace["report"].lines
        assert line.verdict == "wrong"
        for secret in (*hidden.ravel(), *expected.ravel()):
            assert f"{secret:.3f}" not in line.message
            assert f"{secret:.3g}" not in line.message

    @pytest.mark.parametrize(
        "student",
        [
            pytest.param(
                "import linecache\ndef f(x):\n"
                "    linecache.cache['own'] = (1, None, [f'saw {x}'], 'own')\n"
                "    exec(compile('raise ValueError', 'own', 'exec'), globals())",
                id="the text of its line",
            ),
            pytest.param(
                "def f(x):\n    text = '\\n' * (int(x * 1e4) - 1) + '1 / 0'\n"
                "    exec(compile(text, 'own', 'exec'), globals())",
                id="the number of its line",
            ),
            pytest.param("def f(x): return type(f'X{x}', (), {})()", id="the name of its type"),
            pytest.param("def f(x): return np.zeros((int(x * 1e4), 1))", id="its answer's shape"),
            pytest.param("def f(x): return (0,) * int(x * 1e4)", id="its answer's length"),
            pytest.param("def f(x): return np.zeros(1, [(str(x), float)])[0]", id="its dtype"),
        ],
    )
    def test_no_carrier_is_open(self, student):
        """What a student's code chooses freely is not repeated: it could be the input.

        An exception's own ``verdict`` or ``line`` would be: in one process it could as well be
        the engine's error. The engine makes its errors itself, of what it has looked at.
        """
        assert leaks(student)

    def test_builtin_errors_are_named(self):
        """The kind of error helps and tells nothing."""
        assert "ValueError" in leaks("def f(x): raise ValueError(x)")

    def test_made_up_errors_are_not_named(self):
        """A type's name can carry anything."""
        text = leaks("class Found(Exception): pass\ndef f(x): raise Found")
        assert "Found:" not in text
        assert "an error of its own" in text

    def test_numpys_hint_without_its_details(self):
        """What NumPy itself says is still said."""
        text = leaks("def f(x): return float(np.log(np.array(0.0)) > -1)")
        assert "NumPy warned: divide by zero encountered" in text

    def test_what_is_printed_is_swallowed(self, capsys):
        """A print of a hidden input goes nowhere; a visible one is shown."""
        student = "def f(x):\n    print('saw', x)\n    print(x, file=__import__('sys').stderr)\n"
        leaks(student)
        seen = capsys.readouterr()
        assert "saw 2.0" in seen.out
        assert "0.873" not in seen.out + seen.err

    def test_visible_values_are_shown(self):
        """The difference is the hiding, not the message."""
        assert "should be 3, but it is 2" in lines_of("def f(x): return x")["first"].message


class TestPoints:
    """Each check costs its own points and no others."""

    def test_partial_credit(self):
        """What is right is paid."""
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

    def test_infrastructure_is_nobodys_zero(self):
        """An error of the machine is passed on and does not become a verdict."""

        class MachineError(Exception):
            infrastructure = True

        exercise = checks.Exercise("report_of", points=1)
        with pytest.raises(MachineError):

            @exercise.check("it", points=1)
            def _(_):
                raise MachineError

    def test_an_error_of_the_jail_brings_its_verdict(self):
        """And its own sentence, without an invented one."""

        class StoppedError(Exception):
            verdict = "timed_out"

        exercise = checks.Exercise("report_of", points=1)

        @exercise.check("it", points=1)
        def _(_):
            raise StoppedError("No end within 2 s.")

        (line,) = exercise.report().lines
        assert (line.verdict, line.message, line.points) == ("timed_out", "No end within 2 s.", 0)


def run_check(body, *, before=True, hidden=False, copies=True):
    """One check's line, after an earlier check that was right or not."""
    exercise = checks.Exercise("run_check", points=2)

    @exercise.check("before", points=1)
    def _(check):
        check.true(before, "Before.")

    exercise.check("it", points=1, hidden=hidden, copies=copies)(body)
    return exercise.report().lines[1]


class TestDrawn:
    """A right answer that draws in another order keeps its points and is told why."""

    def test_the_printed_value(self):
        """Nothing to explain."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 1.5, replay=lambda: 9.0))
        assert (line.verdict, line.message) == ("right", "")

    def test_another_order(self):
        """Right, with a note."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: 1.5))
        assert line.verdict == "right"
        assert line.points == 1
        assert "draw at random in another order" in line.message

    def test_neither_printed_nor_replayed(self):
        """Wrong, and compared with what is printed."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: 3.5))
        assert line.verdict == "wrong"
        assert "should be 2.5" in line.message

    def test_draws_that_were_found_wrong_excuse_nothing(self):
        """A replay of wrong masks gives the wrong answer again: it does not count."""
        draw = {"before": False}
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: 1.5), **draw)
        assert line.verdict == "wrong"

    def test_what_cannot_be_replayed(self):
        """A cache of nonsense is no reason for an error of ours."""
        line = run_check(lambda check: check.drawn("A3", 1.5, 2.5, replay=lambda: {}["D1"]))
        assert line.verdict == "wrong"
        assert "should be 2.5" in line.message


class TestComparisons:
    """The other things that a check can ask for."""

    def test_shapes_look_at_no_value(self):
        """Any finite values of the right shape will do."""
        body = {"dW1": (2, 3)}
        good = run_check(lambda c: c.shapes("grads", {"dW1": np.full((2, 3), 1e300)}, body))
        assert good.verdict == "right"
        bad = run_check(lambda c: c.shapes("grads", {"dW1": np.ones((3, 2))}, body))
        assert "transpose of (2, 3)" in bad.message
        assert run_check(lambda c: c.shapes("cost", 3.0, ())).verdict == "right"
        assert "NumPy array" in run_check(lambda c: c.shapes("dW1", [1.0], (1,))).message

    def test_parts(self):
        """A tuple of the right length is given back; anything else is a sentence."""
        seen = []
        line = run_check(lambda c: seen.extend(c.parts("the result", (1, "x"), 2)))
        assert line.verdict == "right"
        assert seen == [1, "x"]
        assert "2 values" in run_check(lambda c: c.parts("the result", (1,), 2)).message
        assert "returned None" in run_check(lambda c: c.parts("the result", None, 2)).message

    def test_true(self):
        """A property says its own sentence."""
        assert run_check(lambda c: c.true(np.bool_(1), "No.")).verdict == "right"
        assert run_check(lambda c: c.true(0, "The mask is empty.")).message == "The mask is empty."

    def test_unchanged(self):
        """An argument that was written into is named, to the last bit."""
        a = np.ones(3)
        line = run_check(lambda c: c.unchanged("cache", (a,), (a.copy(),)), copies=False)
        assert line.verdict == "right"
        line = run_check(lambda c: c.unchanged("cache", (a + 1e-12,), (a,)), copies=False)
        assert "changes its input cache" in line.message


class TestReport:
    """What ends a test cell, in each of the places where it runs."""

    def test_by_hand(self):
        """In JupyterLab it is a table of words."""
        report = report_of("def f(x): return 3.0")
        text = report._repr_mimebundle_()["text/plain"]
        assert "✓ first: right" in text
        assert "✗ hidden:" in text

    def test_while_work_is_graded(self, monkeypatch):
        """Nbgrader reads the plain text as points: it is a number's repr and nothing else."""
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
        text = report_of("def f(x): return 3.0")._repr_mimebundle_()["text/plain"]
        assert text == "4.0"

    def test_under_validate(self, monkeypatch):
        """A failed check is an error, which nbgrader looks for; it shows the plain report."""
        monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
        with pytest.raises(NotRightYet, match="✗ hidden") as caught:
            report_of("def f(x): return 3.0")
        assert "Traceback" not in "\n".join(caught.value._render_traceback_())
        good = report_of("def f(x): return 3.0 if x == 2 else 1.75")
        assert good._repr_mimebundle_()["text/plain"] == "10.0"

    def test_no_checks_are_not_right(self, monkeypatch):
        """A cell whose checks were all deleted has shown nothing."""
        monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
        with pytest.raises(NotRightYet):
            checks.Exercise("f", points=3).report()


class TestFresh:
    """Inputs that nobody can know beforehand."""

    def test_the_seed_decides(self, monkeypatch):
        """The same seed and label give the same inputs, another of either gives others."""
        draws = []
        for seed, label in (("a", "x"), ("a", "x"), ("b", "x"), ("a", "y"), ("", "x")):
            monkeypatch.setenv("AUTOGRADER_SEED", seed)
            draws.append(tuple(checks.fresh(label).rand(3)))
        assert draws[0] == draws[1]
        assert len(set(draws)) == 4

    def test_the_global_stream_is_left_alone(self):
        """A student's own draws do not shift."""
        np.random.seed(5)
        before = np.random.get_state()[1].copy()
        checks.fresh("x").rand(10)
        np.testing.assert_array_equal(np.random.get_state()[1], before)


class TestInputs:
    """What a student's functions are handed, and what they can do to it."""

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
        """The line of a check of a function that empties its input."""
        test = self.CELL.format(function=function, then=then, how=how)
        return lines_of(self.EMPTIES, test)["it"]

    @pytest.mark.parametrize("function", ["f", "g"])
    def test_a_function_cannot_change_what_the_check_compares_with(self, function):
        """One that empties its input and returns it is wrong about the input."""
        then = 'check.close("the result", answer, x)'
        assert self.line(function, then).verdict == "wrong"
        assert self.line(function, then, ", copies=False").verdict == "right"

    def test_a_check_can_see_what_was_changed(self):
        """It says so, and asks for the inputs themselves."""
        then = 'check.unchanged("x", x, before)'
        line = self.line("f", then, ", copies=False")
        assert (line.verdict, "changes its input x" in line.message) == ("wrong", True)
        assert self.line("f", then).verdict == "raised"  # an author who forgot copies=False

    def test_the_notebooks_own_names_come_back(self):
        """After a check, whatever came of it, ``f`` is the student's function again."""
        namespace = {"np": np, "__name__": "__main__"}
        cell(namespace, self.EMPTIES, "the student's cell")
        own = namespace["f"]
        then = "raise ValueError"
        cell(namespace, self.CELL.format(function="f", then=then, how=""), "the test cell")
        assert namespace["f"] is own
        assert namespace["g"] is own
