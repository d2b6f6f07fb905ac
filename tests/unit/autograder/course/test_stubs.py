"""The stub of a solution, for whatever Python the solution is."""

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
    """The rules in the module's docstring, for each kind of statement."""
    assert stub_lines(solution.split("\n")) == stub


@pytest.mark.parametrize(
    ("solution", "stub"),
    [
        ("A = 1\n\nB = 2  # given: 3\n# why", ["A = 1", "", "B = 3", "# why"]),
        ('A["x"] = f(y == 2)  # given: g(y)', ['A["x"] = g(y)']),
        ("for i in x:\n    A = A @ i  # given: A * i\n    B = 1", None),
        ("A = {\"a\": '='}  # given: {}", ["A = {}"]),
    ],
)
def test_stub_of_code_to_repair(solution, stub):
    """Where a line says how it is given, the stub is the whole code with that in its place."""
    lines = ["for i in x:", "    A = A * i", "    B = 1"] if stub is None else stub
    assert stub_lines(solution.split("\n")) == lines


def test_everything_outside_the_regions_stays():
    """Markers, signature and given lines, with their indentation."""
    source = textwrap.dedent(
        """\
        def f(x):
            y = 2 * x  # given
            ### START CODE HERE ### (approx. 1 line)
            z = y + 1  # the answer
            ### END CODE HERE ###
            return z"""
    )
    cleared, marked = clear_regions(source)
    assert marked
    assert cleared == source.replace("z = y + 1", "z = None")


def test_a_cell_without_regions_stays_as_it_is():
    """There is nothing to clear."""
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
    """An unpaired marker, or a region that is not Python, is the author's mistake."""
    source = "\n".join(f"# {line}" if "CODE HERE" in line else line for line in lines)
    with pytest.raises(StubError, match=words):
        clear_regions(source)


def test_a_statement_may_be_left_out():
    """Where the names would say too much: the comment above it stays, nothing else of it."""
    region = ["# Take it apart", "xhat, std = cache  # not in the stub", "dx = xhat / std"]
    assert stub_lines(region) == ["# Take it apart", "dx = None"]
    assert stub_lines(["a = 1  # not in the stub"]) == ["pass"]


@given(strategies.solution_functions())
def test_a_stub_is_python_and_holds_no_answer(function):
    """Whatever the solution, the stub parses and assigns only None between the markers."""
    source, _ = function
    cleared, marked = clear_regions(source)
    assert marked
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
def test_the_stub_of_a_stub_is_the_same(function):
    """An untouched stub can be recognized by clearing it again."""
    cleared, _ = clear_regions(function[0])
    assert clear_regions(cleared)[0] == cleared


@given(strategies.solution_functions())
def test_filling_undoes_clearing(function):
    """Filling the stub with the regions of the solution gives the solution."""
    source, texts = function
    filled = fill_regions(clear_regions(source)[0], texts)
    outside = [line for line in filled.split("\n") if "CODE HERE" in line]
    assert outside == [line for line in source.split("\n") if "CODE HERE" in line]
    assert ast.dump(ast.parse(filled)) == ast.dump(ast.parse(source))


@given(strategies.solution_functions(), st.integers(0, 5))
def test_filling_needs_one_answer_for_each_region(function, count):
    """Any other number of answers is refused."""
    source, texts = function
    answers = ["pass"] * count
    if count == len(texts):
        assert fill_regions(source, answers).count("    pass\n    ### END") == count
    else:
        with pytest.raises(StubError):
            fill_regions(source, answers)
