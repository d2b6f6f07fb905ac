"""Hidden checks: their messages contain neither inputs nor expected values."""

import numpy as np
import pytest

from tests.support.check_cells import lines_of, run_cell
from utils import checks
from utils.checking import failures


def hidden_message(student):
    """Return the hidden check's message, and make sure that it contains no secret."""
    line = lines_of(student)["hidden"]
    assert line.verdict != "right"
    text = line.message
    for secret in ("8731", "1.75", "0_873"):  # the input, the expected value, an input in a name
        assert secret not in text, text
    return text


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
def test_no_input_is_in_the_message(student):
    """Whatever a function does with its input, the message contains nothing of it."""
    assert hidden_message(student)


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
def test_no_entry_of_an_array_is_in_the_message(answer):
    """No comparison tells an entry of a hidden array, neither of the input nor expected."""
    hidden = np.random.RandomState(8).rand(2, 3)
    expected = np.sqrt(hidden) + hidden[::-1]
    namespace = {"np": np, "hidden": hidden, "expected": expected, "checks": checks}
    run_cell(namespace, f"def f(x): return {answer}", "the student's cell")
    test = """
        exercise = checks.Exercise("f", points=1)

        @exercise.check("hidden", points=1, hidden=True)
        def _(check):
            check.close("the result", f(hidden), {"dW1": expected})

        report = exercise.report()
        """
    run_cell(namespace, test, "the test cell")
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
def test_nothing_that_the_code_can_choose_is_repeated(student):
    """What a student's code can choose freely is not in the message: it could be the input.

    The attributes ``verdict`` and ``line`` of an exception are, since in one process they cannot
    be told from those of an error of the engine. The engine sets them itself, to checked values.
    """
    assert hidden_message(student)


def test_builtin_errors_are_named():
    """The name of a built-in type helps and tells nothing about the input."""
    assert "ValueError" in hidden_message("def f(x): raise ValueError(x)")


def test_other_errors_are_not_named():
    """The name of a type that the student defined could be anything."""
    text = hidden_message("class Found(Exception): pass\ndef f(x): raise Found")
    assert "Found:" not in text
    assert "an error of its own" in text


def test_a_warning_of_numpy_is_repeated_without_details():
    """NumPy's own wording tells nothing about the input."""
    text = hidden_message("def f(x): return float(np.log(np.array(0.0)) > -1)")
    assert "NumPy warned: divide by zero encountered" in text


def test_output_is_not_shown(capsys):
    """What is printed in a hidden check is not shown; in a visible one it is."""
    student = "def f(x):\n    print('saw', x)\n    print(x, file=__import__('sys').stderr)\n"
    hidden_message(student)
    printed = capsys.readouterr()
    assert "saw 2.0" in printed.out
    assert "0.873" not in printed.out + printed.err


def test_visible_values_are_shown():
    """A visible check shows the expected value."""
    assert "should be 3, but it is 2" in lines_of("def f(x): return x")["first"].message


@pytest.mark.parametrize(
    ("ename", "evalue", "line", "words"),
    [
        ("AttributeError", "module 'numpy' has no attribute 'int'", "x.astype(np.int)", "`int`"),
        ("NameError", "name 'rate' is not defined", "W - rate * dW", "the name rate"),
        ("UnboundLocalError", "cannot access local variable 'k' where", "X[:, k:]", "because k"),
        ("NameError", "name 'x8731' is not defined", "W - rate * dW", "NameError in line 4"),
        ("UnboundLocalError", "cannot access local variable 'x8731'", "X[:, k:]", "Unbound"),
    ],
)
def test_a_name_is_told_only_if_the_line_shows_it(ename, evalue, line, words):
    """An exception's text can be made up; the notebook's line cannot."""
    error = Exception("from the engine")
    vars(error).update(
        student_error=True, ename=ename, evalue=evalue, line_number=4, line=line, function="f"
    )
    message = failures.explain_exception(error, hidden_message, "g", hidden=True)
    assert message.startswith("f stopped")
    assert words in message
    assert "8731" not in message


def test_a_line_of_another_function_is_said_to_be_one():
    """Who reads "f stopped in line 22" looks for the line in f."""
    error = Exception("from the engine")
    vars(error).update(
        student_error=True, ename="KeyError", evalue="", line_number=22, line="v[0]", function="f"
    )
    error.line_function = "helper"
    message = failures.explain_exception(error, hidden_message, "g", hidden=False)
    assert message == "f stopped with KeyError in line 22 of helper (`v[0]`)."
