"""A test cell cannot tell that the student's functions run in another process."""

import pytest

from tests.support.cells import LIMITS, notebook, test_cell


def test_the_random_stream_is_one(execute):
    """Seeded here, drawn from there, and again here: the numbers are those of one process."""
    outputs = execute(
        """
        import numpy as np
        def draw(): return np.random.randn()
        np.random.seed(7)
        a = np.random.rand()
        """,
        test_cell("""
            import numpy as np
            print(np.random.rand())
            np.random.seed(1)
            print(np.random.randn(), draw(), np.random.randn())
        """),
        "print(np.random.rand())",
    )
    import numpy as np

    stream = np.random.RandomState(7)
    stream.rand()
    other = np.random.RandomState(1)
    draws = [other.randn() for _ in range(3)]
    assert outputs[1] == f"{stream.rand()}\n{draws[0]} {draws[1]} {draws[2]}\n"
    assert outputs[2] == f"{other.rand()}\n"


def test_a_stream_that_is_put_back_is_back(execute):
    """A function lets the test draw, and then restores what it found: so it is here, too."""
    outputs = execute(
        """
        import numpy as np
        def peek(ask):
            before = np.random.get_state()
            ask()
            np.random.set_state(before)
        """,
        test_cell("""
            import numpy as np
            np.random.seed(4)
            peek(lambda: np.random.rand())
            print(np.random.rand())
        """),
    )
    import numpy as np

    assert outputs[1] == f"{np.random.RandomState(4).rand()}\n"


def test_arguments_changed_in_place_are_changed_here(execute):
    """Arrays, lists and dicts; one object passed twice is one object there."""
    outputs = execute(
        """
        def change(a, items, table, again):
            a[0] = 5
            items.append(a is again)
            table["new"] = items
            return table
        """,
        test_cell("""
            import numpy as np
            a, items, table = np.zeros(2), [], {}
            result = change(a, items, table, again=a)
            print(a, items, table["new"] is items, result is table)
        """),
    )
    assert outputs[1] == "[5. 0.] [True] True True\n"


CHANGES = """
    def change(a, items, again):
        a[0] = 5
        items.append(a)
        return a, items, a is again
    """


@pytest.mark.parametrize("writable", [True, False])
def test_a_function_cannot_change_the_inputs_of_a_check(execute, writable):
    """It gets copies, which may be written to; what it returns are parts of those copies."""
    outputs = execute(
        CHANGES,
        test_cell(f"""
            import numpy as np
            from utils import checks
            exercise = checks.Exercise("change", points=1)
            @exercise.check("inputs", points=1)
            def inputs(check):
                a, items = np.zeros(2), []
                a.flags.writeable = {writable}
                b, more, same = change(a, items, again=a)
                print(a, items, b, more[0] is b, same, b is a, more is items)
        """),
    )
    assert outputs[1] == "[0. 0.] [] [5. 0.] True True False False\n"


def test_a_check_about_its_inputs_passes_them_without_copies(execute):
    """It sees what the function does to them."""
    outputs = execute(
        CHANGES,
        test_cell("""
            import numpy as np
            from utils import checks
            exercise = checks.Exercise("change", points=1)
            @exercise.check("inputs", points=1, copies=False)
            def inputs(check):
                a, items = np.zeros(2), []
                b, more, same = change(a, items, again=a)
                print(a, items[0] is a, same, b is a, more is items)
        """),
    )
    assert outputs[1] == "[5. 0.] True True True True\n"


@pytest.mark.parametrize(
    "change",
    ["p['c'] = 0", "del p['b']", "a.resize((2, 1), refcheck=False)", "a.flags.writeable = False"],
)
def test_a_check_notices_any_change_of_its_inputs(execute, change):
    """Keys that come or go, shape and protection, across the trust line too."""
    outputs = execute(
        f"def touch(a, p):\n    {change}",
        test_cell("""
            import numpy as np
            from utils import checks
            exercise = checks.Exercise("touch", points=1)
            @exercise.check("inputs", points=1, copies=False)
            def inputs(check):
                a, p = np.zeros((1, 2)), {"b": 1}
                touch(a, p)
                check.unchanged("the input", (a, p), (np.zeros((1, 2)), {"b": 1}))
            print(exercise.report().lines[0].message)
        """),
    )
    assert "changes its input the input" in outputs[1]


def test_caches_that_hold_other_objects_can_be_passed_back(execute):
    """Plain parts are data; other objects stay in the student's process and are passed back."""
    outputs = execute(
        """
        class Cache: pass
        def forward(x):
            cache = Cache()
            cache.x = x
            return x * 2, (x, cache, lambda: x + 1)
        def backward(cache): return cache[0] + cache[1].x
        """,
        test_cell("""
            y, cache = forward(3)
            print(y, cache[0], repr(cache[1]), cache[2]() , backward(cache))
        """),
    )
    assert outputs[1] == "6 3 <an object of type Cache> 4 6\n"


def test_objects_are_not_asked_what_they_equal_and_are_no_arrays(execute):
    """The answer's own ``__eq__`` is not called."""
    outputs = execute(
        """
        import numpy as np
        class Yes(np.ndarray):
            def __eq__(self, other): return True
            def __array_function__(self, *a, **k): return True
        def answer(): return np.zeros(2).view(Yes)
        """,
        test_cell("""
            import numpy as np
            got = answer()
            try: print(got == 1)
            except TypeError as error: print(error)
            try: np.testing.assert_allclose(got, 1)
            except TypeError as error: print(error)
        """),
    )
    assert outputs[1] == (
        "An object of type Yes is not asked what it equals.\n"
        "<an object of type Yes> is not an array\n"
    )


def test_names_are_resolved_inside_functions_and_lambdas(execute):
    """It does not matter where a test cell uses a student's name."""
    outputs = execute(
        "def f(x): return x + 1\nk = [1, 2]",
        test_cell("""
            def check(x): return f(x)
            print(check(1), (lambda: f(2))(), [f(i) for i in k], sorted(k, key=lambda i: -f(i)))
        """),
    )
    assert outputs[1] == "2 3 [2, 3] [2, 1]\n"


def test_what_the_test_cell_defines_is_its_own(execute):
    """A student's name never takes the place of one of the cell's, nor of a builtin."""
    outputs = execute(
        "helper = 1\ndef sum(x): return 42\ndef f(): return helper",
        test_cell("helper = 2\nprint(helper, sum([1, 1]), f())"),
        "print(helper)",
        test_cell("print(helper)"),
    )
    assert outputs[1:] == ["2 2 2\n", "2\n", "2\n"]


def test_a_missing_name_is_a_name_error(execute):
    """With the name, as everywhere in Python."""
    outputs = execute(
        test_cell("""
            try: missing(1)
            except NameError as error: print(error.name)
            missing
        """)
    )
    assert outputs[0] == "missing\n"


def test_globals_hold_the_student_s_names(execute):
    """A test cell may ask whether there is a function before it calls it."""
    outputs = execute(
        "def f(): return 1",
        test_cell("print('f' in globals(), 'g' in globals(), globals().get('f')())"),
    )
    assert outputs[1] == "True False 1\n"


def test_an_exception_brings_its_name_its_text_and_the_student_s_line(execute):
    """It can be caught by its built-in type."""
    outputs = execute(
        "def f(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x",
        test_cell("""
            try: f(-1)
            except ValueError as e:
                print(e.student_error, e.ename, e.evalue, e.line_number, e.line, e.verdict)
        """),
    )
    assert outputs[1] == "True ValueError negative 3 raise ValueError('negative') raised\n"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("import socket; socket.socket()", "forbidden"),
        ("open('/etc/new', 'w')", "forbidden"),
        ("return bytearray(10**12)", "out_of_memory"),
        ("return [0] * 10**7", "output_too_large"),
        ("import numpy as np; return np.zeros(10**8, 'u1')", "output_too_large"),
        ("import sys; sys.exit()", "raised"),
        ("x = []; x.append(x); [x := [x] for _ in range(10**4)]; return x", "output_too_large"),
    ],
)
def test_verdicts(execute, body, verdict):
    """How a call ended, where it was not with an ordinary exception."""
    outputs = execute(
        f"def f():\n    {body}",
        test_cell("try: f()\nexcept Exception as error: print(error.verdict)"),
    )
    actual = outputs[1].strip()
    # On a read-only file system, opening the file raises another error.
    assert actual == verdict or (body.startswith("open") and actual == "raised")


def test_prints_and_displays_of_a_call_appear_where_it_is_called(execute):
    """As in one process; a check that redirects stdout hides them."""
    outputs = execute(
        "def f():\n    print('inside')",
        test_cell("""
            import contextlib, io
            print("before"); f(); print("after")
            with contextlib.redirect_stdout(io.StringIO()) as hidden: f()
            print(repr(hidden.getvalue()))
        """),
    )
    assert outputs[1] == "before\ninside\nafter\n'inside\\n'\n"


def test_warnings_of_a_call_are_warnings_here(execute):
    """``catch_warnings`` around a call records them."""
    outputs = execute(
        "import numpy as np\ndef f(x): return np.log(x)",
        test_cell("""
            import warnings
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                f(0.0)
            print([(w.category.__name__, str(w.message)) for w in warned])
        """),
    )
    assert outputs[1] == "[('RuntimeWarning', 'divide by zero encountered in log')]\n"


def test_a_library_s_warning_has_its_builtin_category_here(execute):
    """Numpy's ComplexWarning is a RuntimeWarning, which checks quote."""
    outputs = execute(
        """
        import numpy as np
        def f(x):
            x[0] = np.array(1j)
        """,
        test_cell("""
            import numpy as np, warnings
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                f(np.zeros(1))
            print(warned[0].category.__name__)
        """),
    )
    assert outputs[1] == "RuntimeWarning\n"


def test_what_a_student_s_function_displays_in_a_test_cell_is_cleaned(runner):
    """The instructor sees it like any other output."""
    nb = notebook(
        "from IPython.display import HTML, display\n"
        "def f(): display(HTML('<b>x</b><script>alert(1)</script>'))",
        test_cell("f()"),
    )
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert nb.cells[1].outputs[0].data["text/html"] == "<b>x</b>"


def test_an_answer_that_grows_with_an_argument_is_refused(execute):
    """It is read as many times one empty list, and then the list is said to have grown."""
    outputs = execute(
        """
        from autograder.engine.protocol import plain_values
        plain_values.check_size = lambda *_: None  # otherwise the child would not send it
        def grow(x):
            x.extend(range(1000))
            return [x] * 1000
        """,
        test_cell("""
            try: print(len(grow([])))
            except Exception as error: print(error.verdict)
        """),
    )
    assert outputs[1] == "forbidden\n"


def test_a_failing_test_cell_shows_no_line_of_itself(runner):
    """Feedback shows the error, and the line may be a hidden test's."""
    nb = notebook(test_cell("x = 1\nassert x == 2  # the hidden answer"))
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    (output,) = nb.cells[0].outputs
    assert output.ename == "AssertionError"
    assert output.traceback == ["Test cell, line 2", "AssertionError: "]


def test_objects_of_a_dead_process_are_lost(execute):
    """Passing one back says so; functions are found again by name."""
    outputs = execute(
        """
        import os
        class C: pass
        def make(): return C()
        def use(c): return 1
        def end(): os._exit(1)
        """,
        test_cell("""
            c = make()
            try: end()
            except Exception: pass
            try: use(c)
            except Exception as error: print(error)
            print(use(make()))
        """),
    )
    assert outputs[1].endswith("another process cannot use it.\n1\n")


def test_what_a_test_imports_as_the_student_does_is_the_student_s_own(execute):
    """It is not sent to the student's process, where its answer, an iterator, could not cross."""
    student = """
        import numpy as np
        from utils.smallnet import batches
        def count(data, steps): return len(list(enumerate(batches(data, steps), start=1)))
    """
    checks = """
        import numpy as np
        from utils.smallnet import batches
        data = {"X_train": np.zeros((4, 2)), "y_train": np.zeros(4)}
        print(count(data, 3))
    """
    assert execute(student, test_cell(checks))[1] == "3\n"
