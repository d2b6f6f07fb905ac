"""What a hidden test hands over never comes out: it runs last, in a process of its own."""

import pytest

from autograder.runners.jailed import JailedRunner
from tests.support.cells import LIMITS, cell_text, notebook, test_cell

INPUT = "24075.75"
CELL = f"""
    from utils import checks
    exercise = checks.Exercise("f", points=2)
    @exercise.check("shown", points=1)
    def shown(check):
        check.close("the result", f(2.0), 4.0)
    ### BEGIN HIDDEN TESTS
    @exercise.check("secret", points=1, hidden=True)
    def secret(check):
        check.close("the result", f({INPUT}), 2 * {INPUT})
    ### END HIDDEN TESTS
    exercise.report()
    """
PLAIN_CELL = f"""
    assert f(2.0) == 4.0
    ### BEGIN HIDDEN TESTS
    assert f({INPUT}) == 2 * {INPUT}, "twice"
    ### END HIDDEN TESTS
    """
KEEP = """
    import os, sys, mmap
    kept = []
    shared = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    def keep(x):
        kept.append(x)
        shared[:4096] = repr(kept).encode().ljust(4096)
        with open("kept.txt", "a") as file:
            file.write(repr(x))
    """


def everything(executed):
    """All text that a student could read in an executed notebook."""
    return repr([cell.get("outputs") for cell in executed.cells])


def run(runner: JailedRunner, *cells, limits=LIMITS, **options):
    """Run a notebook; returns it and its calls by test cell."""
    executed = notebook(*cells)
    settings = {"seed": "secret", "files": None, "rerun_experiments": False, **options}
    result = runner.run(executed, limits=limits, **settings)
    return executed, result


@pytest.mark.parametrize("cell", [CELL, PLAIN_CELL], ids=["checks", "plain"])
@pytest.mark.parametrize(
    "leak",
    [
        "print(kept)",
        "shared[:].decode().strip()",
        "open('kept.txt').read()",
        "import numpy as np; np.random.get_state()[1]",
    ],
)
def test_a_later_cell_sees_no_hidden_input(runner, cell, leak):
    """In variables, mapped memory, files or the random stream."""
    executed, _ = run(
        runner,
        KEEP,
        """
        import numpy as np
        def f(x):
            keep(x)
            np.random.seed(int(x * 100))
            return 2 * x
        """,
        test_cell(cell, "a"),
        leak,
    )
    shown = everything(executed)
    assert INPUT not in shown
    assert str(int(float(INPUT) * 100)) not in shown
    if leak == "print(kept)":
        assert "[2.0]" in cell_text(executed.cells[-1])  # and it does see the visible one


def test_a_visible_check_of_a_later_exercise_is_not_told(runner):
    """The wrong answer in its message cannot be what an earlier hidden check handed over."""
    later = CELL.replace('"f"', '"g"').replace("f(2.0)", "g(2.0)").replace(f"f({INPUT})", "g(1.0)")
    executed, _ = run(
        runner,
        KEEP,
        "def f(x):\n    keep(x)\n    return 2 * x\ndef g(x):\n    return kept[-1]",
        test_cell(CELL, "a"),
        test_cell(later, "b"),
    )
    assert INPUT not in everything(executed)


@pytest.mark.parametrize("cell", [CELL, PLAIN_CELL], ids=["checks", "plain"])
@pytest.mark.parametrize(
    "body",
    [
        "print(x)",
        "print(x, file=sys.stderr)",
        "from IPython.display import display; display(x)",
        "import warnings; warnings.warn(str(x), RuntimeWarning)",
        "raise ValueError(str(x))",
        "raise type(f'E{x}', (Exception,), {})(x)",
        "raise MemoryError(str(x))",
        "raise PermissionError(str(x))",
        "return [0] * int(x)",
        "return {str(x): x}",
        "return type(f'T{x}', (), {})()",
        "return np.zeros(int(x))",
        "return x",
        "return 2 * x * int(x) if x > 2 else 4.0",
        "os._exit(int(x) % 256)",
    ],
)
def test_how_a_hidden_check_fails_tells_no_input(runner, cell, body):
    """Of whatever a function does with a hidden input, a fixed sentence is shown."""
    answer = f"import numpy as np\ndef f(x):\n    if x != 2.0:\n        {body}\n    return 4.0"
    shown = []
    for secret in (INPUT, "31012.5"):
        executed, _ = run(
            runner, "import os, sys", answer, test_cell(cell.replace(INPUT, secret), "a")
        )
        shown.append(everything(executed))
    assert shown[0] == shown[1]


@pytest.mark.parametrize("cell", [CELL, PLAIN_CELL], ids=["checks", "plain"])
def test_the_line_at_which_a_hidden_check_stopped_is_not_told(runner, cell):
    """Thousands of lines that each raise would spell an input."""
    lines = "\n".join(f"    if int(x) % 50 == {n}: raise ValueError" for n in range(50))
    shown = []
    for secret in ("24075.75", "31012.5"):
        answer = f"def f(x):\n    if x == 2.0: return 4.0\n{lines}"
        executed, _ = run(runner, answer, test_cell(cell.replace(INPUT, secret), "a"))
        shown.append(everything(executed))
    assert shown[0] == shown[1]


def test_the_secret_seed_is_used_by_hidden_tests_only(runner):
    """A visible check shows numbers, and one number of a guessable seed is enough to find it."""
    cell = """
        from utils import checks
        print("visible", checks.fresh("label").randint(10**9))
        ### BEGIN HIDDEN TESTS
        print("hidden", checks.fresh("label").randint(10**9))
        ### END HIDDEN TESTS
        """
    shown = [
        cell_text(run(runner, test_cell(cell, "a"), seed=seed)[0].cells[0])
        for seed in ("secret", "another")
    ]
    assert shown[0] == shown[1]
    assert shown[0].count("\n") == 1


def test_hidden_tests_find_the_notebook_as_it_was_at_that_cell(runner):
    """Cells after the test cell have not run: they may define the function again."""
    executed, result = run(
        runner,
        "def f(x): return 2 * x",
        test_cell(CELL, "a"),
        "def f(x): return 0",
        test_cell(CELL, "b"),
    )
    first, second = (executed.cells[place].outputs[-1].data["text/plain"] for place in (1, 3))
    assert (first, second) == ("2.0", "0.0")
    assert [len(result.calls[name]) for name in "ab"] == [2, 2]


def test_state_within_a_cell_goes_on_between_hidden_calls(runner):
    """Arguments changed in place, what a function keeps, objects handed back, random draws."""
    cell = """
        import numpy as np
        x = np.zeros(2)
        cache = f(x)
        ### BEGIN HIDDEN TESTS
        cache = f(x)
        assert x[0] == 2 and g(cache) == 2, (x, g(cache))
        np.random.seed(3)
        first = draw()
        np.random.seed(3)
        assert np.random.rand() == first
        ### END HIDDEN TESTS
        "reached"
        """
    executed, _ = run(
        runner,
        """
        import numpy as np
        count = 0
        def f(x):
            global count
            count += 1
            x[0] += 1
            return lambda: count
        def g(cache): return cache()
        def draw(): return np.random.rand()
        """,
        test_cell(cell, "a"),
    )
    assert cell_text(executed.cells[1]) == "'reached'"


def test_a_check_marked_hidden_outside_of_the_markers_is_hidden_too(runner):
    """The mark alone is enough for grading, wherever it stands in the cell."""
    cell = CELL.replace("### BEGIN HIDDEN TESTS", "").replace("### END HIDDEN TESTS", "")
    executed, _ = run(
        runner, KEEP, "def f(x):\n    keep(x)\n    return 2 * x", test_cell(cell, "a"), "kept"
    )
    assert executed.cells[2].outputs[-1].data["text/plain"] == "2.0"
    assert cell_text(executed.cells[3]) == "[2.0]"


def test_what_is_no_python_without_its_hidden_lines_is_hidden_as_a_whole(runner):
    """A function whose body is hidden leaves nothing that could run before."""
    cell = f"""
        def tests():
            ### BEGIN HIDDEN TESTS
            assert f({INPUT}) == 2 * {INPUT}
            ### END HIDDEN TESTS
        tests()
        """
    right, _ = run(runner, KEEP, "def f(x):\n    return 2 * x", test_cell(cell, "a"))
    assert right.cells[2].outputs == []
    wrong, _ = run(runner, KEEP, "def f(x):\n    keep(x)", test_cell(cell, "a"), "kept")
    assert wrong.cells[2].outputs[0].ename == "AssertionError"
    assert cell_text(wrong.cells[3]) == "[]"


def test_a_hidden_check_that_ends_the_process_costs_itself_only(runner):
    """The checks after it go to a new process."""
    cell = CELL.replace(
        "    ### END HIDDEN TESTS",
        """    @exercise.check("another", points=1, hidden=True)
    def another(check):
        check.close("the result", f(7.0), 14.0)
    ### END HIDDEN TESTS""",
    ).replace("points=2", "points=3")
    executed, _ = run(
        runner,
        f"import os\ndef f(x):\n    if x == {INPUT}: os._exit(3)\n    return 2 * x",
        test_cell(cell, "a"),
    )
    assert executed.cells[1].outputs[-1].data["text/plain"] == "2.0"


def test_the_times_of_a_hidden_call_are_bounded(runner):
    """An endless loop on hidden inputs only ends its own check, and is told in fixed words."""
    executed, _ = run(
        runner,
        f"def f(x):\n    while x == {INPUT}: pass\n    return 2 * x",
        test_cell(CELL, "a"),
        limits=type(LIMITS)(cell_seconds=0.5, submission_seconds=20),
    )
    assert executed.cells[1].outputs[-1].data["text/plain"] == "1.0"
    assert "`f` did not finish in time" in everything(executed)
