"""What follows from an earlier function comes from the function as it was when it was checked."""

import time
from dataclasses import replace

import pytest

from autograder.engine.trusted.errors import EngineError
from tests.support.cells import LIMITS, execute_in, test_cell

DOUBLE_CHECK = """
    from utils import checks
    exercise = checks.Exercise("double", points=1)
    @exercise.check("double", points=1)
    def doubled(check):
        check.close("the result", double(3.0), 6.0)
    exercise.report()
    """
FOURFOLD_CHECK = """
    from utils import checks
    exercise = checks.Exercise("fourfold", points=2, uses=("double",))
    def fourfold_of(check, x):
        def own():
            double = check.as_checked("double")
            return double(double(x))
        check.follows("the result", fourfold(x), 4 * x, own)
    @exercise.check("visible", points=1)
    def visible(check):
        fourfold_of(check, 5.0)
    ### BEGIN HIDDEN TESTS
    @exercise.check("hidden", points=1, hidden=True)
    def hidden(check):
        fourfold_of(check, 24075.75)
    ### END HIDDEN TESTS
    exercise.report()
    """
RIGHT = "def double(x): return 2 * x"
THREEFOLD = "def double(x): return 3 * x"
TWICE = "def fourfold(x): return double(double(x))"
NOTHING = "def fourfold(x): return x"


@pytest.mark.parametrize(
    ("double", "fourfold", "after", "points"),
    [
        pytest.param(RIGHT, TWICE, "", 2, id="right"),
        pytest.param(THREEFOLD, TWICE, "", 2, id="an-earlier-mistake-costs-nothing-here"),
        pytest.param(THREEFOLD, "def fourfold(x): return 4 * x", "", 2, id="right-all-the-same"),
        pytest.param(THREEFOLD, "def fourfold(x): return 6 * x", "", 0, id="neither"),
        pytest.param(RIGHT, NOTHING + "\ndef double(x): return x", "", 0, id="defined-anew"),
        pytest.param(RIGHT, NOTHING + "\ndouble = 7.0", "", 0, id="not-a-function-any-more"),
        pytest.param(RIGHT, NOTHING + "\ndel double", "", 0, id="gone"),
        pytest.param(RIGHT, NOTHING, "double = lambda x: x", 0, id="defined-anew-at-the-end"),
        pytest.param(
            "n = []\ndef double(x):\n    n.append(x)\n    return x * (1 + (len(n) < 2))",
            NOTHING,
            "",
            0,
            id="counts-its-calls",
        ),
        pytest.param(
            "def double(x):\n    print(x)\n    return 3 * x",
            "def fourfold(x): return 9 * x",
            "",
            2,
            id="prints-its-inputs",
        ),
    ],
)
def test_what_follows_from_a_function_as_it_was_checked(runner, double, fourfold, after, points):
    """An honest mistake is followed; a function that was changed since it was checked is not."""
    shown = execute_in(
        runner,
        double,
        test_cell(DOUBLE_CHECK, "a"),
        fourfold,
        test_cell(FOURFOLD_CHECK, "b"),
        after,
    )
    assert float(shown[3]) == points
    assert "24075" not in "".join(shown)


def test_all_calls_together_have_one_submissions_time(runner):
    """A slow function takes no longer by being asked in many processes."""
    slow = "import time\ndef double(x):\n    time.sleep(0.6)\n    return 3 * x"
    begun = time.monotonic()
    shown = execute_in(
        runner,
        slow,
        test_cell(DOUBLE_CHECK, "a"),
        NOTHING,
        test_cell(
            FOURFOLD_CHECK.replace(
                "return double(double(x))", "return [double(x) for _ in range(40)]"
            ),
            "b",
        ),
        limits=replace(LIMITS, submission_seconds=2.0),
    )
    assert time.monotonic() - begun < 15
    assert shown[3] not in ("1.0", "2.0")


def test_a_function_that_no_test_cell_checks_cannot_be_asked(runner):
    """That is the author's mistake: no student loses points for it."""
    with pytest.raises(EngineError, match="no test cell above checks it"):
        execute_in(runner, RIGHT, NOTHING, test_cell(FOURFOLD_CHECK, "b"))
