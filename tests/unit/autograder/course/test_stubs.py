"""From a solution to the stub: the classic form, for whatever Python a solution holds."""

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.stubs import StubError, clear_regions, fill_regions, regions, stub_lines
from tests.support import strategies


@pytest.mark.parametrize(
    ("solution", "stub"),
    [
        ("A = relu(Z)", ["A = None"]),
        ("A = relu(Z)  # (3, m)", ["A = None  # (3, m)"]),
        ("A, B = f()", ["A, B = None, None"]),
        ("A = B = f()", ["A = None", "B = None"]),
        ("(a, [b, c]) = f()", ["a, b, c = None, None, None"]),
        ('grads["dW1"] = f()', ['grads["dW1"] = None']),
        ("A += 1", ["A = None"]),
        ("A: int = 1", ["A = None"]),
        ("A = (\n    1\n    + 2\n)", ["A = None"]),
        ("# Step 1\nA = 1\n# Step 2\nB = 2", ["# Step 1", "A = None", "# Step 2", "B = None"]),
        ("for i in x:\n    A = A + i\n    d[i] = 1", ["A = None"]),
        ("if x:\n    A = 1\nelse:\n    B = 2", ["A = None", "B = None"]),
        ("while x:\n    A = 1", ["A = None"]),
        ("with f() as g:\n    A = g", ["A = None"]),
        ("return f(x)", ["pass"]),
        ("print('x')", ["pass"]),
        ("# only a hint", ["# only a hint", "pass"]),
        ("", ["pass"]),
        ("A = 1; B = 2", ["A = None", "B = None"]),
        ("for i in x:\n    # how it is done\n    A = 1", ["A = None"]),
        ('A = """\n# no comment\n"""', ["A = None"]),
    ],
)
def test_stub_of(solution, stub):
    """What the rules in the module's docstring make of each kind of statement."""
    assert stub_lines(solution.split("\n")) == stub


def test_what_stands_around_stays():
    """Markers, signature, given lines and their indentation are the student's as well."""
    source = textwrap.dedent(
        """\
        def f(x):
            y = 2 * x  # given
            ### START CODE HERE ### (approx. 1 line)
            z = y + 1  # the answer
            ### END CODE HERE ###
            return z"""
    )
    cleared, found = clear_regions(source)
    assert found
    assert cleared == source.replace("z = y + 1", "z = None")


def test_no_region_no_change():
    """A cell without markers is left as it is."""
    assert clear_regions("x = 1") == ("x = 1", False)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["START CODE HERE", "x = 1"], "has no 'END CODE HERE'"),
        (["x = 1", "END CODE HERE"], "comes before any"),
        (["START CODE HERE", "START CODE HERE", "END CODE HERE"], "follow each other"),
        (["START CODE HERE", "x = (", "END CODE HERE"], "not Python"),
        (["START CODE HERE", "if x:", "END CODE HERE"], "not Python"),
    ],
)
def test_faulty_regions(lines, words):
    """A marker without its partner, or a region that is no Python, is an author's mistake."""
    source = "\n".join(f"# {line}" if "CODE HERE" in line else line for line in lines)
    with pytest.raises(StubError, match=words):
        clear_regions(source)


@given(strategies.solution_functions())
def test_a_stub_is_python_and_holds_no_answer(made):
    """Whatever the solution: its stub parses, and only None is assigned between the markers."""
    source, _ = made
    cleared, found = clear_regions(source)
    assert found
    ast.parse(cleared)
    lines = cleared.split("\n")
    for first, last in regions(cleared):
        inside = ast.parse(textwrap.dedent("\n".join(lines[first:last])))
        for statement in inside.body:
            assert isinstance(statement, (ast.Assign, ast.Pass))
            if isinstance(statement, ast.Assign):
                values = getattr(statement.value, "elts", [statement.value])
                assert all(isinstance(v, ast.Constant) and v.value is None for v in values)


@given(strategies.solution_functions())
def test_a_stub_of_a_stub_is_itself(made):
    """Clearing twice changes nothing more: a release can be told from an answer."""
    cleared, _ = clear_regions(made[0])
    assert clear_regions(cleared)[0] == cleared


@given(strategies.solution_functions())
def test_filling_undoes_clearing(made):
    """The solution's regions, put into the stub, give the solution's code again."""
    source, texts = made
    filled = fill_regions(clear_regions(source)[0], texts)
    outside = [line for line in filled.split("\n") if "CODE HERE" in line]
    assert outside == [line for line in source.split("\n") if "CODE HERE" in line]
    assert ast.dump(ast.parse(filled)) == ast.dump(ast.parse(source))


@given(strategies.solution_functions(), st.integers(0, 5))
def test_filling_takes_one_answer_a_region(made, count):
    """Another number of answers than regions is refused."""
    source, texts = made
    answers = ["pass"] * count
    if count == len(texts):
        assert fill_regions(source, answers).count("    pass\n    ### END") == count
    else:
        with pytest.raises(StubError):
            fill_regions(source, answers)
